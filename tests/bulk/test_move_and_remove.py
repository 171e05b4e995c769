"""Moving contacts from one group to another, and removing them from one."""

from collections.abc import Callable
from uuid import UUID

import pytest

from tests.contacts.contact_fixtures import JAAN, LIIS, MARI, numbers, results_on, writes
from tests.page_client import PageClient, words
from tests.phonebook_state import PhonebookState

BROKEN = ("500 Internal Server Error", b"")


def test_a_moved_contact_is_in_a_group_at_every_moment(
    user: PageClient, phonebook: PhonebookState, staff: UUID, office: UUID
) -> None:
    page = user.get(f"/groups/{staff}").submit("Move to group", number=[MARI, JAAN], group=str(office))
    assert page.h1 == "Move 2 contacts to “Office”?"
    assert (
        "2 contacts: 1 will be moved from “Staff” to “Office”, 1 is in “Office” already, and will only be removed"
        in page.text
    )
    page = page.submit("Move to group")
    assert page.notice == "2 contacts were moved to “Office”. Details"
    assert page.path == f"/groups/{staff}"
    jaan = [call for call in writes(phonebook) if JAAN in call]
    assert jaan == [f"POST groups/{office}/contacts/{JAAN}", f"DELETE groups/{staff}/contacts/{JAAN}"]
    assert (phonebook.numbers(staff), phonebook.numbers(office)) == ([], [MARI, JAAN])
    page.follow("Undo what was just done").submit("Undo")
    assert (phonebook.numbers(staff), phonebook.numbers(office)) == ([MARI, JAAN], [MARI])


def test_nobody_leaves_a_group_if_the_addition_fails(
    user: PageClient, phonebook: PhonebookState, staff: UUID, office: UUID
) -> None:
    page = user.get(f"/groups/{staff}").submit("Move to group", number=[JAAN], group=str(office))
    phonebook.instead["POST"] = ("400 Bad Request", b"")
    page = page.submit("Move to group")
    assert page.path.startswith("/actions/")
    assert "Move: add" in page.text
    assert phonebook.numbers(staff) == [MARI, JAAN]


def test_contacts_are_moved_to_a_new_group(user: PageClient, phonebook: PhonebookState, staff: UUID) -> None:
    page = user.get(f"/groups/{staff}").submit("Move to group", number=[JAAN], name="Staff 2")
    page.submit("Move to group")
    assert phonebook.groups() == {"Staff": 1, "Staff 2": 1}


def test_contacts_are_moved_only_elsewhere(user: PageClient, phonebook: PhonebookState, staff: UUID) -> None:
    _, data = user.get(f"/groups/{staff}").fields("Move to group", number=[JAAN])
    page = user.get("/bulk/move-to-group", query_string=data | {"group": str(staff)})
    assert page.field_error == "They are in this group already. Choose another"
    assert user.get("/bulk/move-to-group", query_string=data | {"back": "/contacts"}).status == 404


def test_who_would_be_in_no_group_is_said_first(
    user: PageClient, phonebook: PhonebookState, staff: UUID, office: UUID
) -> None:
    page = user.get(f"/groups/{staff}").submit("Remove from group", number=[MARI, JAAN])
    assert page.h1 == "Remove 2 contacts from “Staff”?"
    assert "1 of them would be in no group and deleted by Messente on " in page.text
    assert "Jaan, +372 5555 0002" in words(page.soup.select(".warning")[0])
    choose = page.follow("Move these 2 first")
    assert (choose.status, choose.h1, choose.soup.select("[role=alert]")) == (200, "Choose a group", [])
    assert choose.submit("Move to group", group=str(office)).h1 == "Move 2 contacts to “Office”?"
    page = page.submit("Remove from group")
    assert page.h1 == "2 removed"
    assert results_on(page) == {MARI: "Removed", JAAN: "Removed"}
    assert "1 of the contacts is now in no group and will be deleted on " in page.text
    left = page.follow("Move this contact to a group")
    assert numbers(left) == [JAAN, LIIS]
    assert phonebook.groups() == {"Staff": 0, "Office": 1}


