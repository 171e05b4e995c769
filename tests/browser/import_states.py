"""States of the pages that import a file."""

import io
from collections.abc import Callable

from playwright.sync_api import FilePayload
from xlsxwriter import Workbook

from tests.browser.page_state import ODD, State

MARI = "+37255550001"


def choose(state: State, content: bytes, name: str = "people.csv") -> None:
    """Choose a file, and go on."""
    state.open("/import")
    file: FilePayload = {"name": name, "mimeType": "application/octet-stream", "buffer": content}
    state.page.get_by_label("File").set_input_files(file)
    state.press("Next")


def odd_file(extra: str = "") -> bytes:
    """A file with odd and long cells, with rows of every kind."""
    names = [name.replace(";", "").replace('"', "") for name in ODD]
    rows = [f"+3725555{place:04};{name};{name};Customers;no" for place, name in enumerate(names)]
    rows += [f"{name};{name};;;" for name in names] + [f"+37255550000;again;;;{extra}"]
    return "\n".join(["Phone;First name;Company;Groups;Blacklisted", *rows]).encode()


def new(state: State) -> None:
    state.open("/import")


def nothing_chosen(state: State) -> None:
    state.open("/import")
    state.press("Next")


def sheets(state: State) -> None:
    file = io.BytesIO()
    with Workbook(file) as book:
        for name in ("People", "مجموعة", "x" * 31):
            book.add_worksheet(name).write_row(0, 0, ["Phone", MARI])
    choose(state, file.getvalue(), f"{'long name ' * 20}.xlsx")
    state.press("Next")


def letters(state: State) -> None:
    choose(state, f"Phone;First name\n{MARI};Jüri Põld {'õ' * 200}\n".encode("cp1257"))
    state.press("Next")


def columns(state: State) -> None:
    heads = ";".join(name[:100].replace(";", "").replace('"', "") for name in ODD)
    choose(state, f"{heads}\n1;2;3;4;5\n".encode())
    state.press("Next")


def preview(state: State) -> None:
    state.group("Customers", contacts=2)
    state.phonebook.add_contact("+37255550001", firstName=ODD[0], company=ODD[1])
    state.phonebook.blacklist("+37255550002")
    choose(state, odd_file())
    for folded in state.page.locator("summary").all():
        if folded.locator("..").get_attribute("open") is None:
            folded.click()


def preview_refused(state: State) -> None:
    state.group("Customers", contacts=2)
    state.group("customers", contacts=3)
    choose(state, odd_file())
    state.page.get_by_label("Put all imported contacts in a group").select_option("new")
    state.page.get_by_label("Name of the new group").fill("Customers")
    state.press("Import")


def refused_rows(state: State) -> None:
    choose(state, odd_file())
    state.press("Import")
    with state.page.expect_navigation():
        state.page.get_by_role("link", name="see why, and download them").click()


IMPORT_STATES: dict[str, Callable[[State], None]] = {
    "import-new": new,
    "import-nothing-chosen": nothing_chosen,
    "import-sheets": sheets,
    "import-letters": letters,
    "import-columns": columns,
    "import-preview": preview,
    "import-preview-refused": preview_refused,
    "import-refused-rows": refused_rows,
}
