"""The list of groups."""

import pytest

from tests.page_client import PageClient, words
from tests.phonebook_state import PhonebookState


def test_every_group_with_its_contacts_and_date(user: PageClient, phonebook: PhonebookState) -> None:
    phonebook.add("Tallinn staff", contacts=3)
    phonebook.add("Õpetajad")
    page = user.get("/groups")
    assert (page.status, page.h1) == (200, "Groups")
    assert [row[:2] for row in page.rows] == [["Õpetajad", "0"], ["Tallinn staff", "3"]]
    assert page.caption == "2 groups."


def test_one_page_view_is_one_call(user: PageClient, phonebook: PhonebookState) -> None:
    phonebook.add("Staff")
    user.get("/groups?q=s&sort=-created&page=7")
    assert phonebook.calls == ["GET /v1/phonebook/groups"]


def test_the_dates_are_in_the_teams_time_zone(user: PageClient, phonebook: PhonebookState) -> None:
    phonebook.add("Staff", created="2019-04-21T23:30:00.000000Z")
    assert user.get("/groups").rows == [["Staff", "0", "22 April 2019"]]


@pytest.mark.parametrize(("name", "shown"), [("Staff",) * 2, ('"A" & <b>B</b> &lt;',) * 2, ("\u200b", "(no name)")])
def test_links_of_a_row_say_which_group_they_act_on(
    user: PageClient, phonebook: PhonebookState, name: str, shown: str
) -> None:
    phonebook.add(name)
    page = user.get("/groups")
    assert page.follow(f"Rename {shown}").h1 == "Rename group"
    assert page.follow(f"Delete {shown}").h1 == f"Delete the group “{shown}”?"
    assert page.follow(shown).h1 == shown


def test_column_headings_sort_and_show_the_order(user: PageClient, phonebook: PhonebookState) -> None:
    for name, contacts in (("Group 10", 1), ("Group 2", 5), ("group 1", 3)):
        phonebook.add(name, contacts=contacts)
    page = user.get("/groups")
    assert [row[0] for row in page.rows] == ["group 1", "Group 2", "Group 10"]
    assert [words(head) for head in page.soup.select("[aria-sort=ascending]")] == ["Name"]
    page = page.follow("Contacts (how many)")
    assert [row[1] for row in page.rows] == ["1", "3", "5"]
    page = page.follow("Contacts (how many)")
    assert [row[1] for row in page.rows] == ["5", "3", "1"]
    assert [words(head) for head in page.soup.select("[aria-sort=descending]")] == ["Contacts (how many)"]


def test_search_and_sort_apply_to_the_whole_list(user: PageClient, phonebook: PhonebookState) -> None:
    for number in range(1, 121):
        phonebook.add(f"Shift {number}" if number % 2 else f"Õhtu {number}")
    page = user.get("/groups")
    assert page.caption == "120 groups, showing 1 to 50. Ticks hold for this page only."
    page = page.follow("Next page").follow("Name").submit("Search", q="ohtu")
    assert page.caption == "60 of 120 groups match “ohtu”, showing 1 to 50. Ticks hold for this page only."
    assert page.rows[0][0] == "Õhtu 120"
    page = page.follow("Next page")
    assert [row[0] for row in page.rows] == [f"Õhtu {number}" for number in range(20, 0, -2)]
    assert page.follow("Previous page").rows[0][0] == "Õhtu 120"
    assert page.follow("Clear search").rows[0][0] == "Shift 119"


@pytest.mark.parametrize(
    "query", ["page=0", "page=-1", "page=x", "sort=x", "sort=--name", "page=%00&sort=%ff&q=", "x=y"]
)
def test_invalid_arguments_fall_back_to_the_defaults(user: PageClient, phonebook: PhonebookState, query: str) -> None:
    for number in range(60):
        phonebook.add(f"Group {number}")
    page = user.get(f"/groups?{query}")
    assert page.status == 200
    assert page.rows[0][0] == "Group 0"


@pytest.mark.parametrize("number", ["3", "99", "9" * 3000])
def test_a_page_past_the_end_is_the_last(user: PageClient, phonebook: PhonebookState, number: str) -> None:
    for index in range(60):
        phonebook.add(f"Group {index}")
    page = user.get(f"/groups?page={number}")
    assert len(page.rows) == 10
    assert "Page 2 of 2" in page.text


def test_no_pagination_for_one_page(user: PageClient, phonebook: PhonebookState) -> None:
    phonebook.add("Staff")
    assert "Page 1" not in user.get("/groups").text


def test_an_empty_phonebook_is_welcomed(user: PageClient) -> None:
    page = user.get("/groups")
    assert "No groups yet. A group is a list of contacts who get the same message." in page.text
    assert page.follow("Create a group").h1 == "Create group"


def test_no_match_says_so_and_links_to_all(user: PageClient, phonebook: PhonebookState) -> None:
    phonebook.add("Staff")
    page = user.get("/groups?q=%3Cb%3E")
    assert "No groups match “<b>”. Try a part of the name. Clear search" in page.text
    assert page.follow("Clear search").rows[0][0] == "Staff"


def test_names_are_escaped_and_isolated(user: PageClient, phonebook: PhonebookState) -> None:
    name = "<script>alert(1)</script> & \"'"
    group = phonebook.add(name)
    for path in ("/groups", f"/groups/{group}", f"/groups/{group}/rename", f"/groups/{group}/delete"):
        page = user.get(path)
        assert name in page.soup.get_text() or page.value("name") == name
        assert page.soup.find("bdi") is not None


def test_an_invisible_name_still_has_a_link(user: PageClient, phonebook: PhonebookState) -> None:
    phonebook.add(" ")
    assert user.get("/groups").follow("(no name)").h1 == "(no name)"
