"""The states of the page that says who gets a message."""

from collections.abc import Callable

from tests.browser.page_state import ODD, State


def audience(state: State, groups: int, size: int = 20) -> None:
    """Open the page for some groups that share contacts, some of whom get no message."""
    names = ["Tallinn staff", "Drivers", *ODD, *(f"Customers {place}" for place in range(30))][:groups]
    ids = [state.phonebook.add(name) for name in names]
    for place in range(size):
        number = f"+3725555{place:04}"
        state.phonebook.add_contact(number, *ids[: 1 + place % groups], firstName=ODD[place % 5], lastName="Õun")
    state.phonebook.add_contact("+3726123456", *ids)
    state.phonebook.add_contact("+372123", ids[-1])
    state.phonebook.blacklist("+37255550000")
    state.open("/audience?" + "&".join(f"group={each}" for each in ids))


def audience_unread(state: State) -> None:
    state.phonebook.instead_path = {"/v1/phonebook/blacklist": ("500 Internal Server Error", b"")}
    audience(state, 2)


def audience_unknown(state: State) -> None:
    group = state.group(ODD[0])
    path = f"/v1/phonebook/contacts?groupIds={group}"
    state.phonebook.instead_path = {path: ("500 Internal Server Error", b"")}
    state.open(f"/audience?group={group}&group={state.group()}")


AUDIENCE_STATES: dict[str, Callable[[State], None]] = {
    "audience-one": lambda state: audience(state, 1),
    "audience-two": lambda state: audience(state, 2),
    "audience-three": lambda state: audience(state, 3, 60),
    "audience-many": lambda state: audience(state, 30),
    "audience-none": lambda state: state.open("/audience"),
    "audience-without-blacklist": audience_unread,
    "audience-unknown": audience_unknown,
}
