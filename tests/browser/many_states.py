"""The states of the pages for several groups."""

from collections.abc import Callable
from uuid import UUID

from tests.browser.page_state import ODD, State

FAILS = "503 Service Unavailable", b""


def groups(state: State, *names: str) -> str:
    """Add groups with contacts, one of them in all, and return the query that selects them."""
    ids = [state.group(name, contacts=2 + place) for place, name in enumerate(names or ("Choir", "choir", "Band"))]
    state.phonebook.add_contact("+37255550001", *ids, firstName=ODD[0])
    return "&".join(f"group={each}" for each in ids)


def list_ticked(state: State) -> None:
    for number in range(60):
        state.group(f"Group {number}", contacts=0)
    groups(state)
    state.open("/groups?tick=page")


def list_nothing_ticked(state: State) -> None:
    groups(state)
    state.open("/groups")
    state.press("Delete groups")


def deletion_changed(state: State) -> None:
    state.open(f"/groups/delete?{groups(state)}")
    state.phonebook.fill(UUID(state.phonebook.ids()[0]), 2)
    state.press("Delete groups")


def deletion_unknown(state: State) -> None:
    query = groups(state)
    state.phonebook.instead_path["/v1/phonebook/contacts"] = FAILS
    state.open(f"/groups/delete?{query}")


def deletion_gone(state: State) -> None:
    query = groups(state)
    state.phonebook.delete(UUID(state.phonebook.ids()[0]))
    state.open(f"/groups/delete?{query}")


def move_first(state: State) -> None:
    state.group("Office", contacts=0)
    state.open(f"/groups/orphans?{groups(state)}")


def move_first_error(state: State) -> None:
    move_first(state)
    state.press("Put in group")


def send(state: State, what: str, button: str) -> None:
    state.open(f"/groups/{what}?{groups(state)}")
    state.press(button)


def merge_changed(state: State) -> None:
    state.open(f"/groups/merge?{groups(state)}")
    state.phonebook.fill(UUID(state.phonebook.ids()[0]), 2)
    state.press("Merge groups")


def merge_without_name(state: State) -> None:
    state.open(f"/groups/merge?{groups(state)}")
    state.page.get_by_label("A new group").check()
    state.press("Merge groups")


def merge_duplicate_name(state: State) -> None:
    state.group("Office", contacts=0)
    state.open(f"/groups/merge?{groups(state)}")
    state.page.get_by_label("A new group").check()
    state.page.get_by_label("Name of the new group").fill("office")
    state.press("Merge groups")


def merge_left(state: State) -> None:
    """A merge that a colleague's addition has stopped before a deletion."""
    state.open(f"/groups/merge?{groups(state, 'Choir', 'choir')}")

    def join() -> None:
        if state.phonebook.calls[-1].startswith("POST"):
            state.phonebook.meanwhile = None
            state.phonebook.fill(UUID(state.phonebook.ids()[0]), 1)

    state.phonebook.meanwhile = join
    state.press("Merge groups")


MANY_STATES: dict[str, Callable[[State], None]] = {
    "list-ticked": list_ticked,
    "list-nothing-ticked": list_nothing_ticked,
    "groups-download": lambda state: state.open(f"/groups/download?{groups(state)}"),
    "groups-delete": lambda state: state.open(f"/groups/delete?{groups(state)}"),
    "groups-delete-odd": lambda state: state.open(f"/groups/delete?{groups(state, *ODD)}"),
    "groups-delete-changed": deletion_changed,
    "groups-delete-unknown": deletion_unknown,
    "groups-delete-gone": deletion_gone,
    "groups-deleted": lambda state: send(state, "delete", "Delete groups"),
    "groups-move-first": move_first,
    "groups-move-first-error": move_first_error,
    "merge": lambda state: state.open(f"/groups/merge?{groups(state)}"),
    "merge-odd": lambda state: state.open(f"/groups/merge?{groups(state, *ODD)}"),
    "merge-changed": merge_changed,
    "merge-error": merge_without_name,
    "merge-duplicate-name": merge_duplicate_name,
    "merge-left": merge_left,
    "merged": lambda state: send(state, "merge", "Merge groups"),
    "copy": lambda state: state.open(f"/groups/{state.group()}/copy"),
    "copy-error": lambda state: state.send(f"/groups/{state.group()}/copy", "Copy group", Group_name=""),
}
