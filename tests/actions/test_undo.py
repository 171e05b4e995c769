"""Undoing a rename, which is a rename like any other."""

import pytest

from tests.actions.store_fixtures import all_changes
from tests.page_client import PageClient
from tests.phonebook_state import PhonebookState
from webapp.store import Store

UNDO = "Undo the rename to “Crew”"


@pytest.mark.parametrize("place", ["notice", "history", "activity"])
def test_a_rename_is_undone(user: PageClient, phonebook: PhonebookState, store: Store, place: str) -> None:
    group = phonebook.add("Staff", contacts=1)
    page = user.get(f"/groups/{group}/rename").submit("Rename group", name="Crew")
    assert page.buttons().count(UNDO) == 2, "in the notice and in the history"
    if place == "history":
        page = user.get(f"/groups/{group}")
        assert page.buttons().count(UNDO) == 1
    elif place == "activity":
        page = user.get("/activity")
    page = page.submit(UNDO)
    assert page.h1 == "Staff"
    assert page.notice == "“Crew” is now called “Staff”."
    assert phonebook.groups() == {"Staff": 1}
    assert [(entry["before"], entry["after"]) for entry in all_changes(store)] == [("Staff", "Crew"), ("Crew", "Staff")]
    undos = [each for each in page.buttons() if each.startswith("Undo")]
    assert undos == ["Undo the rename to “Staff”"] * 2, "what came later stands before what can be undone"


def test_a_rename_meanwhile_is_a_question(user: PageClient, phonebook: PhonebookState) -> None:
    group = phonebook.add("Staff")
    page = user.get(f"/groups/{group}/rename").submit("Rename group", name="Crew")
    phonebook.rename(group, "Everyone")
    page = page.submit(UNDO)
    assert page.status == 409
    assert page.field_error.startswith("The group is now called “Everyone”. When you opened this page it was called")
    assert phonebook.groups() == {"Everyone": 0}
    assert page.submit("Rename group").h1 == "Staff"


def test_a_duplicate_name_meanwhile_is_a_question(user: PageClient, phonebook: PhonebookState) -> None:
    group = phonebook.add("Staff")
    page = user.get(f"/groups/{group}/rename").submit("Rename group", name="Crew")
    phonebook.add("staff")
    page = page.submit(UNDO)
    assert page.status == 409
    assert "There is already a group called “staff”" in page.field_error
    assert page.submit("Rename anyway").h1 == "Staff"


def test_a_group_that_is_gone_is_reported(user: PageClient, phonebook: PhonebookState) -> None:
    group = phonebook.add("Staff")
    page = user.get(f"/groups/{group}/rename").submit("Rename group", name="Crew")
    phonebook.delete(group)
    assert page.submit(UNDO).h1 == "This group no longer exists"
    page = user.get("/activity")
    assert page.submit(UNDO).status == 404


def test_what_something_came_after_offers_no_undo(user: PageClient, phonebook: PhonebookState) -> None:
    group = phonebook.add("Staff")
    user.get(f"/groups/{group}/rename").submit("Rename group", name="Crew")
    user.get(f"/groups/{group}/delete").submit("Delete group")
    assert user.get("/activity").buttons() == ["Show"]


def test_an_undo_that_is_pressed_twice_acts_once(user: PageClient, phonebook: PhonebookState) -> None:
    group = phonebook.add("Staff")
    page = user.get(f"/groups/{group}/rename").submit("Rename group", name="Crew")
    pages = [page.submit(UNDO), page.submit(UNDO)]
    assert [each.notice for each in pages] == ["“Crew” is now called “Staff”."] * 2
    assert len([call for call in phonebook.calls if call.startswith("PUT")]) == 2


@pytest.mark.parametrize("name", ["Line\none", "Nul\0", "\u202eRight"])
def test_a_name_that_nobody_may_give_is_cleaned_first(user: PageClient, phonebook: PhonebookState, name: str) -> None:
    group = phonebook.add(name)
    page = user.get(f"/groups/{group}/rename").submit("Rename group", name="Crew")
    page = page.submit(UNDO)
    if page.status != 200:
        assert page.status == 422
        page = page.submit("Rename group")
    assert page.status == 200
    assert phonebook.groups().keys() != {"Crew"}
