"""Pasted numbers: doubles, doubtful ones, too many for the time, and too long a paste."""

import time
from dataclasses import replace

import pytest

from tests.contacts.contact_fixtures import add_numbers, results_on, writes
from tests.page_client import PageClient
from tests.phonebook_state import PhonebookState
from webapp import create_app
from webapp.actions.job_runner import run_job
from webapp.settings import Settings

KNOWN, OTHER, NEW = "+37255550001", "+37255550002", "+37255551234"


def test_duplicates_are_not_failures(user: PageClient, phonebook: PhonebookState) -> None:
    staff = phonebook.add("Staff")
    page = add_numbers(user, staff, NEW, OTHER, "+372 5555 1234", f"Tel. {OTHER}", create=True)
    assert page.h1 == "2 added · 2 listed twice"
    assert "Listed twice: 2 numbers." in page.text
    assert "attention" not in page.text


def test_only_contacts_are_links(user: PageClient, phonebook: PhonebookState) -> None:
    staff = phonebook.add("Staff")
    phonebook.add_contact(KNOWN)
    page = add_numbers(user, staff, KNOWN, "+372", "0401234567", "00372559595", "+37255559999", KNOWN)
    for shown in (page, user.get("/activity")):
        links = {str(link["href"]) for link in shown.soup.select("main a[href^='/contacts/+']")}
        assert links == {f"/contacts/{KNOWN}"}
    assert add_numbers(user, staff, "+372").soup.find("a", string="Back to the contact") is None


def test_a_possible_but_unknown_number_is_created_with_a_warning(user: PageClient, phonebook: PhonebookState) -> None:
    staff = phonebook.add("Staff")
    page = add_numbers(user, staff, "+381 44 123 458", NEW, create=True)
    warning = "Check this number: it does not look like a number in Serbia."
    assert results_on(page) == {"+38144123458": f"Created and added. {warning}", NEW: "Created and added"}
    created = user.get("/contacts/new").submit("Create contact", number="+381 44 123 459")
    assert warning in created.text
    page = add_numbers(user, phonebook.add("Office"), "+381 44 123 458", NEW)
    assert results_on(page) == {"+38144123458": "Added", NEW: "Added"}, "a contact's number is not doubted again"
    added = user.get(f"/groups/{staff}/add").submit("Add contact", number="+381 44 123 457")
    assert warning in added.text
    assert phonebook.contacts() == 4


@pytest.mark.parametrize("create", [True, False])
def test_an_outdated_number_is_refused_with_the_correction(
    user: PageClient, phonebook: PhonebookState, create: bool
) -> None:
    page = add_numbers(user, phonebook.add("Staff"), "+52 1 55 4163 7145", create=create)
    assert results_on(page) == {"+5215541637145": "Not added: write it as +52 55 4163 7145"}
    assert phonebook.contacts() == 0


@pytest.mark.long
def test_changes_beyond_the_pages_time_are_left_to_a_job(settings: Settings, phonebook: PhonebookState) -> None:
    app = create_app(replace(settings, page_deadline=4))
    staff = phonebook.add("Staff")
    numbers = [f"+3725555{number:04}" for number in range(100)]
    phonebook.meanwhile = lambda: time.sleep(0.14)  # as 0.7 seconds a call are to the 20 of a page
    page = add_numbers(PageClient(app.test_client()), staff, *numbers, create=True)
    done = set(phonebook.numbers(staff))
    assert 0 < len(done) < 100
    assert page.h1 == f"{len(done)} of 100 done"
    phonebook.meanwhile = None
    with app.app_context():
        run_job(1)
    assert page.client.get(page.path).h1 == "100 added"
    assert phonebook.numbers(staff) == numbers
    app.extensions["store"].close()


@pytest.mark.parametrize(
    ("address", "button", "field", "says"),
    [
        ("/groups/{}/add-numbers", "Add numbers", "numbers", "Enter 100 or fewer at a time"),
        ("/groups/{}/add", "Add contact", "number", "It is too long for a phone number"),
        ("/contacts/new", "Create contact", "number", "It is too long for a phone number"),
        ("/groups/new", "Create group", "name", "Group name must be 250 characters or fewer"),
    ],
)
def test_a_long_paste_comes_back_with_the_limit(
    user: PageClient, phonebook: PhonebookState, address: str, button: str, field: str, says: str
) -> None:
    lines = [f"+37255{number:06}" for number in range(6_200)]
    pasted = "\n".join(lines) if field == "numbers" else " ".join(lines)
    assert len(pasted) > 80_000
    form, data = user.get(address.format(phonebook.add("Staff"))).fields(button, **{field: pasted})
    page = user.post(str(form["action"]), data=data)
    assert page.status == 422
    assert says in page.field_error
    assert page.value(field).split() == lines
    assert writes(phonebook) == []


def test_one_numbers_columns_are_not_joined(user: PageClient, phonebook: PhonebookState) -> None:
    page = user.get("/contacts/new").submit("Create contact", number="+49 30 901902\t10117")
    assert (page.status, phonebook.numbers()) == (200, ["+4930901902"])
    page = user.get("/contacts/new").submit("Create contact", number="+49 30 901902   10117")
    assert page.field_error == "There is more than one column in it: leave only the number"
    assert page.value("number") == "+49 30 901902   10117"
