"""A group's page: its members, adding a contact, removing ticked ones."""

from uuid import UUID, uuid4

import pytest
from flask import Flask

from tests.actions.store_fixtures import all_changes
from tests.contacts.contact_fixtures import numbers, results_on, said, writes
from tests.page_client import Page, PageClient, words
from tests.phonebook_state import PhonebookState

MARI, JAAN, NEW = "+37255550001", "+37255550002", "+37255551234"


def rows(page: Page) -> list[list[str]]:
    """The contacts of a page, cell by cell, without the boxes to tick."""
    table = page.soup.select_one("table:has([name=number])")
    assert table is not None
    return [[words(cell) for cell in row.find_all(["th", "td"])][1:] for row in table.select("tbody tr")]


def shown(page: Page) -> list[str]:
    """The numbers of a page, in their order."""
    return [row[1] for row in rows(page)]


@pytest.fixture
def staff(phonebook: PhonebookState) -> UUID:
    group = phonebook.add("Staff")
    phonebook.add_contact(
        MARI, group, firstName="Mari", lastName="Õun", company="Näidis OÜ", email="m@x.ee", custom2="b"
    )
    phonebook.add_contact(JAAN, group)
    return group


def test_members_are_listed(user: PageClient, phonebook: PhonebookState, staff: UUID) -> None:
    phonebook.blacklist(JAAN)
    phonebook.add_contact(NEW)
    page = user.get(f"/groups/{staff}")
    assert rows(page) == [
        [f"Mari Õun {MARI}", MARI, "Näidis OÜ", "m@x.ee"],
        [f"{JAAN} Blacklisted", JAAN, "", ""],
    ]
    assert page.caption == "2 contacts."
    asked = ["groups/" + str(staff), "contacts", "blacklist"]
    assert sorted(phonebook.calls) == sorted(f"GET /v1/phonebook/{each}" for each in asked)


def test_search_sort_and_pages(user: PageClient, phonebook: PhonebookState) -> None:
    staff = phonebook.add("Staff")
    for number in range(120):
        phonebook.add_contact(
            f"+3725555{number:04}", staff, firstName=f"Person {number}", company=f"Firm {'AB'[number % 2]}"
        )
    page = user.get(f"/groups/{staff}")
    assert page.caption == "120 contacts, showing 1 to 50."
    assert rows(page)[2][0].startswith("Person 2 ")
    page = page.follow("Next page").follow("Number").submit("Search", q="FIRM B")
    assert page.caption == "60 of 120 contacts match “FIRM B”, showing 1 to 50."
    page = page.follow("Number").follow("Next page")
    assert shown(page)[-1] == "+37255550001"
    assert "No contacts in this group match “xyz”." in page.submit("Search", q="xyz").text
    assert page.submit("Search", q="xyz").follow("Clear search").caption.startswith("120 contacts")


def test_a_group_without_contacts(user: PageClient, phonebook: PhonebookState) -> None:
    page = user.get(f"/groups/{phonebook.add('Staff')}")
    assert "No contacts yet." in page.text
    assert page.soup.select("[name=number]") == []


def test_a_count_that_differs_from_the_list(user: PageClient, phonebook: PhonebookState, staff: UUID) -> None:
    assert "Messente counts" not in user.get(f"/groups/{staff}").text
    phonebook.instead_path["/v1/phonebook/contacts"] = ("200 OK", b'{"contacts": [{"phoneNumber": "+37255550001"}]}')
    page = user.get(f"/groups/{staff}")
    assert "Messente counts 2 contacts in this group, but lists 1." in page.text
    assert shown(page) == [MARI]


def test_without_the_blacklist_the_list_is_there_and_says_so(
    user: PageClient, phonebook: PhonebookState, staff: UUID
) -> None:
    phonebook.instead_path["/v1/phonebook/blacklist"] = ("500 Internal Server Error", b"")
    page = user.get(f"/groups/{staff}")
    assert shown(page) == [MARI, JAAN]
    assert "contacts on it are not marked here" in page.text


def test_a_failed_list_is_not_shown_as_an_empty_group(user: PageClient, phonebook: PhonebookState, staff: UUID) -> None:
    phonebook.instead_path["/v1/phonebook/contacts"] = ("500 Internal Server Error", b"")
    page = user.get(f"/groups/{staff}")
    assert page.status == 502
    assert "No contacts yet" not in page.text


def test_unusual_contacts_are_shown(user: PageClient, phonebook: PhonebookState) -> None:
    staff = phonebook.add("Staff")
    name = "<script>alert(1)</script> & \"'"
    phonebook.add_contact(MARI, staff, firstName=name, company=name)
    body = b'{"contacts": [{"phoneNumber": "../x", "firstName": "Odd"}, {"phoneNumber": ""}, {"phoneNumber": 5}]}'
    assert rows(user.get(f"/groups/{staff}"))[0][0] == f"{name} {MARI}"
    phonebook.instead_path["/v1/phonebook/contacts"] = ("200 OK", body)
    page = user.get(f"/groups/{staff}")
    assert "../x" in page.text
    assert page.soup.select("[name=number]") == [], "it can't be asked for by such a number"
    assert "1 contact could not be read" in page.text


