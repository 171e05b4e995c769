"""The blacklist: listed, searched, added to and taken off."""

import pytest

from tests.contacts.contact_fixtures import writes
from tests.page_client import PageClient, shown
from tests.phonebook_state import PhonebookState

MARI, AINO, NOBODY = "+37255551234", "+37255551235", "+37255551236"


@pytest.fixture(autouse=True)
def blocked(phonebook: PhonebookState) -> None:
    group = phonebook.add("Staff")
    phonebook.add_contact(MARI, group, firstName="Mari", lastName="Õun", company="Acme")
    phonebook.add_contact(AINO, firstName="Aino")
    phonebook.blacklist(NOBODY)
    phonebook.blacklist(MARI)


def test_numbers_with_names(user: PageClient, phonebook: PhonebookState) -> None:
    page = user.get("/blacklist")
    assert page.caption == "2 numbers."
    assert page.rows == [["Mari Õun", shown(MARI), "Acme"], ["No contact", shown(NOBODY), ""]]
    assert len(phonebook.calls) == 2
    assert user.get("/blacklist?q=mari oun").caption == "1 of 2 numbers match “mari oun”."
    assert user.get("/blacklist?q=5555 1236").rows[0][1] == shown(NOBODY)
    assert "No numbers match" in user.get("/blacklist?q=xyz").text
    file = user.client.get("/blacklist/download?q=5555").get_data(as_text=True)
    assert [each in file for each in (MARI, NOBODY, AINO)] == [True, True, False]


def test_an_empty_blacklist(user: PageClient, phonebook: PhonebookState) -> None:
    for number in phonebook.blacklisted():
        phonebook.unblock(number)
    page = user.get("/blacklist")
    assert "The blacklist is empty." in page.text
    assert page.follow("Add a number").h1 == "Add to blacklist"


def test_failing_calls(user: PageClient, phonebook: PhonebookState) -> None:
    broken = ("500 Internal Server Error", b"")
    phonebook.instead_path = {"/v1/phonebook/contacts": broken}
    page = user.get("/blacklist")
    assert "their names are missing here" in page.text
    assert [row[1] for row in page.rows] == [shown(MARI), shown(NOBODY)]
    phonebook.instead_path = {"/v1/phonebook/blacklist": broken}
    page = user.get("/blacklist")
    assert page.status == 502
    assert page.h1 == "We could not get the blacklist from Messente"


def test_add_one_and_undo(user: PageClient, phonebook: PhonebookState) -> None:
    page = user.get("/blacklist/add").submit("Add to blacklist", numbers="+372 5555 1235")
    assert page.path == "/blacklist"
    assert page.notice == f"{shown(AINO)} was added to the blacklist, and gets no messages."
    assert phonebook.blacklisted() == [NOBODY, MARI, AINO]
    page.follow("Undo what was just done").submit("Undo")
    assert phonebook.blacklisted() == [NOBODY, MARI]


def test_a_number_that_is_on_it_already(user: PageClient, phonebook: PhonebookState) -> None:
    page = user.get("/blacklist/add").submit("Add to blacklist", numbers=MARI)
    assert page.notice == f"{shown(MARI)} was already on the blacklist, and gets no messages."
    assert not page.soup.select(".notice a")


@pytest.mark.parametrize(
    ("typed", "error"),
    [
        ("", "Enter a phone number"),
        ("abc", "There is no number in it"),
        ("+372512345", "It is too short for a number in Estonia"),
        ("+37255551234\n" * 101, "These are 101 lines. Enter 100 or fewer at a time"),
    ],
)
def test_refused(user: PageClient, phonebook: PhonebookState, typed: str, error: str) -> None:
    page = user.get("/blacklist/add").submit("Add to blacklist", numbers=typed)
    assert page.status == 422
    assert page.field_error == error
    assert page.value("numbers") == typed
    assert writes(phonebook) == []


