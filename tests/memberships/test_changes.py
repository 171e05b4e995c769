"""A group's page: its members, and adding a contact."""

from uuid import UUID

import pytest

from tests.contacts.contact_fixtures import results_on, said, writes
from tests.page_client import Page, PageClient, number_in, shown, words
from tests.phonebook_state import PhonebookState

MARI, JAAN, NEW = "+37255550001", "+37255550002", "+37255551234"


def rows(page: Page) -> list[list[str]]:
    """The contacts of a page, cell by cell, without the boxes to tick."""
    table = page.soup.select_one("table:has([name=number])")
    assert table is not None
    return [[words(cell) for cell in row.find_all(["th", "td"])][1:] for row in table.select("tbody tr")]


def listed(page: Page) -> list[str]:
    """The numbers of a page, in their order."""
    return [number_in(row[1]) for row in rows(page)]


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
        ["Mari Õun", shown(MARI), "Näidis OÜ", "m@x.ee"],
        ["(no name) Blacklisted", shown(JAAN), "", ""],
    ]
    assert page.caption == "2 contacts."
    asked = ["groups", "groups/" + str(staff), "contacts", "blacklist"]
    assert sorted(phonebook.calls) == sorted(f"GET /v1/phonebook/{each}" for each in asked)


def test_search_sort_and_pages(user: PageClient, phonebook: PhonebookState) -> None:
    staff = phonebook.add("Staff")
    for number in range(120):
        phonebook.add_contact(
            f"+3725555{number:04}", staff, firstName=f"Person {number}", company=f"Firm {'AB'[number % 2]}"
        )
    page = user.get(f"/groups/{staff}")
    assert page.caption == "120 contacts, showing 1 to 50. Ticks hold for this page only."
    assert rows(page)[2][0] == "Person 2"
    page = page.follow("Next page").follow("Number").submit("Search", q="FIRM B")
    assert page.caption == "60 of 120 contacts match “FIRM B”, showing 1 to 50. Ticks hold for this page only."
    page = page.follow("Number").follow("Next page")
    assert listed(page)[-1] == "+37255550001"
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
    assert listed(page) == [MARI]


def test_without_the_blacklist_the_list_is_there_and_says_so(
    user: PageClient, phonebook: PhonebookState, staff: UUID
) -> None:
    phonebook.instead_path["/v1/phonebook/blacklist"] = ("500 Internal Server Error", b"")
    page = user.get(f"/groups/{staff}")
    assert listed(page) == [MARI, JAAN]
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
    assert rows(user.get(f"/groups/{staff}"))[0][0] == name
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
    assert (page.path, page.notice) == (f"/groups/{staff}", f"{shown(NEW)} was created, and added to “Staff”.")
    assert said(phonebook, NEW) == {"firstName": "Liis", "company": "Näidis OÜ", "custom4": "x"}
    assert phonebook.numbers(staff) == [MARI, JAAN, NEW]


def test_a_known_number_is_enough(user: PageClient, phonebook: PhonebookState, staff: UUID) -> None:
    phonebook.add_contact(NEW, firstName="Liis")
    page = add(user, staff, number=NEW)
    assert page.notice == f"{shown(NEW)} was added to “Staff”."
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
    assert page.notice == f"{shown(NEW)} was added to “Staff”."
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
    assert page.submit("Add contact").notice == f"{shown(NEW)} was created, and added to “Staff”."


def test_the_old_address_for_removing_leads_to_the_group(user: PageClient, staff: UUID) -> None:
    assert user.get(f"/groups/{staff}/remove").path == f"/groups/{staff}"
