"""Merging groups: everybody is in the group that stays before any other group is deleted."""

from uuid import UUID

import pytest
from flask import Flask

from tests.actions.test_undo import snapshot
from tests.groups.test_delete_many import AINO, MARI, UKU, ticked
from tests.page_client import Page, PageClient, words
from tests.phonebook_state import PhonebookState


@pytest.fixture
def groups(phonebook: PhonebookState) -> list[UUID]:
    """Two groups of one name: Mari is in both, Aino and Uku in one each."""
    pair = [phonebook.add("Choir", created="2024-05-03T12:00:00Z"), phonebook.add("choir")]
    phonebook.add_contact(MARI, *pair)
    phonebook.add_contact(AINO, pair[0])
    phonebook.add_contact(UKU, pair[1])
    return pair


def merge(user: PageClient, *groups: UUID) -> Page:
    return ticked(user, *groups, button="Merge groups")


def test_the_figures_and_the_merge(user: PageClient, phonebook: PhonebookState, groups: list[UUID]) -> None:
    before = snapshot(phonebook)
    page = merge(user, *groups)
    assert page.h1 == "Merge 2 groups?"
    assert "3 different contacts are in these groups." in page.text
    done = page.submit("Merge groups", into=str(groups[0]))
    assert phonebook.groups() == {"Choir": 3}
    assert done.path == "/groups"
    assert done.notice.startswith("1 group was merged into “Choir”. 1 contact was added to it.")
    done.follow("Undo what was just done").submit("Undo")
    assert snapshot(phonebook) == before


def test_into_a_new_group(user: PageClient, phonebook: PhonebookState, groups: list[UUID]) -> None:
    phonebook.add("Office")
    before = snapshot(phonebook)
    page = merge(user, *groups)
    assert page.submit("Merge groups", into="new").field_error == "Enter a group name"
    asked = page.submit("Merge groups", into="new", name="office")
    assert asked.field_error.startswith("There is already a group called “Office”")
    done = page.submit("Merge groups", into="new", name="CHOIR")
    assert phonebook.groups() == {"Office": 0, "CHOIR": 3}
    assert "2 groups were merged into “CHOIR”. 3 contacts were added to it." in done.notice
    done.follow("Undo what was just done").submit("Undo")
    assert snapshot(phonebook) == before


def test_a_duplicate_name_is_asked_about(user: PageClient, phonebook: PhonebookState, groups: list[UUID]) -> None:
    phonebook.add("Office")
    asked = merge(user, *groups).submit("Merge groups", into="new", name="office")
    assert asked.field_error.startswith("There is already a group called “Office”")
    asked.submit("Merge anyway")
    assert sorted(phonebook.groups()) == ["Office", "office"]


def test_groups_of_one_name_are_offered_for_merging(user: PageClient, groups: list[UUID]) -> None:
    asked = user.get("/groups/new").submit("Create group", name="CHOIR")
    for page in (user.get("/groups"), user.get(f"/groups/{groups[0]}"), asked):
        assert "2 groups are called “Choir”. Merge them" in page.text
        assert page.follow("Merge them (Choir)").h1 == "Merge 2 groups?"


def test_a_group_that_gets_the_name_of_another_can_be_merged_with_it(
    user: PageClient, phonebook: PhonebookState
) -> None:
    phonebook.add("Choir", contacts=2)
    asked = user.get(f"/groups/{phonebook.add('Band')}/rename").submit("Rename group", name="choir")
    page = asked.follow("Merge the groups instead")
    assert [words(head) for head in page.soup.select("tbody th")] == ["Band", "Choir", "A new group"]


def test_somebody_joins_between_the_page_and_its_form(
    user: PageClient, phonebook: PhonebookState, groups: list[UUID]
) -> None:
    page = merge(user, *groups)
    phonebook.fill(groups[1], 1)
    asked = page.submit("Merge groups")
    assert asked.status == 409
    assert "When you opened it, 3 contacts were in the groups, and 4 contacts are now." in asked.text
    assert len(phonebook.groups()) == 2
    asked.submit("Merge groups")
    assert list(phonebook.groups().values()) == [4]


