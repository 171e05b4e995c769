"""Deleting several groups: the figures, the question about orphans, and what the list says afterwards."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from tests.actions.test_undo import snapshot
from tests.page_client import Page, PageClient
from tests.phonebook_state import PhonebookState

MARI, AINO, UKU = "+37255551234", "+37255551235", "+37255551236"


@pytest.fixture
def groups(phonebook: PhonebookState) -> list[UUID]:
    """Mari is in both old groups only, Aino in an old one and in Staff, Uku in the second old one only."""
    staff, old, older = [phonebook.add(name) for name in ("Staff", "Old", "Older")]
    phonebook.add_contact(MARI, old, older, firstName="Mari", email="mari@example.com")
    phonebook.add_contact(AINO, old, staff, firstName="Aino")
    phonebook.add_contact(UKU, older, firstName="Uku")
    return [old, older]


def ticked(user: PageClient, *groups: UUID, address: str = "/groups", button: str = "Delete groups") -> Page:
    return user.get(address).submit(button, group=[str(each) for each in groups])


def in_30_days() -> str:
    day = datetime.now(UTC) + timedelta(days=30)
    return f"{day.day} {day:%B %Y}"


def test_the_figures_count_each_contact_once(user: PageClient, groups: list[UUID]) -> None:
    page = ticked(user, *groups)
    assert page.h1 == "Delete 2 groups?"
    assert "2 groups will be deleted. 3 different contacts are in them." in page.text
    assert f"2 contacts would be in no group and be deleted on {in_30_days()}." in page.text
    assert page.text.index("Move these 2 first") < page.text.index("Delete groups")


def test_the_groups_are_deleted_and_the_list_tells_the_same(
    user: PageClient, phonebook: PhonebookState, groups: list[UUID]
) -> None:
    for number in range(60):
        phonebook.add(f"Old {number}")
    before = snapshot(phonebook)
    page = ticked(user, *groups, address="/groups?q=old&sort=-contacts").submit("Delete groups")
    assert page.response.request.query_string.decode() == "q=old&sort=-contacts"
    assert "2 groups were deleted. 2 of their contacts are now in no group and will be deleted on" in page.notice
    assert in_30_days() in page.notice
    assert phonebook.groups()["Staff"] == 1
    assert "Old" not in phonebook.groups()
    page.follow("Undo what was just done").submit("Undo")
    assert snapshot(phonebook) == before


def test_the_page_of_the_list_comes_back(user: PageClient, phonebook: PhonebookState) -> None:
    ids = [phonebook.add(f"Old {number:03}") for number in range(120)]
    page = ticked(user, ids[60], ids[61], address="/groups?page=2").submit("Delete groups")
    assert page.response.request.query_string == b"page=2"
    assert "2 groups were deleted." in page.notice


def test_all_that_the_search_finds(user: PageClient, phonebook: PhonebookState) -> None:
    for number in range(70):
        phonebook.add(f"Old {number}")
    phonebook.add("Staff")
    page = user.get("/groups?q=old").submit("Delete groups", all=["1"])
    assert page.h1 == "Delete 70 groups?"
    phonebook.add("Old again")
    page = page.submit("Delete groups")
    assert page.status == 409
    assert "When you opened it there were 70 groups, and there are 71 now." in page.text
    page.submit("Delete groups")
    assert phonebook.groups() == {"Staff": 0}


def test_contacts_that_join_or_leave_meanwhile_are_asked_about(
    user: PageClient, phonebook: PhonebookState, groups: list[UUID]
) -> None:
    page = ticked(user, *groups)
    phonebook.leave(AINO, UUID(next(each["id"] for each in phonebook.all_groups() if each["name"] == "Staff")))
    page = page.submit("Delete groups")
    assert "Something has changed since you opened this page. Nothing was deleted." in page.text
    assert "2 contacts would have been in no group, and 3 contacts now." in page.text
    assert len(phonebook.groups()) == 3
    page.submit("Delete groups")
    assert phonebook.groups() == {"Staff": 0}


@pytest.mark.parametrize(("fields", "message"), [({}, "Tick the groups first"), ({"group": "x"}, "Tick the groups")])
def test_nothing_ticked_shows_the_list_with_a_message(
    user: PageClient, phonebook: PhonebookState, groups: list[UUID], fields: dict[str, str], message: str
) -> None:
    page = user.get("/groups/delete", query_string={"q": "old", "sort": "-contacts", **fields})
    assert page.path == "/groups"
    assert message in "".join(tag.get_text() for tag in page.soup.select("[role=alert]"))
    assert [row[0] for row in page.rows] == ["Old", "Older"]


def test_what_is_gone_is_said(user: PageClient, phonebook: PhonebookState, groups: list[UUID]) -> None:
    page = user.get("/groups")
    phonebook.delete(groups[0])
    asked = page.submit("Delete groups", group=[str(each) for each in groups])
    assert "1 of the groups that you ticked is not in the phonebook any more." in asked.text
    phonebook.delete(groups[1])
    for again in (asked.submit("Delete group"), page.submit("Delete groups", group=[str(each) for each in groups])):
        assert again.path == "/groups"
        assert "The ticked groups are not in the phonebook any more." in again.text


def test_back_to_the_list_keeps_the_ticks(user: PageClient, groups: list[UUID]) -> None:
    page = ticked(user, *groups, address="/groups?q=old").follow("Back to the list")
    assert sorted(str(box["value"]) for box in page.soup.select("input[name=group][checked]")) == sorted(
        map(str, groups)
    )
    assert page.caption == "2 of 3 groups match “old”."


def test_a_page_is_ticked_by_a_link(user: PageClient, phonebook: PhonebookState) -> None:
    for number in range(60):
        phonebook.add(f"Old {number}")
    page = user.get("/groups?sort=-contacts&page=2").follow("Tick these 10")
    assert len(page.soup.select("input[name=group][checked]")) == 10
    assert "Ticks hold for this page only" in page.text
    assert page.submit("Delete groups").h1 == "Delete 10 groups?"


def test_those_in_no_other_group_are_moved_first(
    user: PageClient, phonebook: PhonebookState, groups: list[UUID]
) -> None:
    page = ticked(user, *groups).follow("Move these 2 first")
    assert page.h1 == "Move 2 contacts first"
    assert page.submit("Put in group").status == 422
    staff = next(each["id"] for each in phonebook.all_groups() if each["name"] == "Staff")
    asked = page.submit("Put in group", target=staff)
    assert asked.h1 == "Delete 2 groups?"
    assert "2 contacts were put into “Staff”." in asked.notice
    assert "All of them are also in other groups." in asked.text
    asked = asked.submit("Delete groups")
    assert "All of their contacts are still in other groups." in asked.notice
    assert phonebook.groups() == {"Staff": 3}


def test_unknown_orphans_are_said_and_the_groups_can_still_be_deleted(
    user: PageClient, phonebook: PhonebookState, groups: list[UUID]
) -> None:
    page = user.get("/groups")
    phonebook.instead_path["/v1/phonebook/contacts"] = ("503 Service Unavailable", b"")
    phonebook.retry_after = 0
    asked = page.submit("Delete groups", group=[str(each) for each in groups])
    assert "We could not find out how many contacts would be in no group." in asked.text
    assert "A group whose contacts can't be read can't be put back by undo: download them first." in asked.text
    done = asked.submit("Delete groups")
    assert "Some of their contacts may now be in no group" in done.notice
    assert phonebook.groups() == {"Staff": 1}


def test_a_failure_loses_no_tick(user: PageClient, phonebook: PhonebookState, groups: list[UUID]) -> None:
    page = ticked(user, *groups)
    phonebook.instead["GET"] = ("503 Service Unavailable", b"")
    phonebook.retry_after = 0
    again = page.submit("Delete groups")
    phonebook.instead.clear()
    again.submit("Send again")
    assert phonebook.groups() == {"Staff": 1}


def test_groups_of_one_name_come_back_with_their_own_contacts(user: PageClient, phonebook: PhonebookState) -> None:
    pair = [phonebook.add("Choir", contacts=2), phonebook.add("Choir", contacts=3)]
    before = snapshot(phonebook)
    page = ticked(user, *pair).submit("Delete groups")
    page.follow("Undo what was just done").submit("Undo")
    assert snapshot(phonebook) == before
