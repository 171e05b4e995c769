"""What is typed and ticked on the contacts' pages is kept through signing in."""

from urllib.parse import quote_plus

import pytest

from tests.accounts.conftest import EDITOR, sign_in
from tests.accounts.test_guard import sign_out_elsewhere
from tests.page_client import Page, PageClient
from tests.phonebook_state import PhonebookState

MARI, JAAN = "+37255550001", "+37255550002"


@pytest.fixture
def editor(user: PageClient) -> PageClient:
    sign_in(user)
    return user


def send_signed_out(page: Page, button: str, **typed: str | list[str]) -> Page:
    """Send a form after the session has ended, and sign in."""
    sign_out_elsewhere(page.client)
    page = page.submit(button, **typed)
    assert page.status == 401
    return page.submit("Sign in", username="Mari", password=EDITOR)


def test_a_new_contact(editor: PageClient, phonebook: PhonebookState) -> None:
    page = send_signed_out(editor.get("/contacts/new"), "Create contact", number="+372 5555 0001", company="Näidis <b>")
    assert (page.path, page.value("number"), page.value("company")) == ("/contacts/new", "+372 5555 0001", "Näidis <b>")
    assert phonebook.numbers() == []
    assert page.submit("Create contact").h1 == MARI


def test_an_edit_with_what_was_said_then(editor: PageClient, phonebook: PhonebookState) -> None:
    phonebook.add_contact(MARI, firstName="Mari", title="Dr")
    page = editor.get(f"/contacts/{MARI}/edit")
    phonebook.change_contact(MARI, firstName="Liis")
    page = send_signed_out(page, "Save changes", first_name="Anna", title="")
    assert (page.path, page.value("first_name"), page.value("title")) == (f"/contacts/{MARI}/edit", "Anna", "")
    assert page.submit("Save changes").status == 409, "somebody has changed it meanwhile"


def test_ticked_groups(editor: PageClient, phonebook: PhonebookState) -> None:
    groups = [str(phonebook.add(name)) for name in ("A", "B", "C")]
    phonebook.add_contact(MARI, phonebook.add("D"))
    page = send_signed_out(editor.get(f"/contacts/{MARI}"), "Save groups", group=groups[:2])
    assert (page.path, page.h1) == (f"/contacts/{MARI}/groups", MARI)
    assert page.fields("Save groups")[1]["group"] == groups[:2]
    assert phonebook.groups() == {"A": 0, "B": 0, "C": 0, "D": 1}
    assert page.submit("Save groups").notice == "Added to 2 groups, removed from 1 group."
    assert editor.get(f"/contacts/{MARI}/groups").path == f"/contacts/{MARI}", "it is shown once"


def test_ticked_contacts(editor: PageClient, phonebook: PhonebookState) -> None:
    group = str(phonebook.add("Staff"))
    for number in (MARI, JAAN):
        phonebook.add_contact(number)
    page = send_signed_out(editor.get("/contacts/leaving"), "Put in group", number=[MARI, JAAN], group=group)
    assert page.fields("Put in group")[1]["number"] == [MARI, JAAN]
    assert page.value("group") == group
    assert page.submit("Put in group").h1 == "All was done"


def test_contacts_that_shall_leave_a_group(editor: PageClient, phonebook: PhonebookState) -> None:
    group = phonebook.add("Staff")
    for number in (MARI, JAAN):
        phonebook.add_contact(number, group)
    page = send_signed_out(editor.get(f"/groups/{group}"), "Remove ticked contacts", number=[MARI, JAAN])
    assert page.h1 == "Remove 2 contacts from the group “Staff”?"
    assert phonebook.groups() == {"Staff": 2}
    assert page.submit("Remove from group").h1 == "All was done"
    assert phonebook.groups() == {"Staff": 0}
    assert editor.get(f"/groups/{group}/remove").path == f"/groups/{group}", "it is shown once"


@pytest.mark.parametrize("letter", ["a", "õ", "\U0001f600", '"'])
def test_what_is_kept_can_be_sent_along_with_the_password(
    editor: PageClient, phonebook: PhonebookState, letter: str
) -> None:
    group = phonebook.add("Staff")
    typed = letter * (46_000 // len(quote_plus(letter)) // (2 if letter == '"' else 1))
    page = send_signed_out(editor.get(f"/groups/{group}/add-numbers"), "Add numbers", numbers=typed)
    assert page.value("numbers") == typed


def test_what_is_too_long_to_be_kept_is_told(editor: PageClient, phonebook: PhonebookState) -> None:
    page = editor.get(f"/groups/{phonebook.add('Staff')}/add-numbers")
    sign_out_elsewhere(editor)
    page = page.submit("Add numbers", numbers="1" * 50_000)
    assert page.status == 401
    assert "What you typed is too long to be kept: go back, and copy it first." in page.text