def test_a_contacts_impossible_number_can_be_added(user: PageClient, phonebook: PhonebookState) -> None:
    phonebook.add_contact("+372512345")
    user.get("/blacklist/add").submit("Add to blacklist", numbers="+372512345")
    assert "+372512345" in phonebook.blacklisted()


def test_add_many(user: PageClient, phonebook: PhonebookState) -> None:
    numbers = f"{AINO}\n{MARI}\n{AINO}\nabc\n+372512345"
    page = user.get("/blacklist/add").submit("Add to blacklist", numbers=numbers)
    assert page.path.startswith("/actions/")
    assert page.h1 == "1 added to the blacklist · 1 unchanged · 1 listed twice · 2 need attention"
    assert page.follow("Blacklist").h1 == "Blacklist"
    assert phonebook.blacklisted() == [NOBODY, MARI, AINO]


def test_take_off_after_a_question(user: PageClient, phonebook: PhonebookState) -> None:
    page = user.get("/blacklist").follow("Take off Mari Õun")
    assert page.h1 == f"Take {shown(MARI)} off the blacklist?"
    assert "Did this person ask for messages again?" in page.text
    assert "This is the number of “Mari Õun”, Acme. Messages to “Staff” will reach this contact again." in page.text
    page = page.submit("Take off blacklist")
    assert page.notice == f"{shown(MARI)} was taken off the blacklist, and gets messages again."
    assert phonebook.blacklisted() == [NOBODY]
    page.follow("Undo what was just done").submit("Undo")
    assert phonebook.blacklisted() == [NOBODY, MARI]


def test_take_off_a_number_of_nobody(user: PageClient, phonebook: PhonebookState) -> None:
    page = user.get(f"/blacklist/{NOBODY}/remove")
    assert "There is no contact with this number." in page.text
    phonebook.unblock(NOBODY)
    assert user.get(f"/blacklist/{NOBODY}/remove").h1 == "This number is not on the blacklist"
    page = page.submit("Take off blacklist")
    assert page.notice == f"{shown(NOBODY)} was already off the blacklist, and gets messages again."


def test_the_question_says_what_it_does_not_know(user: PageClient, phonebook: PhonebookState) -> None:
    phonebook.instead_path = {f"/v1/phonebook/contacts/{MARI}/groups": ("500 Internal Server Error", b"")}
    assert "We could not find out which groups" in user.get(f"/blacklist/{MARI}/remove").text
    phonebook.instead_path = {f"/v1/phonebook/contacts/{MARI}": ("500 Internal Server Error", b"")}
    assert "We could not find out whose number this is." in user.get(f"/blacklist/{MARI}/remove").text


def test_from_the_contacts_page(user: PageClient, phonebook: PhonebookState) -> None:
    page = user.get(f"/contacts/{AINO}").follow("Add to blacklist").submit("Add to blacklist")
    assert page.path == f"/contacts/{AINO}"
    assert "Blacklisted" in page.text
    page = page.follow("Take off blacklist").submit("Take off blacklist")
    assert page.path == f"/contacts/{AINO}"
    assert "This number is on the blacklist" not in page.text
    assert phonebook.blacklisted() == [NOBODY, MARI]


def test_sending_a_form_twice_adds_once(user: PageClient, phonebook: PhonebookState) -> None:
    form = user.get("/blacklist/add")
    form.submit("Add to blacklist", numbers=AINO)
    phonebook.unblock(AINO)
    page = form.submit("Add to blacklist", numbers=AINO)
    assert "was added to the blacklist" in page.notice
    assert phonebook.blacklisted() == [NOBODY, MARI]
    assert len(writes(phonebook)) == 1


def test_deleting_a_contact_keeps_the_number(user: PageClient, phonebook: PhonebookState) -> None:
    page = user.get(f"/contacts/{MARI}/delete")
    assert "The number is on the blacklist and stays there." in page.text
    page.submit("Delete contact")
    assert MARI in phonebook.blacklisted()
    assert user.get("/blacklist").rows[0][0].startswith("No contact")
