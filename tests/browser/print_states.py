"""The states of lists on paper."""

from collections.abc import Callable

from tests.browser.action_states import add_action
from tests.browser.contact_states import people
from tests.browser.page_state import ODD, State


def contacts(state: State) -> None:
    people(state, leaving=3)
    state.open("/contacts?q=5&print=1")


def leaving(state: State) -> None:
    people(state, leaving=12)
    state.open("/contacts/leaving?print=1")


def groups(state: State) -> None:
    for name in ODD:
        state.group(name)
    state.open("/groups?print=1")


def blacklist(state: State) -> None:
    people(state)
    state.open("/blacklist?print=1")


def activity(state: State) -> None:
    add_action(state, 12, "refused", error="NotSent", changed="no")
    state.open("/activity?print=1")


def too_long(state: State) -> None:
    rows = b",".join(b'{"phoneNumber": "+3725%07d"}' % number for number in range(10_001))
    state.phonebook.instead_path["/v1/phonebook/contacts"] = ("200 OK", b'{"contacts": [%s]}' % rows)
    state.open("/contacts?print=1")


PRINT_STATES: dict[str, Callable[[State], None]] = {
    "print-contacts": contacts,
    "print-leaving": leaving,
    "print-groups": groups,
    "print-blacklist": blacklist,
    "print-activity": activity,
    "print-too-long": too_long,
}
