"""Putting many contacts into a group."""

from collections.abc import Callable
from uuid import UUID, uuid4

import pytest

from tests.contacts.contact_fixtures import JAAN, LIIS, MARI, numbers, writes
from tests.page_client import PageClient
from tests.phonebook_state import PhonebookState

pytestmark = pytest.mark.usefixtures("staff", "office")


def test_ticked_contacts_are_put_into_a_group(user: PageClient, phonebook: PhonebookState, office: UUID) -> None:
    page = user.get("/contacts?sort=-number").submit("Put in group", number=[MARI, JAAN], group=str(office))
    assert page.h1 == "Put 2 contacts in “Office”?"
    assert "2 contacts: 1 will be added to “Office”, 1 is in it already." in page.text
    assert writes(phonebook) == []
    page = page.submit("Put in group")
    assert (page.h1, page.notice) == ("Contacts", "1 contact was added to “Office”. Details")
    assert numbers(page) == [LIIS, JAAN, MARI], "the list is as it was"
    assert writes(phonebook) == [f"POST groups/{office}/contacts/{JAAN}"]
    assert page.follow("Details").h1 == "1 added"
    page.follow("Undo what was just done").submit("Undo")
    assert phonebook.numbers(office) == [MARI]


def test_all_that_a_search_finds(
    user: PageClient, phonebook: PhonebookState, office: UUID, people: Callable[..., list[str]]
) -> None:
    found = people(60)
    people(5, company="Näidis")
    page = user.get("/contacts?q=acme").submit("Put all 62 in group", group=str(office))
    assert "All 62 contacts that match “acme”: 61 will be added to “Office”, 1 is in it already." in page.text
    page = page.submit("Put in group")
    assert page.notice == "61 contacts were added to “Office”. Details"
    assert page.value("q") == "acme"
    assert phonebook.numbers(office) == sorted([MARI, JAAN, *found])


def test_a_new_group(user: PageClient, phonebook: PhonebookState) -> None:
    page = user.get("/contacts").submit("Put in group", number=[MARI, LIIS], group="new", name=" Night   shift ")
    assert page.h1 == "Put 2 contacts in “Night shift”?"
    assert "The group “Night shift” will be created. 2 contacts will be added to it." in page.text
    page = page.submit("Put in group")
    assert page.notice == "2 contacts were added to “Night shift”. Details"
    assert phonebook.groups() == {"Staff": 2, "Office": 1, "Night shift": 2}
    page.follow("Undo what was just done").submit("Undo")
    assert phonebook.groups() == {"Staff": 2, "Office": 1}


def test_a_typed_name_alone_means_a_new_group(user: PageClient) -> None:
    page = user.get("/contacts").submit("Put in group", number=[MARI], name="Night shift")
    assert "The group “Night shift” will be created." in page.text


def test_a_duplicate_name_is_asked_about(user: PageClient, phonebook: PhonebookState, office: UUID) -> None:
    page = user.get("/contacts").submit("Put in group", number=[JAAN], group="new", name="OFFICE")
    assert page.status == 422
    assert page.field_error.startswith("There is already a group called “Office” (1 contact")
    existing = page.submit("Use the existing group")
    assert existing.h1 == "Put 1 contact in “Office”?"
    again = page.submit("Create anyway")
    assert "The group “OFFICE” will be created." in again.text
    again.submit("Put in group")
    assert phonebook.groups() == {"Staff": 2, "Office": 1, "OFFICE": 1}


@pytest.mark.parametrize(
    ("choice", "says"),
    [
        ({"group": ""}, "Choose a group, or type a name for a new one"),
        ({"group": "x"}, "Choose a group, or type a name for a new one"),
        ({"group": "new"}, "Enter a group name"),
        ({"group": "new", "name": "a" * 251}, "Group name must be 250 characters or fewer"),
        ({"group": "new", "name": "a\u202eb"}, "The name contained hidden characters, which were removed."),
        ({"group": str(uuid4())}, "This group no longer exists. Choose another"),
        ({"group": "named", "name": "Nobody"}, "There is no group with this name"),
    ],
)
def test_a_group_that_can_t_be_used_is_chosen_again(
    user: PageClient, office: UUID, choice: dict[str, str], says: str
) -> None:
    args = {"number": [MARI, JAAN], "back": "/contacts?sort=number", **choice}
    page = user.get("/bulk/put-in-group", query_string=args)
    assert page.h1 == "Choose a group"
    assert page.field_error.startswith(says)
    back = page.follow("Back to the list")
    assert sorted(back.fields("Put in group")[1]["number"]) == [MARI, JAAN], "what was ticked still is"
    page = page.submit("Put in group", group=str(office))
    assert page.h1 == "Put 2 contacts in “Office”?"


def test_the_group_is_deleted_before_the_start(user: PageClient, phonebook: PhonebookState, office: UUID) -> None:
    page = user.get("/contacts").submit("Put in group", number=[JAAN], group=str(office))
    phonebook.delete(office)
    page = page.submit("Put in group")
    assert (page.status, page.h1, writes(phonebook)) == (409, "Choose a group", [])
    assert page.field_error == "This group no longer exists. Choose another"
    assert page.submit("Put in group", group="new", name="Office").submit("Put in group").notice


def test_a_group_can_be_named_if_there_are_too_many_to_choose_from(
    user: PageClient, phonebook: PhonebookState, office: UUID
) -> None:
    for number in range(1000):
        phonebook.add(f"Group {number}")
    page = user.get("/contacts").submit("Put in group", number=[JAAN], group="named", name="office")
    assert page.h1 == "Put 1 contact in “Office”?"
    phonebook.add("Office")
    page = user.get("/contacts").submit("Put in group", number=[JAAN], group="named", name="office")
    assert page.field_error.startswith("Several groups have this name.")


def test_nothing_to_do(user: PageClient, phonebook: PhonebookState, office: UUID) -> None:
    page = user.get("/contacts").submit("Put in group", number=[MARI], group=str(office))
    assert page.h1 == "There is nothing to do"
    assert "1 contact is in “Office” already." in page.text
    assert "Put in group" not in page.buttons()


def test_contacts_about_to_be_deleted_are_rescued(user: PageClient, phonebook: PhonebookState, office: UUID) -> None:
    for number in range(59):
        phonebook.add_leaving(f"+3725556{number:04}", "2099-01-02")
    page = user.get("/contacts/leaving").submit("Put all 60 in group", group=str(office))
    assert "All 60 contacts will be added to “Office”." in page.text
    page = page.submit("Put in group")
    assert page.h1 == "About to be deleted"
    assert "No contacts are about to be deleted." in page.text
    assert phonebook.groups()["Office"] == 61


def test_a_group_s_orphans_are_rescued(
    user: PageClient, phonebook: PhonebookState, staff: UUID, office: UUID, people: Callable[..., list[str]]
) -> None:
    people(60, staff)
    page = user.get(f"/groups/{staff}/orphans?sort=-name")
    assert page.fields("Put in group")[0].select(f"option[value='{staff}']") == []
    page = page.submit("Put all 61 in group", group=str(office)).submit("Put in group")
    assert page.h1 == "No contacts are only in “Staff”"
    assert phonebook.groups() == {"Staff": 62, "Office": 62}
