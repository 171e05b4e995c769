"""Deleting a group."""

from uuid import uuid4

import pytest

from tests.pages import PageClient
from tests.phonebook_state import PhonebookState

CONSEQUENCES = {
    0: ("It has no contacts.", "“Staff” was deleted."),
    1: (
        "It has 1 contact. It stays in the phonebook.",
        "“Staff” was deleted. Its 1 contact is still in the phonebook.",
    ),
    3: (
        "It has 3 contacts. They stay in the phonebook.",
        "“Staff” was deleted. Its 3 contacts are still in the phonebook.",
    ),
}


@pytest.mark.parametrize("contacts", CONSEQUENCES)
def test_the_page_says_what_will_happen_and_then_what_has(
    reader: PageClient, phonebook: PhonebookState, contacts: int
) -> None:
    before, after = CONSEQUENCES[contacts]
    group = phonebook.add("Staff", contacts=contacts)
    page = reader.get(f"/groups/{group}").follow("Delete group")
    assert page.h1 == "Delete the group “Staff”?"
    assert before in page.text
    assert phonebook.groups() == {"Staff": contacts}, "asking deletes nothing"
    assert page.follow("Keep the group").h1 == "Staff"
    page = page.submit("Delete group")
    assert (page.path, page.notice) == ("/groups", after)
    assert phonebook.groups() == {}
    assert phonebook.contacts() == contacts


def test_a_group_that_was_renamed_since_is_asked_about_again(reader: PageClient, phonebook: PhonebookState) -> None:
    group = phonebook.add("Staff")
    page = reader.get(f"/groups/{group}/delete")
    phonebook.rename(group, "Everyone")
    page = page.submit("Delete group")
    assert (page.status, page.h1) == (409, "Delete the group “Everyone”?")
    assert "It was called “Staff” then, and is called “Everyone” now." in page.text
    assert phonebook.groups() == {"Everyone": 0}
    assert page.submit("Delete group").notice == "“Everyone” was deleted."


def test_a_group_whose_count_changed_since_is_asked_about_again(reader: PageClient, phonebook: PhonebookState) -> None:
    group = phonebook.add("Staff", contacts=1)
    page = reader.get(f"/groups/{group}/delete")
    phonebook.fill(group, 2)
    page = page.submit("Delete group")
    assert page.status == 409
    assert "Its number of contacts was 1 then, and is 3 now." in page.text
    assert phonebook.groups() == {"Staff": 3}


def test_a_group_that_is_gone_counts_as_deleted(reader: PageClient, phonebook: PhonebookState) -> None:
    group = phonebook.add("Staff")
    page = reader.get(f"/groups/{group}/delete")
    phonebook.delete(group)
    page = page.submit("Delete group")
    assert (page.path, page.notice) == ("/groups", "“Staff” was already deleted.")


def test_an_unknown_group_cannot_be_asked_about(reader: PageClient) -> None:
    page = reader.get(f"/groups/{uuid4()}/delete")
    assert (page.status, page.h1) == (404, "This group no longer exists")


@pytest.mark.parametrize("data", [{}, {"csrf_token": "x"}, {"csrf_token": "x", "was": "Staff", "count": "0"}])
def test_a_form_without_a_good_token_deletes_nothing(
    reader: PageClient, phonebook: PhonebookState, data: dict[str, str]
) -> None:
    group = phonebook.add("Staff")
    page = reader.post(f"/groups/{group}/delete", data=data)
    assert page.status == 400
    assert phonebook.calls == []
    assert phonebook.groups() == {"Staff": 0}
    assert page.follow("Try again").h1 == "Delete the group “Staff”?"


def test_without_what_the_reader_was_told_it_is_asked_again(reader: PageClient, phonebook: PhonebookState) -> None:
    group = phonebook.add("Staff")
    _, data = reader.get(f"/groups/{group}/delete").fields("Delete group")
    page = reader.post(f"/groups/{group}/delete", data={"csrf_token": data["csrf_token"]})
    assert page.status == 409
    assert phonebook.groups() == {"Staff": 0}
