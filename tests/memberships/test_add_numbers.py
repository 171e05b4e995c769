"""Adding many numbers to a group by one form: each line shows the true result."""

from dataclasses import replace
from uuid import uuid4

import pytest
from flask import Flask

from tests.actions.store_fixtures import all_changes
from tests.contacts.contact_fixtures import add_numbers, results_on, said, writes
from tests.page_client import PageClient, shown, words
from tests.phonebook_state import PhonebookState
from webapp import create_app
from webapp.settings import Settings

KNOWN, OTHER, NEW = "+37255550001", "+37255550002", "+37255551234"


def test_each_line_has_its_result(user: PageClient, phonebook: PhonebookState) -> None:
    staff = phonebook.add("Staff")
    phonebook.add_contact(KNOWN)
    phonebook.add_contact(OTHER, staff)
    page = add_numbers(user, staff, "+372 5555 0001", OTHER, NEW, "3.72555E+11", "", KNOWN, "abc", "５５５５ 1234")
    assert page.h1 == "1 added · 1 unchanged · 1 listed twice · 4 need attention"
    assert "Add 6 contacts to “Staff”" in page.text
    assert results_on(page) == {
        OTHER: "Already in the group",
        KNOWN: "Added",
        NEW: "Not added: the phonebook has no contact with this number, and the box to create contacts was not ticked",
        "“3.72555E+11”": "Not added: a spreadsheet has shortened this number: "
        "format its column as text and copy it again",
        "“abc”": "Not added: there is no number in it",
        "“５５５５ 1234”": "Not added: write the number with + and the country code",
    }
    assert "Listed twice: 1 number." in page.text
    assert "Not added: this number is already listed above" in page.text
    assert phonebook.numbers(staff) == [KNOWN, OTHER]
    assert phonebook.numbers() == [KNOWN, OTHER]


def test_numbers_that_are_not_known_are_created_where_that_is_ticked(
    user: PageClient, phonebook: PhonebookState
) -> None:
    staff = phonebook.add("Staff")
    phonebook.add_contact(KNOWN)
    page = add_numbers(user, staff, KNOWN, NEW, "+372123", create=True)
    assert page.h1 == "2 added · 1 needs attention"
    assert results_on(page)[NEW] == "Created and added"
    assert results_on(page)[KNOWN] == "Added"
    assert results_on(page)["+372123"].startswith("Not added: ")
    assert phonebook.numbers(staff) == [KNOWN, NEW]
    assert phonebook.contacts() == 2


def test_failed_lines_can_be_tried_again(user: PageClient, phonebook: PhonebookState) -> None:
    staff = phonebook.add("Staff")
    page = add_numbers(user, staff, NEW, NEW, "abc").follow("Try these again")
    assert page.value("numbers") == f"{shown(NEW)}\nabc"
    assert page.submit("Add numbers", create=["y"]).h1 == "1 added · 1 needs attention"
    assert phonebook.numbers(staff) == [NEW]


def test_national_numbers_are_of_the_region_that_is_set(settings: Settings, phonebook: PhonebookState) -> None:
    app = create_app(replace(settings, default_region="EE"))
    staff = phonebook.add("Staff")
    user = PageClient(app.test_client())
    assert "Numbers without + are read as numbers from Estonia." in user.get(f"/groups/{staff}/add-numbers").text
    page = add_numbers(user, staff, "5555 1234", create=True)
    assert (page.h1, phonebook.numbers(staff)) == ("1 added", [NEW])
    app.extensions["store"].close()


@pytest.mark.parametrize(
    ("numbers", "says"),
    [
        ("", "Enter a phone number"),
        (" \n\t\n", "Enter a phone number"),
        ("\n".join(["x"] * 101), "These are 101 lines. Enter 100 or fewer at a time"),
    ],
    ids=["none", "blank", "too many"],
)
def test_an_invalid_list_comes_back_as_it_was_typed(
    user: PageClient, phonebook: PhonebookState, numbers: str, says: str
) -> None:
    staff = phonebook.add("Staff")
    page = add_numbers(user, staff, *numbers.split("\n"))
    assert (page.status, page.field_error) == (422, says)
    assert page.value("numbers").split() == numbers.split()
    assert writes(phonebook) == []