def test_after_a_removal_that_leaves_nobody_alone_the_list_is_back(
    user: PageClient, phonebook: PhonebookState, staff: UUID, office: UUID
) -> None:
    page = user.get(f"/groups/{staff}?sort=number").submit("Remove from group", number=[MARI])
    assert "This contact is in another group, too." in page.text
    page = page.submit("Remove from group")
    assert (page.path, page.notice) == (f"/groups/{staff}", "1 contact was removed from the group. Details")


def test_all_found_are_removed(
    user: PageClient, phonebook: PhonebookState, staff: UUID, people: Callable[..., list[str]]
) -> None:
    people(60, staff, phonebook.add("Everybody"), company="Näidis")
    page = user.get(f"/groups/{staff}?q=naidis").submit("Remove from group", all="1")
    assert "All 60 contacts that match “naidis” will be removed from “Staff”." in page.text
    assert "All of them are in other groups, too." in page.text
    page.submit("Remove from group")
    assert phonebook.numbers(staff) == [MARI, JAAN]


def test_it_is_asked_again_if_more_would_be_in_no_group(
    user: PageClient, phonebook: PhonebookState, staff: UUID, office: UUID
) -> None:
    page = user.get(f"/groups/{staff}").submit("Remove from group", number=[MARI])
    phonebook.leave(MARI, office)
    page = page.submit("Remove from group")
    assert (page.status, writes(phonebook)) == (409, [])
    assert "Something has changed since you opened this page. Nothing was done." in page.text
    assert "This contact would be in no group" in page.text
    assert page.submit("Remove from group").h1 == "1 removed"


def test_what_is_not_known_is_said(user: PageClient, phonebook: PhonebookState, staff: UUID, office: UUID) -> None:
    phonebook.instead_path[f"/v1/phonebook/contacts/{MARI}/groups"] = BROKEN
    page = user.get(f"/groups/{staff}").submit("Remove from group", number=[MARI])
    assert "We could not find out how many of them would be in no group." in page.text
    phonebook.instead_path.clear()
    page = page.submit("Remove from group")
    assert page.h1 == "1 removed", "who went on without knowing is not asked again"
    assert phonebook.numbers(staff) == [JAAN]
    page.follow("Undo this action").submit("Undo")
    assert phonebook.numbers(staff) == [MARI, JAAN]


def test_two_people_remove_the_same_contact(user: PageClient, phonebook: PhonebookState, staff: UUID) -> None:
    one, other = (user.get(f"/groups/{staff}").submit("Remove from group", number=[MARI]) for _ in range(2))
    one.submit("Remove from group")
    page = other.submit("Remove from group")
    assert (page.status, page.h1) == (409, "There is nothing to do")
    assert "1 contact when you opened this page, 0 now." in page.text
    assert "1 contact that you ticked is not in this list any more, and is left out." in page.text


def test_a_removed_contact_is_put_back_even_after_messente_deleted_it(
    user: PageClient, phonebook: PhonebookState, staff: UUID
) -> None:
    page = user.get(f"/groups/{staff}").submit("Remove from group", number=[JAAN]).submit("Remove from group")
    phonebook.delete_contact(JAAN)
    page.follow("Undo this action").submit("Undo")
    assert phonebook.numbers(staff) == [MARI, JAAN]
    assert (phonebook.contact(JAAN) or {})["company"] == "Acme"


def test_the_group_is_deleted_meanwhile(user: PageClient, phonebook: PhonebookState, staff: UUID) -> None:
    page = user.get(f"/groups/{staff}").submit("Remove from group", number=[JAAN])
    phonebook.delete(staff)
    page = page.submit("Remove from group")
    assert (page.status, page.h1) == (404, "This group no longer exists")
    assert page.follow("Try again").path == "/groups"


@pytest.mark.usefixtures("office")
def test_a_form_acts_once(user: PageClient, phonebook: PhonebookState, staff: UUID) -> None:
    asked = user.get(f"/groups/{staff}").submit("Remove from group", number=[MARI])
    form, data = asked.fields("Remove from group")
    pages = [user.post(str(form["action"]), data=data) for _ in range(3)]
    assert {page.notice for page in pages} == {"1 contact was removed from the group. Details"}
    assert writes(phonebook) == [f"DELETE groups/{staff}/contacts/{MARI}"]
    assert user.post(str(form["action"]), data=data | {"number": JAAN}).status == 409
