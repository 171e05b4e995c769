"""The states of the blacklist's pages."""

from collections.abc import Callable

from tests.browser.page_state import ODD, State

MARI = "+37255551234"


def blacklist(state: State) -> None:
    """Fill the blacklist with numbers of contacts and of nobody."""
    groups = [state.group(name, 0) for name in ("Tallinn staff", *ODD)]
    state.phonebook.add_contact(MARI, *groups, firstName="Mari", lastName="Õun", company="Acme")
    for place, name in enumerate(ODD):
        state.phonebook.blacklist(state.phonebook.add_contact(f"+3725556{place:04}", firstName=name, company=name))
    for place in range(52):
        state.phonebook.blacklist(f"+3725557{place:04}")
    state.phonebook.blacklist(MARI)
    state.open("/blacklist")


def question(state: State) -> None:
    blacklist(state)
    state.open(f"/blacklist/{MARI}/remove?back={MARI}")


def taken_off(state: State) -> None:
    question(state)
    state.press("Take off blacklist")


BLACKLIST_STATES: dict[str, Callable[[State], None]] = {
    "blacklist": blacklist,
    "blacklist-empty": lambda state: state.open("/blacklist"),
    "blacklist-add": lambda state: state.open("/blacklist/add"),
    "blacklist-add-error": lambda state: state.send("/blacklist/add", "Add to blacklist", Phone_numbers="abc"),
    "blacklist-question": question,
    "blacklist-taken-off": taken_off,
}
