"""A change to a contact that a crash left unknown is looked up when its form is sent again."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from tests.actions.store_fixtures import all_changes, edit_newest
from tests.contacts.contact_fixtures import MARI, writes
from tests.page_client import PageClient, shown
from tests.phonebook_state import PhonebookState
from webapp.store import Store


def open_form(user: PageClient, kind: str) -> tuple[str, dict[str, str]]:
    path = {"create": "/contacts/new"}.get(kind, f"/contacts/{MARI}/{kind}")
    button = {"create": "Create contact", "edit": "Save changes", "delete": "Delete contact"}[kind]
    typed = {"create": {"number": MARI}, "edit": {"company": "Other"}, "delete": {}}[kind]
    return path, user.get(path).fields(button, **typed)[1]


NOTICES = {
    "create": "The contact was created.",
    "edit": "The contact was changed: Company.",
    "delete": f"{shown(MARI)} was deleted.",
}
UNDO: dict[str, Callable[[PhonebookState], object]] = {
    "create": lambda phonebook: phonebook.delete_contact(MARI),
    "edit": lambda phonebook: phonebook.change_contact(MARI, company=None),
    "delete": lambda phonebook: phonebook.add_contact(MARI),
}


def crashed(user: PageClient, phonebook: PhonebookState, store: Store, kind: str) -> tuple[str, dict[str, str]]:
    """Send a form, and change the record as if its worker had been killed before the answer."""
    if kind != "create":
        phonebook.add_contact(MARI)
    path, data = open_form(user, kind)
    user.post(path, data=data)
    edit_newest(store, outcome="started", ended=None, began=datetime.now(UTC) - timedelta(minutes=1))
    return path, data


@pytest.mark.parametrize("kind", NOTICES)
def test_a_change_that_the_phonebook_shows_is_confirmed(
    user: PageClient, phonebook: PhonebookState, store: Store, kind: str
) -> None:
    path, data = crashed(user, phonebook, store, kind)
    page = user.post(path, data=data)
    assert page.notice.startswith(NOTICES[kind])
    assert len(writes(phonebook)) == 1
    assert all_changes(store)[-1]["outcome"] == "confirmed"


@pytest.mark.parametrize("kind", NOTICES)
def test_a_change_that_it_does_not_show_stays_unknown(
    user: PageClient, phonebook: PhonebookState, store: Store, kind: str
) -> None:
    path, data = crashed(user, phonebook, store, kind)
    UNDO[kind](phonebook)
    page = user.post(path, data=data)
    assert (page.status, "We could not confirm that the contact was" in page.text) == (502, True)
    assert len(writes(phonebook)) == 1
    assert all_changes(store)[-1]["outcome"] == "started"


def test_a_contacts_page_reconciles_its_changes(user: PageClient, phonebook: PhonebookState, store: Store) -> None:
    crashed(user, phonebook, store, "edit")
    page = user.get(f"/contacts/{MARI}")
    assert "Done (confirmed later)" in page.text
    edit_newest(store, outcome="started", began=datetime.now(UTC) - timedelta(hours=2))
    phonebook.change_contact(MARI, company="Third")
    assert "Probably not done" in user.get(f"/contacts/{MARI}").text
