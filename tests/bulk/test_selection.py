"""Which contacts an action is for: nothing, forged, changed, gone, or very many."""

import re
from collections.abc import Callable
from uuid import UUID

import pytest

from tests.contacts.contact_fixtures import JAAN, LIIS, MARI, numbers, writes
from tests.page_client import Page, PageClient, words
from tests.phonebook_state import PhonebookState

pytestmark = pytest.mark.usefixtures("staff")


def ticked(page: Page) -> list[str]:
    return [str(tag["value"]) for tag in page.soup.select("input[name=number][checked]")]


@pytest.mark.parametrize("button", ["Put in group", "Delete contacts", "Add to blacklist", "Download as CSV"])
def test_nothing_ticked_shows_the_list_again(
    user: PageClient, phonebook: PhonebookState, office: UUID, button: str
) -> None:
    page = user.get("/contacts?q=acme&sort=-name").submit(button, group=str(office), name="Typed")
    assert (page.status, page.path) == (200, "/contacts")
    alert = page.soup.select_one(".action-bar [role=alert][autofocus]")
    assert alert is not None
    assert words(alert).startswith("Nothing is ticked.")
    assert numbers(page) == [MARI, JAAN], "the list is as it was"
    assert page.fields("Put in group")[1]["group"] == str(office)
    assert page.fields("Put in group")[1]["name"] == "Typed"
    assert writes(phonebook) == []


def test_these_50_are_ticked_by_one_click(user: PageClient, people: Callable[..., list[str]]) -> None:
    people(60)
    page = user.get("/contacts?sort=number")
    assert "Ticks hold for this page only" in page.text
    page = page.follow("Tick these 50")
    assert ticked(page) == numbers(page)
    assert ticked(page.follow("Untick")) == []


def test_a_number_that_is_no_contact_any_more_is_left_out(
    user: PageClient, phonebook: PhonebookState, office: UUID
) -> None:
    page = user.get("/contacts")
    phonebook.delete_contact(JAAN)
    page = page.submit("Put in group", number=[JAAN, LIIS], group=str(office))
    assert page.h1 == "Put 1 contact in “Office”?"
    assert "1 contact that you ticked is not in this list any more, and is left out." in page.text
    phonebook.delete_contact(LIIS)
    page = page.submit("Put in group")
    assert (page.status, page.h1, writes(phonebook)) == (409, "There is nothing to do", [])


def test_more_are_found_than_when_it_was_asked(
    user: PageClient, phonebook: PhonebookState, office: UUID, people: Callable[..., list[str]]
) -> None:
    people(60)
    page = user.get("/contacts?q=person").submit("Put all 60 in group", group=str(office))
    people(2)
    page = page.submit("Put in group")
    assert page.status == 409
    assert "60 contacts when you opened this page, 62 now." in page.text
    assert writes(phonebook) == []
    page.submit("Put in group")
    assert phonebook.groups()["Office"] == 63


def test_others_are_found_than_when_it_was_asked(
    user: PageClient, phonebook: PhonebookState, people: Callable[..., list[str]]
) -> None:
    first, *_ = people(60)
    page = user.get("/contacts?q=person").submit("Delete contacts", all="1")
    phonebook.delete_contact(first)
    phonebook.add_contact("+37260001000", firstName="Person 1000")
    page = page.submit("Delete contacts")
    assert page.status == 409
    assert "This is what would be done now." in page.text
    assert writes(phonebook) == []


def test_all_means_all_contacts_only_if_the_list_says_so(user: PageClient, phonebook: PhonebookState) -> None:
    for back in ({}, {"back": ""}, {"back": "/groups"}, {"back": "//evil.example/contacts"}, {"back": "/contacts/x?"}):
        page = user.get("/bulk/delete", query_string={"all": "1"} | back)
        assert page.path == "/contacts"
        assert "Nothing is ticked." in page.text
    page = user.get("/bulk/delete", query_string={"all": "1", "back": "/contacts?sort=number"})
    assert page.h1 == "Delete 3 contacts?"
    assert "All 3 contacts will be deleted" in page.text
    assert writes(phonebook) == []


@pytest.mark.parametrize(
    "back", ["https://evil.example/contacts", "//evil.example/contacts", "/\t/evil.example", "\\evil", "x" * 9000]
)
def test_a_forged_way_back_leads_to_no_other_site(user: PageClient, back: str) -> None:
    page = user.get("/bulk/delete", query_string={"number": MARI, "back": back[:4000]})
    assert page.link("Back to the list") == "/contacts?number=%2B37255550001"


def test_invalid_numbers_are_ignored(user: PageClient, phonebook: PhonebookState) -> None:
    page = user.get("/bulk/delete", query_string={"number": ["../..", "x", "+" + "1" * 99], "back": "/contacts"})
    assert "Nothing is ticked." in page.text
    body = b'{"contacts": [{"phoneNumber": "../x"}, {"phoneNumber": 5}, {"phoneNumber": "+37255550001"}]}'
    phonebook.instead_path["/v1/phonebook/contacts"] = ("200 OK", body)
    page = user.get("/bulk/delete", query_string={"all": "1", "back": "/contacts"})
    assert page.h1 == "Delete 1 contact?"
    assert "2 contacts could not be read from Messente's answer and are left out." in page.text


def test_a_ticked_contact_that_the_search_no_longer_finds_is_still_meant(
    user: PageClient, phonebook: PhonebookState
) -> None:
    page = user.get("/contacts?q=mari")
    phonebook.change_contact(MARI, firstName="Maria M.", company="Näidis")
    assert page.submit("Delete contacts", number=[MARI]).h1 == "Delete 1 contact?"


def test_ticks_survive_an_error_and_the_way_back(user: PageClient, phonebook: PhonebookState, office: UUID) -> None:
    page = user.get("/contacts?sort=number")
    phonebook.instead["GET"] = ("503 Service Unavailable", b"")
    page = page.submit("Put in group", number=[JAAN, LIIS], group=str(office))
    assert page.status == 502
    phonebook.instead.clear()
    page = page.follow("Try again")
    assert page.h1 == "Put 2 contacts in “Office”?"
    back = page.follow("Back to the list")
    assert ticked(back) == [JAAN, LIIS]
    assert back.fields("Put in group")[1]["group"] == str(office)


def test_an_old_form_leads_back_to_the_question(user: PageClient, office: UUID) -> None:
    page = user.get("/contacts").submit("Put in group", number=[JAAN], group=str(office))
    _, data = page.fields("Put in group")
    page = user.post("/bulk/put-in-group", data=data | {"csrf_token": "x"})
    assert page.status == 400
    assert page.follow("Try again").h1 == "Put 1 contact in “Office”?"


def test_the_texts_of_the_bar_fit_the_list(user: PageClient, people: Callable[..., list[str]]) -> None:
    people(60)
    assert re.search(r"All 60 found", user.get("/contacts?q=person").text)
    assert re.search(r"All 63 Tick", user.get("/contacts").text)
