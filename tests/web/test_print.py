"""Lists on paper: all rows that were found, in the order of the list, without controls."""

from uuid import UUID, uuid4

import pytest

from tests.actions.store_fixtures import add_change
from tests.page_client import Page, PageClient, words
from tests.phonebook_state import PhonebookState
from webapp.store import Store
from webapp.web.paging import MAX_PRINTED_ROWS

CONTROLS = "nav, form, button, input, select, details, header, footer, thead a, tbody a"


def fill(phonebook: PhonebookState, store: Store) -> UUID:
    """Put 60 rows into every list, and return a group."""
    group = phonebook.add("Staff")
    for number in range(60):
        phonebook.add(f"Group {number:02}")
        add_change(store, after=f"Group {number:02}", group_id=uuid4(), person="Mari")
        phonebook.add_contact(f"+3725555{number:04}", group, firstName=f"Mari {number:02}", company="Näidis")
        phonebook.blacklist(f"+3725555{number:04}")
        phonebook.add_leaving(f"+3725556{number:04}", "2099-01-02", firstName=f"Jaan {number:02}", company="Näidis")
    return group


def names(page: Page) -> list[str]:
    return [words(tag).removesuffix(" Blacklisted") for tag in page.soup.select("tbody th")]


@pytest.mark.parametrize(
    ("path", "query", "count"),
    [
        ("/groups", "q=group&sort=-contacts", 60),
        ("/contacts", "q=n%C3%A4idis&sort=-number", 120),
        ("/contacts", "group=none", 60),
        ("/contacts/leaving", "sort=name", 60),
        ("/groups/{group}", "q=mari&sort=-company", 60),
        ("/blacklist", "sort=-number", 60),
        ("/activity", "person=Mari", 60),
    ],
)
def test_a_list_is_printed_as_it_was_found(
    user: PageClient, phonebook: PhonebookState, store: Store, path: str, query: str, count: int
) -> None:
    address = path.format(group=fill(phonebook, store))
    pages = [user.get(f"{address}?{query}&page={number}") for number in range(1, 2 + (count - 1) // 50)]
    paper = pages[0].follow(f"Print all {count}")
    if path == "/blacklist":  # on paper, it begins with the number
        assert [words(tag) for tag in paper.soup.select("tbody th")] == [
            words(tag) for page in pages for tag in page.soup.select("tbody td[data-label=Number]")
        ]
    else:
        listed = [name for page in pages for name in names(page)]
        assert [name.removesuffix(" (blacklisted)") for name in names(paper)] == listed
    assert len(names(paper)) == count
    assert paper.soup.select(CONTROLS) == []
    assert paper.h1 == pages[0].h1
    assert names(paper.follow("Back to the list")) == names(pages[0])


def test_the_filters_stand_on_the_paper(user: PageClient, phonebook: PhonebookState) -> None:
    staff, drivers = phonebook.add("Staff"), phonebook.add("Drivers")
    phonebook.add_contact("+37255550001", staff, drivers, firstName="Mari")
    phonebook.blacklist("+37255550001")
    page = user.get(f"/contacts?group={staff}&in={drivers}&show=blacklisted").follow("Print")
    assert "In the group: Staff" in page.text
    assert "Also in the group: Drivers" in page.text
    assert "Shown: On the blacklist" in page.text
    assert names(page) == ["Mari (blacklisted)"]


def test_what_is_missing_on_paper_is_said(user: PageClient, phonebook: PhonebookState) -> None:
    phonebook.add("Staff", contacts=1)
    phonebook.instead_path["/v1/phonebook/blacklist"] = ("500 Internal Server Error", b"")
    assert "We could not get the blacklist from Messente" in user.get("/contacts?print=1").text


def test_a_list_that_is_too_long_is_offered_as_a_file(user: PageClient, phonebook: PhonebookState) -> None:
    rows = b",".join(b'{"phoneNumber": "+3725%07d"}' % number for number in range(MAX_PRINTED_ROWS + 1))
    phonebook.instead_path["/v1/phonebook/contacts"] = ("200 OK", b'{"contacts": [%s]}' % rows)
    page = user.get("/contacts").follow("Print all 10,001")
    assert "This list is too long to print: a page has at most 10,000 rows." in page.text
    assert page.soup.select("table") == []
    assert page.follow("Download as CSV").response.get_data().count(b"\r\n") == MAX_PRINTED_ROWS + 2
    assert len(names(user.get("/contacts?q=3725000000&print=1"))) == 10