# Adding one


def add(user: PageClient, group: UUID, **typed: str) -> Page:
    return user.get(f"/groups/{group}").follow("Add contact").submit("Add contact", **typed)


def test_a_new_contact_is_created_and_added(user: PageClient, phonebook: PhonebookState, staff: UUID) -> None:
    page = add(user, staff, number="+372 5555 1234", first_name=" Liis ", company="Näidis  OÜ", custom4="x")
    assert (page.path, page.notice) == (f"/groups/{staff}", f"{NEW} was created, and added to “Staff”.")
    assert said(phonebook, NEW) == {"firstName": "Liis", "company": "Näidis OÜ", "custom4": "x"}
    assert phonebook.numbers(staff) == [MARI, JAAN, NEW]


def test_a_known_number_is_enough(user: PageClient, phonebook: PhonebookState, staff: UUID) -> None:
    phonebook.add_contact(NEW, firstName="Liis")
    page = add(user, staff, number=NEW)
    assert page.notice == f"{NEW} was added to “Staff”."
    page = add(user, staff, number=NEW)
    assert page.path.startswith("/actions/")
    assert results_on(page) == {NEW: "Already in the group"}


def test_details_typed_for_a_known_contact_are_a_question(
    user: PageClient, phonebook: PhonebookState, staff: UUID
) -> None:
    phonebook.add_contact(NEW, firstName="Liis", lastName="Põld")
    page = add(user, staff, number=NEW, first_name="Anna")
    assert page.status == 409
    assert "This number is already in the phonebook, as “Liis Põld”." in page.field_error
    assert page.value("first_name") == "Anna"
    assert writes(phonebook) == []
    page = page.submit("Add without changes")
    assert page.notice == f"{NEW} was added to “Staff”."
    assert said(phonebook, NEW)["firstName"] == "Liis"


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ({"number": ""}, "Enter a phone number"),
        ({"number": "3.72555E+11"}, "A spreadsheet has shortened this number"),
        ({"number": NEW, "email": "x"}, "Enter an e-mail address in full"),
        ({"number": NEW, "company": "a" * 251}, "Company must be 250 characters or fewer"),
        ({"number": NEW, "title": "a\u202eb"}, "Title contained hidden characters, which were removed. Check it"),
    ],
)
def test_invalid_input_comes_back(
    user: PageClient, phonebook: PhonebookState, staff: UUID, typed: dict[str, str], says: str
) -> None:
    page = add(user, staff, **typed)
    assert page.status == 422
    assert page.field_error.startswith(says)
    assert page.value("number") == typed["number"]
    assert writes(phonebook) == []


def test_a_refusal_is_shown_at_the_field(user: PageClient, phonebook: PhonebookState, staff: UUID) -> None:
    body = b'{"errors": [{"code": "201", "title": "Invalid data", "detail": "Too odd."}]}'
    phonebook.instead["POST"] = ("400 Bad Request", body)
    page = add(user, staff, number=NEW, first_name="Liis")
    assert (page.status, page.field_error, page.value("first_name")) == (422, "Too odd.", "Liis")
    phonebook.instead = {}
    assert page.submit("Add contact").notice == f"{NEW} was created, and added to “Staff”."


# Removing


def test_ticked_members_are_removed_after_a_question(user: PageClient, phonebook: PhonebookState, staff: UUID) -> None:
    office = phonebook.add("Office")
    phonebook.join(MARI, office)
    page = user.get(f"/groups/{staff}").submit("Remove from group", number=[MARI, JAAN])
    assert page.h1 == "Remove 2 contacts from the group “Staff”?"
    assert [words(item) for item in page.soup.select("main li")] == [
        f"Mari Õun {MARI}",
        f"{JAAN} – would be in no group",
    ]
    assert "but 1 of them would be in no group. Messente deletes" in page.text
    assert writes(phonebook) == []
    page = page.submit("Remove from group")
    assert page.h1 == "2 removed"
    assert results_on(page) == {MARI: "Removed", JAAN: "Removed"}
    assert "1 removed contact is now in no group and will be deleted on " in page.text
    left = page.follow("Move this contact to a group")
    assert (left.h1, numbers(left)) == ("About to be deleted", [JAAN])
    phonebook.join(JAAN, office)
    assert "in no group now" not in user.get(page.path).text
    phonebook.leave(JAAN, office)
    assert phonebook.numbers(staff) == []
    assert phonebook.numbers(office) == [MARI]
    assert phonebook.contacts() == 2


