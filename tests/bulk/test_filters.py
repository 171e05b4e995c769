"""Lists of contacts that are in one group and not in another."""

from uuid import UUID

from tests.contacts.contact_fixtures import JAAN, LIIS, MARI, numbers
from tests.page_client import PageClient
from tests.phonebook_state import PhonebookState


def test_contacts_in_one_group_and_not_in_another(
    user: PageClient, phonebook: PhonebookState, staff: UUID, office: UUID
) -> None:
    page = user.get("/contacts?sort=number&filters=1").submit("Search", **{"in": str(staff)})
    assert numbers(page) == [MARI, JAAN]
    page = page.submit("Search", not_in=str(office))
    assert numbers(page) == [JAAN]
    assert numbers(page.follow("Name")) == [JAAN], "the filters stay"
    assert numbers(user.get(f"/contacts?not_in={office}&sort=number")) == [JAAN, LIIS]
    assert numbers(user.get(f"/contacts?group=none&not_in={office}")) == [LIIS]
    assert "No contacts match these filters." in user.get(f"/contacts?group={office}&not_in={staff}").text
    table = user.get(f"/contacts?not_in={office}&sort=number").follow("Download as CSV")
    assert table.response.get_data(as_text=True).count("+372") == 2


def test_a_group_is_split(user: PageClient, phonebook: PhonebookState, staff: UUID, office: UUID) -> None:
    page = user.get(f"/groups/{staff}").follow("More filters").submit("Search", not_in=str(office))
    assert numbers(page) == [JAAN]
    phonebook.add_contact("+37255550004", staff)
    page = page.submit("Search").submit("Move to group", all="1", group="new", name="Only staff")
    assert "All 2 contacts will be moved from “Staff” to “Only staff”." in page.text
    page = page.submit("Move to group")
    assert page.notice == "2 contacts were moved to “Only staff”. Details"
    assert "No contacts in this group match these filters." in page.text
    assert phonebook.groups() == {"Staff": 1, "Office": 1, "Only staff": 2}


def test_a_group_of_a_filter_that_is_gone(
    user: PageClient, phonebook: PhonebookState, staff: UUID, office: UUID
) -> None:
    phonebook.delete(office)
    page = user.get(f"/contacts?not_in={office}&sort=number")
    assert "A group of these filters no longer exists. Nobody is in it." in page.text
    assert numbers(page) == [MARI, JAAN, LIIS]
    assert numbers(user.get("/contacts?in=x&sort=number")) == [MARI, JAAN, LIIS], "an invalid id is no filter"
