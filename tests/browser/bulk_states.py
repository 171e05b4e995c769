"""The states of the pages for many contacts."""

from collections.abc import Callable
from uuid import UUID

from tests.browser.contact_states import BROKEN, people
from tests.browser.page_state import ODD, State

MARI, JAAN = "+37255550000", "+37255550001"


def group(state: State) -> UUID:
    return UUID(state.phonebook.ids()[0])


def tick(state: State, *numbers: str) -> None:
    for number in numbers:
        state.page.locator(f"input[value='{number}']").check()


def ticked(state: State) -> None:
    """A list on two pages with everything of it ticked, the filters and all actions open."""
    people(state)
    other = state.group(ODD[0], contacts=0)
    state.open(f"/groups/{group(state)}?not_in={other}&tick=page")
    state.page.get_by_text("More actions").click()


def nothing_ticked(state: State) -> None:
    people(state)
    state.open("/contacts?q=+372")
    state.press("Put in group")


def filters_find_nobody(state: State) -> None:
    people(state)
    state.open(f"/contacts?in={group(state)}&not_in={group(state)}")


def addition(state: State) -> None:
    """A preview with long and odd names, and contacts that are gone."""
    people(state)
    target = state.group(ODD[0], contacts=0)
    state.phonebook.join(MARI, target)
    state.open("/contacts")
    tick(state, MARI, JAAN, "+37255550002", "+37255550003")
    state.page.locator("#target").select_option(str(target))
    state.phonebook.delete_contact("+37255550003")
    state.press("Put in group")


def addition_of_all(state: State) -> None:
    people(state)
    state.open("/contacts")
    state.page.get_by_label("Name of a new group").fill(ODD[0])
    state.press("Put all 60 in group")


def changed(state: State) -> None:
    addition_of_all(state)
    state.phonebook.delete_contact(MARI)
    state.press("Put in group")


def added(state: State) -> None:
    addition(state)
    state.press("Put in group")


def nothing_to_do(state: State) -> None:
    people(state)
    state.open("/contacts")
    tick(state, MARI)
    state.page.locator("#target").select_option(str(group(state)))
    state.press("Put in group")


def duplicate_name(state: State) -> None:
    people(state)
    state.open("/contacts")
    tick(state, MARI)
    state.page.get_by_label("Name of a new group").fill("customers")
    state.press("Put in group")


def no_group_chosen(state: State) -> None:
    people(state)
    state.open("/contacts")
    tick(state, MARI)
    state.press("Put in group")


def removal(state: State) -> None:
    people(state)
    state.phonebook.join(MARI, state.group("Office"))
    state.open(f"/groups/{group(state)}")
    tick(state, MARI, JAAN, "+37255550002")
    state.press("Remove from group")


def removal_of_unknown(state: State) -> None:
    people(state)
    state.group("Office")
    state.open(f"/groups/{group(state)}")
    tick(state, MARI)
    state.phonebook.instead_path[f"/v1/phonebook/contacts/{MARI}/groups"] = BROKEN
    state.press("Remove from group")


def removed(state: State) -> None:
    removal(state)
    state.press("Remove from group")


def ask(state: State, button: str) -> None:
    people(state)
    state.open("/contacts")
    tick(state, MARI, JAAN)
    state.page.get_by_text("More actions").click()
    state.press(button)


BULK_STATES: dict[str, Callable[[State], None]] = {
    "bulk-ticked": ticked,
    "bulk-nothing-ticked": nothing_ticked,
    "bulk-filters-find-nobody": filters_find_nobody,
    "bulk-addition": addition,
    "bulk-addition-of-all": addition_of_all,
    "bulk-changed": changed,
    "bulk-added": added,
    "bulk-nothing-to-do": nothing_to_do,
    "bulk-duplicate-name": duplicate_name,
    "bulk-no-group-chosen": no_group_chosen,
    "bulk-removal": removal,
    "bulk-removal-of-unknown": removal_of_unknown,
    "bulk-removed": removed,
    "bulk-deletion": lambda state: ask(state, "Delete contacts"),
    "bulk-blocking": lambda state: ask(state, "Add to blacklist"),
}
