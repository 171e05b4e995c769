"""The list of contacts, a contact's page, and the files made of them."""

import csv
import io
import re
from uuid import UUID

import pytest

from tests.contacts.contact_fixtures import JAAN, LIIS, MARI, numbers, table
from tests.page_client import Page, PageClient, shown, words
from tests.phonebook_state import PhonebookState
from webapp.contacts import group_picker

BROKEN = ("500 Internal Server Error", b"")
LISTS = ["blacklist", "contacts", "groups"]


def asked(phonebook: PhonebookState) -> list[str]:
    return sorted(call.removeprefix("GET /v1/phonebook/") for call in phonebook.calls)


@pytest.fixture
def staff(phonebook: PhonebookState) -> str:
    """A group with Mari and Jaan; Liis is in no group."""
    group = phonebook.add("Staff")
    phonebook.add_contact(MARI, group, firstName="Mari", lastName="Õun", company="Näidis OÜ", custom2="Ferry")
    phonebook.add_contact(JAAN, group)
    phonebook.add_contact(LIIS, firstName="Liis")
    return str(group)


def test_every_contact_is_listed_with_its_details(user: PageClient, phonebook: PhonebookState, staff: str) -> None:
    phonebook.blacklist(JAAN)
    page = user.get("/groups").follow("Contacts")
    assert (page.status, page.h1, page.caption) == (200, "Contacts", "3 contacts.")
    assert table(page) == [
        ["Liis", shown(LIIS), "", ""],
        ["Mari Õun", shown(MARI), "Näidis OÜ", ""],
        ["(no name) Blacklisted", shown(JAAN), "", ""],
    ]
    phonebook.calls.clear()
    user.get("/contacts?q=mari&sort=-number")
    assert asked(phonebook) == LISTS


def test_a_search_covers_all_details(user: PageClient, staff: str) -> None:
    page = user.get("/contacts")
    for wanted in ("mari oun", "NAIDIS", "ferry", "5550001"):
        assert numbers(page.submit("Search", q=wanted)) == [MARI]
    page = page.submit("Search", q="xyz")
    assert "No contacts match “xyz”." in page.text
    assert len(table(page.follow("Clear search"))) == 3


def test_by_group_and_in_no_group(user: PageClient, phonebook: PhonebookState, staff: str) -> None:
    page = user.get("/contacts").submit("Search", group=staff)
    assert numbers(page) == [MARI, JAAN]
    assert "Showing contacts in the group “Staff”." in page.text
    assert page.value("group") == staff
    page = page.follow("Number").submit("Search", q="5550002")
    assert (numbers(page), page.value("group"), page.value("sort")) == ([JAAN], staff, "number")
    assert numbers(page.follow("Clear search").follow("Number")) == [JAAN, MARI]
    page = page.submit("Search", q="", group="none")
    assert numbers(page) == [LIIS]
    phonebook.calls.clear()
    user.get(f"/contacts?group={staff}")
    assert asked(phonebook) == LISTS


def test_the_pages_keep_the_group(user: PageClient, phonebook: PhonebookState, staff: str) -> None:
    many = phonebook.add("Many", contacts=60)
    page = user.get(f"/contacts?group={many}").follow("Next page")
    assert (page.caption, len(table(page))) == ("60 contacts, showing 51 to 60. Ticks hold for this page only.", 10)
    assert page.value("group") == str(many)


def test_the_choice_of_groups_is_sorted_naturally(user: PageClient, phonebook: PhonebookState) -> None:
    for name in ("Shift 10", "shift 2", "Õhtu", "Staff", " "):
        phonebook.add(name, contacts=1)
    options = [words(tag) for tag in user.get("/contacts").soup.select("#group option")]
    assert options == [
        "All contacts", "In no group", "(no name) (1)", "Õhtu (1)", "shift 2 (1)", "Shift 10 (1)", "Staff (1)",
    ]  # fmt: skip


