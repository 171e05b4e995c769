"""The list of a group's orphans."""

from uuid import uuid4

import pytest

from tests.contacts.contact_fixtures import numbers, table
from tests.groups.test_delete import NO_CONTACTS, group_with
from tests.page_client import PageClient, words
from tests.phonebook_state import PhonebookState


def test_search_sort_and_pages_as_in_any_list(user: PageClient, phonebook: PhonebookState) -> None:
    group = group_with(phonebook, 60, 3)
    phonebook.change_contact("+37255550007", company="Näidis OÜ", custom="Locker 7")
    page = user.get(f"/groups/{group}/orphans")
    assert page.h1 == "60 contacts are only in “Staff”"
    assert page.caption == "60 contacts, showing 1 to 50. Ticks hold for this page only."
    page = page.follow("Next page").follow("Number").follow("Number")
    assert (numbers(page)[0], len(page.rows)) == ("+37255550059", 50)
    page = page.submit("Search", q="NAIDIS")
    assert page.caption == "1 of 60 contacts match “NAIDIS”."
    assert [row[:3] for row in table(page)] == [["Solo 8", "+372 5555 0007", "Näidis OÜ"]]
    assert numbers(page.follow("Clear search"))[0] == "+37255550059"
    page = user.get(f"/groups/{group}/orphans?q=xyz")
    assert "No contacts match “xyz”." in page.text


@pytest.mark.parametrize(
    ("elsewhere", "said"),
    [(0, "This group has no contacts."), (2, "All contacts of this group are also in other groups")],
)
def test_a_group_without_orphans(user: PageClient, phonebook: PhonebookState, elsewhere: int, said: str) -> None:
    page = user.get(f"/groups/{group_with(phonebook, 0, elsewhere)}/orphans")
    assert page.status == 200
    assert said in page.text


def test_blacklisted_contacts_are_marked(user: PageClient, phonebook: PhonebookState) -> None:
    group = group_with(phonebook, 2, 0)
    phonebook.blacklist("+37255550001")
    page = user.get(f"/groups/{group}/orphans")
    assert ["Blacklisted" in words(row) for row in page.soup.select("tbody tr")] == [False, True]


def test_unknown_orphans_are_no_empty_list(user: PageClient, phonebook: PhonebookState) -> None:
    group = group_with(phonebook, 2, 1)
    phonebook.instead_path |= NO_CONTACTS
    page = user.get(f"/groups/{group}/orphans?q=o&sort=number")
    assert (page.status, page.h1) == (502, "We could not find out who is only in this group")
    assert page.link("Try again") == f"/groups/{group}/orphans?q=o&sort=number"
    phonebook.instead_path.clear()
    assert page.follow("Try again").caption == "2 of 2 contacts match “o”."


def test_at_the_rate_limit_the_page_says_when_to_try_again(user: PageClient, phonebook: PhonebookState) -> None:
    group = group_with(phonebook, 2, 1)
    phonebook.instead_path["/v1/phonebook/contacts"] = ("429 Too Many Requests", b"")
    page = user.get(f"/groups/{group}/orphans")
    assert (page.status, page.h1) == (503, "We do not know yet who is only in this group")
    assert "Messente lets us ask again in 7 seconds." in page.text
    assert page.response.headers["Retry-After"] == "7"
    assert page.link("Try again") == f"/groups/{group}/orphans"


def test_a_missing_group(user: PageClient) -> None:
    page = user.get(f"/groups/{uuid4()}/orphans")
    assert (page.status, page.h1) == (404, "This group no longer exists")


def test_orphans_are_added_to_another_group_before_the_deletion(user: PageClient, phonebook: PhonebookState) -> None:
    staff = group_with(phonebook, 3, 1)
    drivers = phonebook.add("Drivers")
    page = user.get(f"/groups/{staff}/orphans?sort=number")
    first, second, third = numbers(page)
    options = [words(tag) for tag in page.soup.select("#target option")]
    assert options == ["Choose a group", "A new group", "Drivers (0)", "Office (2)"], "not Staff"
    page = page.submit("Put in group", number=[first, third], group=str(drivers)).submit("Put in group")
    assert (page.notice, numbers(page)) == ("2 contacts were added to “Drivers”. Details", [second])
    page = user.get(f"/groups/{staff}/delete")
    assert "1 of them is only in this group." in page.text
    page.submit("Delete group")
    assert phonebook.numbers(drivers) == [first, third]


def test_the_old_address_redirects(user: PageClient, phonebook: PhonebookState) -> None:
    group = group_with(phonebook, 1, 0)
    assert user.get(f"/groups/{group}/only-here?q=solo").path == f"/groups/{group}/orphans"