def test_the_page_asks_again_if_more_would_be_in_no_group(
    user: PageClient, phonebook: PhonebookState, staff: UUID
) -> None:
    office = phonebook.add("Office")
    phonebook.join(MARI, office)
    page = user.get(f"/groups/{staff}").submit("Remove from group", number=[MARI])
    assert "would be in no group" not in page.text
    phonebook.leave(MARI, office)
    page = page.submit("Remove from group")
    assert page.status == 409
    assert "More of these contacts would be in no group than when you were asked. Nothing was removed." in page.text
    assert writes(phonebook) == []
    assert results_on(page.submit("Remove from group")) == {MARI: "Removed"}


def test_the_last_group_is_never_guessed(user: PageClient, phonebook: PhonebookState, staff: UUID) -> None:
    phonebook.instead_path[f"/v1/phonebook/contacts/{MARI}/groups"] = ("500 Internal Server Error", b"")
    page = user.get(f"/groups/{staff}").submit("Remove from group", number=[MARI, JAAN])
    assert "Mari Õun +37255550001 – we could not find out whether this contact is in another group" in page.text
    assert results_on(page.submit("Remove from group")) == {MARI: "Removed", JAAN: "Removed"}


def test_nothing_ticked(user: PageClient, phonebook: PhonebookState, staff: UUID) -> None:
    page = user.get(f"/groups/{staff}").submit("Remove from group")
    assert (page.status, page.h1) == (422, "No contacts are ticked")
    assert page.follow("Try again").path == f"/groups/{staff}"
    assert user.get(f"/groups/{staff}/remove").path == f"/groups/{staff}"
    assert writes(phonebook) == []


def test_no_more_than_a_page_holds(user: PageClient, phonebook: PhonebookState, staff: UUID) -> None:
    """A browser can't tick more, but a form can be made by hand."""
    _, data = user.get(f"/groups/{staff}").fields("Remove from group")
    many = [f"+3725555{number:04}" for number in range(51)]
    phonebook.calls.clear()
    page = user.post(f"/groups/{staff}/remove", data=data | {"number": many})
    assert (page.status, page.h1) == (422, "Too many contacts are ticked")
    assert phonebook.calls == []
    page = user.post(f"/groups/{staff}/remove", data=data | {"number": many[:50] + many[:1]})
    assert page.h1 == "Remove 2 contacts from the group “Staff”?"


def test_two_people_remove_the_same_contact(user: PageClient, phonebook: PhonebookState, staff: UUID) -> None:
    one = user.get(f"/groups/{staff}").submit("Remove from group", number=[MARI])
    other = user.get(f"/groups/{staff}").submit("Remove from group", number=[MARI])
    assert results_on(one.submit("Remove from group")) == {MARI: "Removed"}
    assert results_on(other.submit("Remove from group")) == {MARI: "Was no longer in the group"}
    page = user.get(f"/groups/{staff}").submit("Remove from group", number=[JAAN])
    phonebook.leave(JAAN, staff)
    gone = page.submit("Remove from group")
    assert results_on(gone) == {JAAN: "Was no longer in the group"}


def test_numbers_removed_before_the_question_are_not_in_it(
    user: PageClient, phonebook: PhonebookState, staff: UUID
) -> None:
    page = user.get(f"/groups/{staff}")
    phonebook.leave(JAAN, staff)
    asked = page.submit("Remove from group", number=[MARI, JAAN])
    assert asked.h1 == "Remove 1 contact from the group “Staff”?"
    assert "1 contact that you ticked is not in the group any more." in asked.text
    phonebook.leave(MARI, staff)
    assert "There is nothing left to remove." in page.submit("Remove from group", number=[MARI]).text


def test_a_form_acts_once_and_forged_ones_never(
    user: PageClient, phonebook: PhonebookState, staff: UUID, app: Flask
) -> None:
    asked = user.get(f"/groups/{staff}").submit("Remove from group", number=[MARI])
    form, data = asked.fields("Remove from group")
    for _ in range(3):
        assert results_on(user.post(str(form["action"]), data=data)) == {MARI: "Removed"}
    assert writes(phonebook) == [f"DELETE groups/{staff}/contacts/{MARI}"]
    assert user.post(str(form["action"]), data=data | {"number": JAAN}).status == 409
    token = {"csrf_token": user.get(f"/groups/{staff}").fields("Remove from group")[1]["csrf_token"]}
    for number in ("../..", "", "x", "+" + "1" * 99):
        page = user.post(f"/groups/{staff}/remove", data=token | {"number": number, "confirmed": "1"})
        assert page.h1 == "No contacts are ticked"
    assert user.post(f"/groups/{staff}/remove", data={"number": JAAN, "confirmed": "1"}).status == 400
    assert user.post(f"/groups/{uuid4()}/remove", data=token | {"number": JAAN}).status == 404
    assert len(writes(phonebook)) == 1
    assert [entry["number"] for entry in all_changes(app.extensions["store"])] == [MARI]