def test_somebody_joins_during_the_merge_and_going_on_merges_the_rest(
    user: PageClient, phonebook: PhonebookState, groups: list[UUID]
) -> None:
    page = merge(user, *groups)

    def join() -> None:
        if phonebook.calls[-1] == f"GET /v1/phonebook/groups/{groups[1]}":  # the last look before the deletion
            phonebook.meanwhile = None
            phonebook.add_contact("+37255559999", groups[1])

    phonebook.meanwhile = join
    stopped = page.submit("Merge groups", into=str(groups[0]))
    assert "1 of its contacts is not in the group that stays" in stopped.text
    assert phonebook.numbers(groups[1]) == [MARI, UKU, "+37255559999"]
    assert "1 group is not merged yet" in stopped.text
    again = stopped.follow("Go on")
    assert again.h1 == "Merge 2 groups?"
    again.submit("Merge groups")
    assert list(phonebook.groups().values()) == [4]


def test_one_ticked_group_is_not_merged(user: PageClient, groups: list[UUID]) -> None:
    page = merge(user, groups[0])
    assert page.path == "/groups"
    assert "Tick two groups or more to merge them" in page.text
    assert len(page.soup.select("input[name=group][checked]")) == 1


def test_a_group_is_gone(user: PageClient, phonebook: PhonebookState, groups: list[UUID]) -> None:
    page, third = merge(user, *groups), phonebook.add("Third")
    phonebook.delete(groups[1])
    assert page.submit("Merge groups").h1 == "There is nothing to merge"
    asked = user.get("/groups/merge", query_string={"group": [*map(str, groups), str(third)]})
    assert "1 of these groups is not in the phonebook any more." in asked.text
    phonebook.delete(groups[0])
    assert user.get("/groups/merge", query_string={"group": list(map(str, groups))}).h1 == "There is nothing to merge"


def test_a_group_that_was_not_selected_can_t_stay(
    user: PageClient, phonebook: PhonebookState, groups: list[UUID]
) -> None:
    other = phonebook.add("Other")
    assert merge(user, *groups).submit("Merge groups", into=str(other)).status == 409
    assert len(phonebook.groups()) == 3


def test_two_people_merge_the_same_groups(user: PageClient, phonebook: PhonebookState, groups: list[UUID]) -> None:
    pages = [merge(user, *groups), merge(user, *groups)]
    pages[0].submit("Merge groups", into=str(groups[0]))
    assert pages[1].submit("Merge groups", into=str(groups[1])).h1 == "There is nothing to merge"
    assert list(phonebook.groups().values()) == [3]


def test_contacts_that_can_t_be_read_are_not_merged(
    user: PageClient, phonebook: PhonebookState, groups: list[UUID]
) -> None:
    page = merge(user, *groups)
    phonebook.instead_path["/v1/phonebook/contacts"] = (
        "200 OK",
        b'{"contacts": [{"phoneNumber": "+37255551234"}, {"phoneNumber": 7}]}',
    )
    for refused in (page.submit("Merge groups"), merge(user, *groups)):
        assert refused.h1 == "We could not read all contacts of these groups"
    assert len(phonebook.groups()) == 2


def test_the_opposite_merge_by_somebody_else_stops_both(
    app: Flask, user: PageClient, phonebook: PhonebookState, groups: list[UUID]
) -> None:
    """Each of two people may delete the group that stays for the other, so the second one is held back."""
    other = PageClient(app.test_client())
    pages = [merge(user, *groups), merge(other, *groups)]
    results: list[Page] = []

    def meanwhile() -> None:
        if phonebook.calls[-1].startswith("POST") and not results:
            results.append(pages[0])
            results[0] = pages[1].submit("Merge groups", into=str(groups[1]))

    phonebook.meanwhile = meanwhile
    first = pages[0].submit("Merge groups", into=str(groups[0]))
    assert "somebody is deleting the group that stays" in results[0].text
    assert first.notice.startswith("1 group was merged into “Choir”")
    assert list(phonebook.groups().values()) == [3]
