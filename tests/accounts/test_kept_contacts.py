"""What is typed and ticked on the contacts' pages is kept through signing in."""

import pytest

from tests.accounts.conftest import EDITOR, sign_in
from tests.accounts.test_guard import sign_out_elsewhere
from tests.pages import Page, PageClient
from tests.phonebook_state import PhonebookState

MARI, JAAN = "+37255550001", "+37255550002"


@pytest.fixture
def editor(reader: PageClient) -> PageClient:
    sign_in(reader)
    return reader


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