def test_a_hundred_at_once(user: PageClient, phonebook: PhonebookState) -> None:
    staff = phonebook.add("Staff")
    numbers = [f"+3725555{number:04}" for number in range(100)]
    page = add_numbers(user, staff, *numbers, create=True)
    assert page.h1 == "100 added"
    assert phonebook.numbers(staff) == numbers
    # The form's group, the group again, the known contacts, the changes, and the names.
    assert len(phonebook.calls) == 1 + 1 + 100 + 200 + 1


def test_a_repeat_ends_on_the_same_page_and_other_content_is_refused(
    user: PageClient, phonebook: PhonebookState, app: Flask
) -> None:
    staff = phonebook.add("Staff")
    page = user.get(f"/groups/{staff}/add-numbers")
    form, data = page.fields("Add numbers", numbers=NEW, create=["y"])
    results = [user.post(str(form["action"]), data=data) for _ in range(3)]
    assert {(each.path, each.h1) for each in results} == {("/actions/1", "1 added")}
    assert writes(phonebook) == ["POST contacts", f"POST groups/{staff}/contacts/{NEW}"]
    again = user.post(str(form["action"]), data=data | {"numbers": OTHER})
    assert again.status == 409
    assert "This form was sent before, with other content" in again.text
    assert again.value("numbers") == OTHER
    assert len(writes(phonebook)) == 2
    assert again.submit("Add numbers").h1 == "1 added"
    assert phonebook.numbers(staff) == [OTHER, NEW]
    assert [entry["kind"] for entry in all_changes(app.extensions["store"])] == ["create contact", "add"] * 2


@pytest.mark.parametrize("answer", ["500 Internal Server Error", "401 Unauthorized", "429 Too Many Requests"])
def test_nothing_is_sent_if_known_contacts_cannot_be_looked_up(
    user: PageClient, phonebook: PhonebookState, app: Flask, answer: str
) -> None:
    staff = phonebook.add("Staff")
    form, data = user.get(f"/groups/{staff}/add-numbers").fields("Add numbers", numbers=KNOWN, create=["y"])
    phonebook.instead["GET"] = (answer, b"")
    page = user.post(str(form["action"]), data=data)
    assert page.status in {502, 503}
    assert "The group was not changed." in page.text
    assert page.value("numbers") == KNOWN
    assert writes(phonebook) == []
    assert all_changes(app.extensions["store"]) == []


def test_a_fault_in_the_middle_of_a_hundred(user: PageClient, phonebook: PhonebookState) -> None:
    staff = phonebook.add("Staff")
    numbers = [f"+3725555{number:04}" for number in range(100)]
    for number in numbers:
        phonebook.add_contact(number)
    phonebook.instead["POST"] = ("500 Internal Server Error", b"")
    phonebook.lets_pass = 50
    page = add_numbers(user, staff, *numbers)
    results, in_it = results_on(page), set(phonebook.numbers(staff))
    assert len(in_it) == 50
    assert {number for number in numbers if results[number] == "Added"} == in_it
    assert {results[number] for number in numbers if number not in in_it} == {
        "Unknown whether this was added: Messente gave no clear answer, and the phonebook does not show it yet"
    }


def test_an_unclear_answer_is_looked_up(user: PageClient, phonebook: PhonebookState, app: Flask) -> None:
    staff = phonebook.add("Staff")
    phonebook.add_contact(KNOWN)
    phonebook.instead_after["POST"] = ("504 Gateway Timeout", b"")
    page = add_numbers(user, staff, KNOWN)
    assert results_on(page) == {KNOWN: "Done (confirmed later)"}
    assert page.h1 == "1 added"
    assert [entry["outcome"] for entry in all_changes(app.extensions["store"])] == ["confirmed"]


