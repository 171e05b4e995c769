"""A contact that somebody else creates between the check and the call, or whose creation a crash left unknown."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from tests.actions.store_fixtures import all_changes
from tests.contacts.contact_fixtures import said
from tests.page_client import Page, PageClient, shown, words
from tests.phonebook_state import PhonebookState
from webapp.store import Store
from webapp.store.schema import actions, changes

NEW = "+37255551234"
TYPED = {"number": NEW, "first_name": "Mari", "email": "mari@example.ee"}
NOT_AS_TYPED = "This contact is in the phonebook, but with other details than you typed."


def warning(page: Page) -> str:
    [tag] = page.soup.select(".warning")
    return words(tag)


def creates_meanwhile(phonebook: PhonebookState, **details: str) -> Callable[[], None]:
    """Have a colleague create the contact just before the dashboard does."""

    def meanwhile() -> None:
        if phonebook.calls[-1] == "POST /v1/phonebook/contacts":
            phonebook.meanwhile = None
            phonebook.add_contact(NEW, **details)

    return meanwhile


def opened(user: PageClient, phonebook: PhonebookState, where: str) -> tuple[Page, str]:
    """Open one of the two forms; return its page and its button's text."""
    if where == "contacts":
        return user.get("/contacts/new"), "Create contact"
    return user.get(f"/groups/{phonebook.add('Staff')}/add"), "Add contact"


def crash(store: Store) -> None:
    """Change the record as if the worker had been killed before it could record the outcome."""
    began = datetime.now(UTC) - timedelta(minutes=1)
    with store.write() as connection:
        connection.execute(actions.update().values(began=began))
        connection.execute(changes.update().values(outcome="started", ended=None, error=None, changed=None))


@pytest.mark.parametrize("where", ["contacts", "groups"])
def test_unsaved_details_are_listed_and_saved_by_one_click(
    user: PageClient, phonebook: PhonebookState, where: str
) -> None:
    page, button = opened(user, phonebook, where)
    phonebook.meanwhile = creates_meanwhile(phonebook, firstName="Liis", company="Acme")
    page = page.submit(button, **TYPED)
    assert (page.status, page.h1) == (409, "Edit contact")
    assert warning(page).startswith(NOT_AS_TYPED)
    assert "Not saved: First name “Mari”; E-mail “mari@example.ee”." in warning(page)
    assert ("The contact was added to “Staff”." in warning(page)) == (where == "groups")
    assert page.field_error == "In the phonebook this is “Liis”. Press Save changes to replace it with “Mari”."
    assert (page.value("company"), said(phonebook, NEW)) == ("Acme", {"firstName": "Liis", "company": "Acme"})
    page = page.submit("Save changes")
    assert page.notice.startswith("The contact was changed: First name, E-mail.")
    assert said(phonebook, NEW) == {"firstName": "Mari", "company": "Acme", "email": "mari@example.ee"}


@pytest.mark.parametrize("where", ["contacts", "groups"])
def test_after_a_crash(user: PageClient, phonebook: PhonebookState, store: Store, where: str) -> None:
    """The worker was killed before it asked Messente, and a colleague has created the contact since."""
    page, button = opened(user, phonebook, where)
    form, data = page.fields(button, **TYPED)
    phonebook.instead["POST"] = ("500 Internal Server Error", b"")
    user.post(str(form["action"]), data=data)
    phonebook.instead.clear()
    crash(store)
    phonebook.add_contact(NEW, firstName="Liis")
    for _ in range(2):
        page = user.post(str(form["action"]), data=data)
        assert (page.status, page.value("first_name"), page.value("email")) == (409, "Mari", "mari@example.ee")
        assert warning(page).startswith(NOT_AS_TYPED)
    assert all_changes(store)[0]["outcome"] == "started"
    assert "was created" not in page.text
    assert page.submit("Save changes").h1 == "Mari"


@pytest.mark.parametrize("where", ["contacts", "groups"])
def test_nothing_is_listed_if_the_details_are_as_typed(user: PageClient, phonebook: PhonebookState, where: str) -> None:
    page, button = opened(user, phonebook, where)
    phonebook.meanwhile = creates_meanwhile(phonebook, firstName="Mari", email="mari@example.ee", company="Acme")
    page = page.submit(button, **TYPED)
    if where == "groups":
        assert page.notice == f"{shown(NEW)} was added to “Staff”."
    else:
        assert page.field_error == "There is already a contact with this number"


def test_typed_details_survive_a_crash_that_created_nothing(
    user: PageClient, phonebook: PhonebookState, store: Store
) -> None:
    page, button = opened(user, phonebook, "groups")
    form, data = page.fields(button, **TYPED)
    phonebook.instead["POST"] = ("500 Internal Server Error", b"")
    first = user.post(str(form["action"]), data=data)
    crash(store)
    for page in (first, user.post(str(form["action"]), data=data)):
        assert (page.h1, page.value("number"), page.value("email")) == ("Add contact", NEW, "mari@example.ee")
        assert "We could not confirm that the contact was created." in page.text
    phonebook.instead.clear()
    assert page.submit("Add contact").notice == f"{shown(NEW)} was created, and added to “Staff”."
