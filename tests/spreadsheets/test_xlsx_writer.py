"""Tables as Excel files: read again, every cell is what it was."""

import tempfile
from collections.abc import Iterable
from datetime import UTC, date, datetime
from io import BytesIO
from typing import Any
from uuid import UUID

import pytest
from python_calamine import CalamineWorkbook

from tests.page_client import Page, PageClient
from tests.phonebook_state import PhonebookState
from webapp.spreadsheets import xlsx_writer
from webapp.spreadsheets.csv_writer import Cell
from webapp.spreadsheets.xlsx_writer import MORE_ROWS, write_xlsx


def read(file: Any) -> list[list[Any]]:
    with file:
        return CalamineWorkbook.from_filelike(file).get_sheet_by_index(0).to_python()


def download(user: PageClient, page: Page) -> list[list[Any]]:
    response = user.client.get(page.link("Download for Excel"))
    assert ".xlsx" in response.headers["Content-Disposition"]
    with response:
        return read(BytesIO(response.get_data()))


@pytest.mark.parametrize(
    "text",
    ["+37255551234", "=1+1", "@SUM(A1)", "1.10", "3/4", "00372", "TRUE", "=HYPERLINK(1)", "https://example.com/?a=1",
     "mari@example.com", "Õie „Ö“ 👩\u200d🔧", "<b>&amp;</b>", " spaces ", "two\nlines", "{=A1}", "'quoted", "_x0041_"],
)  # fmt: skip
def test_text_stays_as_it_is(text: str) -> None:
    assert read(write_xlsx(["Name", "Number"], [[text, "x"]])) == [["Name", "Number"], [text, "x"]]


@pytest.mark.parametrize(
    ("text", "read_again"), [("Nul\0", "Nul\ufffd"), ("\ud800half", "\ufffdhalf"), ("a" * 40_000, "a" * 32_767)]
)
def test_what_a_sheet_cannot_hold_is_replaced(text: str, read_again: str) -> None:
    assert read(write_xlsx(["Name"], [[text]]))[1] == [read_again]


def test_dates_and_numbers_are_real_ones() -> None:
    rows: Iterable[list[Cell]] = [[date(2026, 12, 25), datetime(2026, 11, 26, 1, 2, 3, tzinfo=UTC), 7]]
    assert read(write_xlsx(["Day", "Time", "Contacts"], rows))[1] == [
        date(2026, 12, 25),
        datetime(2026, 11, 26, 1, 2, 3),  # noqa: DTZ001 - sheets have no time zones
        7.0,
    ]


def test_a_table_without_rows_has_its_headings() -> None:
    assert read(write_xlsx(["Name", "Number"], [])) == [["Name", "Number"]]


def test_more_rows_than_a_sheet_holds_are_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx_writer, "MAX_ROWS", 2)
    assert read(write_xlsx(["Name"], [[str(number)] for number in range(9)])) == [["Name"], ["0"], ["1"], [MORE_ROWS]]


def test_a_machine_without_a_temporary_folder_writes_to_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> str:
        raise FileNotFoundError

    monkeypatch.setattr(tempfile, "gettempdir", fail)
    assert read(write_xlsx(["Name"], [["Mari"]])) == [["Name"], ["Mari"]]


def test_a_machine_without_room_offers_csv(user: PageClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx_writer, "_temporary_folder", lambda: "/nonexistent")
    page = user.get("/contacts/download?format=xlsx")
    assert (page.status, page.h1) == (503, "This file can't be made now")
    assert "Download the list as CSV" in page.text


def test_lists_and_actions_can_be_downloaded_for_excel(user: PageClient, phonebook: PhonebookState) -> None:
    group: UUID = phonebook.add("Staff")
    phonebook.add_contact("+37255551234", group, firstName="Mari", company="=1+1")
    headings, mari = download(user, user.get("/contacts"))
    found = dict(zip(headings, mari, strict=True))
    assert (found["Number"], found["Company"]) == ("+37255551234", "=1+1")
    page = user.get(f"/groups/{group}/add-numbers").submit("Add numbers", numbers="+37255551235", create=["y"])
    rows = download(user, page)
    assert [row[-1] for row in rows[1:]] == ["Done", "Done"]