def test_a_contact_that_could_not_be_created_is_not_added(user: PageClient, phonebook: PhonebookState) -> None:
    staff = phonebook.add("Staff")
    body = b'{"errors": [{"code": "201", "title": "Invalid data", "detail": "Too odd."}]}'
    phonebook.instead["POST"] = ("400 Bad Request", body)
    page = add_numbers(user, staff, NEW, create=True)
    assert results_on(page) == {NEW: "Not created: Messente refused it: Too odd."}
    assert phonebook.contacts() == 0


def test_a_contact_created_without_a_clear_answer_is_not_reported_as_failed(
    user: PageClient, phonebook: PhonebookState
) -> None:
    staff = phonebook.add("Staff")
    phonebook.instead_after["POST"] = ("504 Gateway Timeout", b"")
    page = add_numbers(user, staff, NEW, create=True)
    assert page.h1 == "1 needs attention"
    assert results_on(page) == {
        NEW: "Created. Not added: it was unclear at first whether the contact was created, so this was not sent"
    }
    phonebook.instead_after.clear()
    page = page.follow("Try these again").submit("Add numbers")
    assert results_on(page) == {NEW: "Added"}


def test_somebody_else_creates_the_contact_meanwhile(user: PageClient, phonebook: PhonebookState) -> None:
    staff = phonebook.add("Staff")
    form, data = user.get(f"/groups/{staff}/add-numbers").fields("Add numbers", numbers=NEW, create=["y"])

    def meanwhile() -> None:
        if phonebook.calls[-1].startswith("POST"):
            phonebook.meanwhile = None
            phonebook.add_contact(NEW, firstName="Mari")

    phonebook.meanwhile = meanwhile
    page = user.post(str(form["action"]), data=data)
    assert results_on(page) == {NEW: "Added"}
    assert phonebook.numbers(staff) == [NEW]
    assert said(phonebook, NEW)["firstName"] == "Mari"


def test_a_deleted_group(user: PageClient, phonebook: PhonebookState) -> None:
    staff = phonebook.add("Staff")
    form, data = user.get(f"/groups/{staff}/add-numbers").fields("Add numbers", numbers=NEW, create=["y"])
    phonebook.delete(staff)
    assert user.post(str(form["action"]), data=data).h1 == "This group no longer exists"
    assert user.get(f"/groups/{uuid4()}/add-numbers").status == 404
    assert writes(phonebook) == []


def test_without_a_token_nothing_is_added(user: PageClient, phonebook: PhonebookState) -> None:
    staff = phonebook.add("Staff")
    page = user.post(f"/groups/{staff}/add-numbers", data={"numbers": NEW, "create": "y"})
    assert page.status == 400
    assert page.value("numbers") == NEW
    assert phonebook.contacts() == 0


def test_the_record_names_number_and_group(user: PageClient, phonebook: PhonebookState) -> None:
    staff = phonebook.add("Staff")
    add_numbers(user, staff, NEW, "abc", create=True)
    page = user.get("/activity")
    assert [words(cell) for cell in page.soup.select("tbody th")] == ["Add 2 contacts to “Staff”"]
    assert [words(tag) for tag in page.soup.select("tbody summary")] == ["1 added · 1 needs attention"]
    assert f"{shown(NEW)}: Created and added" in page.text
    assert "“abc”: Not added: there is no number in it" in page.text
    assert len(user.get(f"/activity?q={NEW[4:]}&kind=add").soup.select("tbody tr")) == 1
    assert "Add 2 contacts to “Staff”" in user.get(f"/groups/{staff}").text


@pytest.mark.parametrize("entry_id", ["0", "99", "1" * 30, "-" + "1" * 30, "1" * 5000, "x", ""])
def test_nothing_to_try_again(user: PageClient, phonebook: PhonebookState, entry_id: str) -> None:
    page = user.get(f"/groups/{phonebook.add('Staff')}/add-numbers?again={entry_id}")
    assert (page.status, page.value("numbers")) == (200, "")
