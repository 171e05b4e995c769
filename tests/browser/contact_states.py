"""The states of the contacts' pages."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from tests.actions.store_fixtures import add_change
from tests.browser.page_state import ODD, State

MARI = "+37255550001"
ADDRESS = f"/contacts/{MARI}"
BROKEN = ("500 Internal Server Error", b"")


def person(state: State, *, leaving: bool = False, blacklisted: bool = False) -> None:
    """Put Mari into the phonebook, in two of several groups."""
    groups = [state.group(name, contacts=0) for name in ("Tallinn staff", "Drivers", "Õhtu", *ODD)]
    details = {"firstName": "Mari", "lastName": "Õun", "company": "Näidis OÜ", "email": "m@example.com", "custom2": "B"}
    state.phonebook.add_contact(MARI, *groups[: 0 if leaving else 2], **details)
    if blacklisted:
        state.phonebook.blacklist(MARI)


def people(state: State, *, leaving: int = 0) -> None:
    """Put many contacts into the phonebook, some unusual, some about to be deleted."""
    group = state.group("Customers", contacts=55)
    for place, name in enumerate(ODD):
        number = f"+3725555{place:04}"
        state.phonebook.add_contact(number, group, firstName=name, company=name, email="x@example.com", custom="y")
    state.phonebook.blacklist("+37255550000")
    for days in range(leaving):
        day = (datetime.now(UTC) + timedelta(days=days + 1)).date().isoformat()
        state.phonebook.add_leaving(f"+3725556{days:04}", day, firstName=f"Jaan {days}", company=ODD[days % 2])


def contacts(state: State) -> None:
    people(state, leaving=3)
    state.open("/contacts")


def filtered(state: State) -> None:
    people(state)
    state.open("/contacts")
    state.page.locator("#group").select_option(index=2)
    state.press("Search")


def none_found(state: State) -> None:
    people(state)
    state.open("/contacts?q=xyz")


def without(state: State) -> None:
    """The list where neither the groups nor the blacklist could be read."""
    people(state)
    state.phonebook.instead_path = {"/v1/phonebook/groups": BROKEN, "/v1/phonebook/blacklist": BROKEN}
    state.open("/contacts")


def shown(state: State) -> None:
    person(state)
    for kind in ("change contact", "create contact"):
        add_change(state.store, kind=kind, number=MARI)
    state.open(ADDRESS)


def shown_leaving(state: State) -> None:
    person(state, leaving=True, blacklisted=True)
    state.open(ADDRESS)


def no_group_left(state: State) -> None:
    person(state)
    state.open(f"{ADDRESS}/groups")
    for name in ("Tallinn staff", "Drivers"):
        state.page.get_by_label(name, exact=True).uncheck()
    state.press("Save groups")


def groups_searched(state: State) -> None:
    person(state)
    state.open(f"{ADDRESS}/groups")
    state.page.get_by_label("Search groups").fill("script")
    state.press("Search")


def there_already(state: State) -> None:
    person(state)
    state.send("/contacts/new", "Create contact", Phone_number=MARI)


def edit_conflict(state: State) -> None:
    person(state)
    state.open(f"{ADDRESS}/edit")
    state.phonebook.change_contact(MARI, firstName=ODD[0])
    state.page.get_by_label("First name").fill("Anna")
    state.press("Save changes")


def edit(state: State) -> None:
    person(state)
    state.open(f"{ADDRESS}/edit")


def changed(state: State) -> None:
    person(state)
    state.send(f"{ADDRESS}/edit", "Save changes", Title="Dr")


def delete(state: State) -> None:
    person(state, blacklisted=True)
    state.open(f"{ADDRESS}/delete")


def delete_changed(state: State) -> None:
    delete(state)
    state.phonebook.change_contact(MARI, firstName="Anna")
    state.press("Delete contact")


def deleted(state: State) -> None:
    person(state)
    state.send(f"{ADDRESS}/delete", "Delete contact")


def leaving(state: State) -> None:
    people(state, leaving=12)
    state.open("/contacts/leaving")


CONTACT_STATES: dict[str, Callable[[State], None]] = {
    "contacts": contacts,
    "contacts-filtered": filtered,
    "contacts-empty": lambda state: state.open("/contacts"),
    "contacts-no-match": none_found,
    "contacts-without": without,
    "contact": shown,
    "contact-leaving": shown_leaving,
    "contact-no-group-left": no_group_left,
    "contact-groups": groups_searched,
    "contact-gone": lambda state: state.open("/contacts/+37299999999"),
    "contact-new": lambda state: state.open("/contacts/new"),
    "contact-new-error": lambda state: state.send("/contacts/new", "Create contact", Phone_number="x", E_mail="x"),
    "contact-there-already": there_already,
    "contact-edit": edit,
    "contact-edit-conflict": edit_conflict,
    "contact-changed": changed,
    "contact-delete": delete,
    "contact-delete-changed": delete_changed,
    "contact-deleted": deleted,
    "leaving": leaving,
    "leaving-empty": lambda state: state.open("/contacts/leaving"),
}