def test_too_many_groups_are_no_choice(
    user: PageClient, phonebook: PhonebookState, staff: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("webapp.contacts.list_page.MAX_GROUP_OPTIONS", 1)
    phonebook.add("Drivers")
    page = user.get(f"/contacts?group={staff}")
    assert numbers(page) == [MARI, JAAN]
    assert [words(tag) for tag in page.soup.select("#group option")] == ["All contacts", "In no group", "Staff"]
    assert "There are too many groups to choose from here." in page.text
    assert page.follow("Groups").h1 == "Groups"


def test_contacts_about_to_be_deleted_are_reported(user: PageClient, phonebook: PhonebookState, staff: str) -> None:
    page = user.get("/contacts")
    assert "1 contact is about to be deleted by Messente because they are in no group." in page.text
    assert numbers(page.follow("1 contact is about to be deleted")) == [LIIS]
    phonebook.delete_contact(LIIS)
    assert "about to be deleted" not in user.get("/contacts").text
    assert "Every contact is in a group." in user.get("/contacts?group=none").text


def test_an_empty_phonebook_differs_from_a_failure(user: PageClient, phonebook: PhonebookState) -> None:
    page = user.get("/contacts")
    assert "No contacts yet." in page.text
    assert page.follow("Create a contact").h1 == "Create contact"
    phonebook.instead["GET"] = BROKEN
    page = user.get("/contacts?q=x")
    assert (page.status, page.h1) == (502, "We could not get your contacts from Messente")
    assert "Your contacts were not changed." in page.text
    phonebook.instead.clear()
    assert page.follow("Try again").status == 200


def test_a_deleted_or_empty_group(user: PageClient, phonebook: PhonebookState, staff: str) -> None:
    group = phonebook.add("Drivers")
    assert "No contacts in this group." in user.get(f"/contacts?group={group}").text
    phonebook.delete(group)
    page = user.get(f"/contacts?group={group}")
    assert "This group no longer exists." in page.text
    assert len(table(page.follow("Show all contacts"))) == 3


@pytest.mark.parametrize("query", ["group=x", "group=%00", "group=..&page=x", "sort=--name&page=99"])
def test_invalid_arguments_fall_back_to_the_defaults(user: PageClient, staff: str, query: str) -> None:
    assert numbers(user.get(f"/contacts?{query}")) == [LIIS, MARI, JAAN]


def test_the_list_is_shown_without_blacklist_and_groups(
    user: PageClient, phonebook: PhonebookState, staff: str
) -> None:
    phonebook.instead_path = {"/v1/phonebook/blacklist": BROKEN, "/v1/phonebook/groups": BROKEN}
    page = user.get(f"/contacts?group={staff}")
    assert numbers(page) == [MARI, JAAN]
    assert "contacts on it are not marked here" in page.text
    assert "We could not get your groups from Messente" in page.text
    assert page.value("group") == staff, "the filter stays"


# One contact


def test_a_contacts_page(user: PageClient, phonebook: PhonebookState, staff: str) -> None:
    phonebook.blacklist(MARI)
    page = user.get("/contacts").follow("Mari Õun")
    assert page.h1 == "Mari Õun"
    details = {words(row.dt): words(row.dd) for row in page.soup.select(".details div") if row.dt and row.dd}
    assert details == {
        "First name": "Mari",
        "Last name": "Õun",
        "Custom field 2": "Ferry",
    }
    assert page.link(f"Call {shown(MARI)}") == f"tel:{MARI}"
    assert f"{shown(MARI)} · Näidis OÜ" in page.text
    assert "Blacklisted This number is on the blacklist: it gets no messages" in page.text
    assert page.follow("Staff").path == f"/groups/{staff}"
    assert "Nobody has changed this contact here yet." in page.text
    phonebook.calls.clear()
    user.get(f"/contacts/{MARI}")
    assert asked(phonebook) == sorted(["blacklist", f"contacts/{MARI}", f"contacts/{MARI}/groups"])


def test_the_page_of_an_orphan_says_when_it_will_be_deleted(user: PageClient, staff: str) -> None:
    page = user.get(f"/contacts/{LIIS}")
    assert "This contact is in no group. Messente deletes contacts that have been in no group for 30 days" in page.text
    # The phonebook counts from its own day, which is UTC's; the page from the team's.
    assert re.search(r"in (29|30|31) days", page.text)


def test_the_history_of_a_contact(user: PageClient, staff: str) -> None:
    user.get(f"/contacts/{MARI}/edit").submit("Save changes", title="Dr")
    page = user.get(f"/contacts/{MARI}")
    assert page.rows == [[f"Change contact {shown(MARI)}", page.rows[0][1], "Sandbox", "Done"]]
    page = page.follow("All activity of this contact")
    assert f"Showing the history of {shown(MARI)}." in page.text


@pytest.mark.parametrize("number", ["+37299999999", "123", "+1", "37255550001"])
def test_a_number_that_is_not_in_the_phonebook(
    user: PageClient, phonebook: PhonebookState, staff: str, number: str
) -> None:
    for path in ("", "/edit", "/delete"):
        page = user.get(f"/contacts/{number}{path}")
        assert (page.status, page.h1) == (404, "This contact no longer exists")
        assert "Your other contacts were not changed." in page.text
    assert page.follow("see the history").status == 200


@pytest.mark.parametrize(
    "number", ["abc", "+", "+372555500012345678901", "%2E%2E", "+372%0A", "５５５５", "+37255550001x"]
)
def test_an_invalid_number_has_no_page(user: PageClient, phonebook: PhonebookState, number: str) -> None:
    assert user.get(f"/contacts/{number}").h1 == "Page not found"
    assert user.post(f"/contacts/{number}/delete").status == 404
    assert phonebook.calls == []


def test_its_page_is_shown_without_blacklist_and_groups(
    user: PageClient, phonebook: PhonebookState, staff: str
) -> None:
    phonebook.instead_path["/v1/phonebook/blacklist"] = BROKEN
    page = user.get(f"/contacts/{MARI}")
    assert "we don't know whether this number is on it" in page.text
    phonebook.instead_path[f"/v1/phonebook/contacts/{MARI}/groups"] = BROKEN
    page = user.get(f"/contacts/{MARI}")
    assert (page.status, page.h1) == (200, "Mari Õun")
    assert "We could not get this contact's groups from Messente." in page.text
    assert "Change groups" not in page.text
    phonebook.instead_path[f"/v1/phonebook/contacts/{MARI}"] = BROKEN
    assert user.get(f"/contacts/{MARI}").status == 502


def test_unusual_contacts_are_shown(user: PageClient, phonebook: PhonebookState) -> None:
    odd = "<script>alert(1)</script> & \"' {{ 7*7 }}"
    group = phonebook.add(odd)
    for number in ("+1234567", "+999999999999999"):
        phonebook.add_contact(number, group, firstName=odd, email=odd, custom4="x" * 5000)
        for path in ("", "/edit", "/groups", "/delete"):
            page = user.get(f"/contacts/{number}{path}")
            assert page.status == 200
            assert odd in page.text or page.value("first_name") == odd
    assert odd in user.get("/contacts").text


def test_a_search_for_groups_if_there_are_too_many_to_show(
    user: PageClient, phonebook: PhonebookState, staff: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(group_picker, "MAX_GROUP_BOXES", 3)
    for number in range(5):
        phonebook.add(f"Group {number}")
    page = user.get(f"/contacts/{MARI}").follow("Change groups")
    assert boxes(page) == ["Staff", "Group 0", "Group 1"], "their own are always there"
    assert "3 of 6 groups are shown below." in page.text
    page = page.submit("Search", q="group 4")
    assert boxes(page) == ["Staff", "Group 4"]
    wanted = str(page.soup.select(".boxes input")[1]["value"])
    page = page.submit("Save groups", group=[wanted, staff])
    assert page.notice == "Added to 1 group."
    assert phonebook.numbers(UUID(wanted)) == [MARI]


def boxes(page: Page) -> list[str]:
    return [words(tag) for tag in page.soup.select(".boxes label")]


# Files


def cells(page_text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(page_text.removeprefix("\ufeff"), newline="")))


def test_downloads_have_the_rows_of_the_list(user: PageClient, phonebook: PhonebookState, staff: str) -> None:
    phonebook.blacklist(JAAN)
    page = user.get(f"/contacts?group={staff}&sort=-number").follow("Download as CSV")
    assert page.response.mimetype == "text/csv"
    found = cells(page.response.get_data(as_text=True))
    assert [(row[0], row[1], row[10]) for row in found[1:]] == [(f"'{JAAN}", "", "Yes"), (f"'{MARI}", "Mari", "No")]
    assert "contacts-" in page.response.headers["Content-Disposition"]
    page = user.get("/contacts/leaving").follow("Download as CSV")
    assert [row[1] for row in cells(page.response.get_data(as_text=True))[1:]] == ["Liis"]
    assert len(cells(user.get("/contacts/download?page=9").response.get_data(as_text=True))) == 4


@pytest.mark.parametrize("path", ["/contacts/download", "/contacts/leaving/download"])
def test_a_download_that_fails_is_an_error_page(user: PageClient, phonebook: PhonebookState, path: str) -> None:
    phonebook.instead["GET"] = BROKEN
    page = user.get(path)
    assert (page.status, page.response.mimetype) == (502, "text/html")
