"""Contacts that are about to be deleted, and putting them into a group."""

from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from tests.contacts.contact_fixtures import JAAN, LIIS, MARI, numbers, results_on, table, writes
from tests.page_client import PageClient
from tests.phonebook_state import PhonebookState


def today(days: int = 0) -> str:
    """A day from now, by the team's calendar."""
    return (datetime.now(ZoneInfo("Europe/Tallinn")).date() + timedelta(days=days)).isoformat()


@pytest.fixture
def staff(phonebook: PhonebookState) -> UUID:
    group = phonebook.add("Staff")
    phonebook.add_contact("+37255550009", group)
    phonebook.add_leaving(JAAN, today(12))
    phonebook.add_leaving(MARI, today(1), firstName="Mari")
    phonebook.add_leaving(LIIS, today(2))
    return group


def test_contacts_are_sorted_by_deletion_date_with_the_days_left(
    user: PageClient, phonebook: PhonebookState, staff: UUID
) -> None:
    page = user.get("/contacts/leaving")
    assert (page.h1, page.caption, numbers(page)) == ("About to be deleted", "3 contacts.", [MARI, LIIS, JAAN])
    assert [row[3].split(", ")[1] for row in table(page)] == ["tomorrow", "in 2 days", "in 12 days"]
    assert len(page.soup.select(f"time[datetime='{today(12)}']")) == 1
    assert numbers(page.follow("Number")) == [MARI, JAAN, LIIS]
    assert numbers(page.submit("Search", q="mari")) == [MARI]
    assert "No contacts match “xyz”." in page.submit("Search", q="xyz").text


ODD_DAYS = {
    "2000-01-01": "1 January 2000, any moment now",
    "2026-12-04T10:00:00Z": "4 December 2026",
    "soon": "A day that could not be read",
    "2026-13-45": "A day that could not be read",
}


@pytest.mark.parametrize("day", ODD_DAYS)
def test_deletion_dates_that_are_past_or_missing(user: PageClient, phonebook: PhonebookState, day: str) -> None:
    body = f'{{"contacts": [{{"phoneNumber": "{MARI}", "scheduledDeletionDate": "{day}"}}]}}'
    phonebook.instead_path["/v1/phonebook/contacts"] = ("200 OK", body.encode())
    assert table(user.get("/contacts/leaving"))[0][3].startswith(ODD_DAYS[day])


def test_today_is_the_teams_today(user: PageClient, phonebook: PhonebookState) -> None:
    phonebook.add_leaving(MARI, today())
    if today() >= datetime.now(UTC).date().isoformat():  # else the sandbox's day is over, and the contact is gone
        assert table(user.get("/contacts/leaving"))[0][3].endswith("today")


def test_ticked_contacts_are_added_to_a_group(user: PageClient, phonebook: PhonebookState, staff: UUID) -> None:
    page = user.get("/contacts/leaving").submit("Put in group", number=[MARI, JAAN], group=str(staff))
    assert page.h1 == "2 added"
    assert results_on(page) == {MARI: "Added", JAAN: "Added"}
    assert sorted(writes(phonebook)) == [f"POST groups/{staff}/contacts/{number}" for number in (MARI, JAAN)]
    assert phonebook.numbers(staff) == [MARI, JAAN, "+37255550009"]
    assert numbers(user.get("/contacts/leaving")) == [LIIS]


def test_each_outcome_is_reported(user: PageClient, phonebook: PhonebookState, staff: UUID) -> None:
    page = user.get("/contacts/leaving")
    phonebook.delete_contact(LIIS)
    phonebook.join(JAAN, staff)
    page = page.submit("Put in group", number=[MARI, JAAN, LIIS], group=str(staff))
    assert results_on(page) == {
        LIIS: "Not added: the contact or the group was gone",
        MARI: "Added",
        JAAN: "Already in the group",
    }


def test_missing_input_is_asked_for(user: PageClient, phonebook: PhonebookState, staff: UUID) -> None:
    page = user.get("/contacts/leaving?q=5555&sort=number").submit("Put in group", number=[MARI])
    assert page.status == 422
    assert page.field_error == "Choose a group"
    assert page.fields("Put in group")[1]["number"] == MARI, "it is still ticked"
    assert numbers(page) == [MARI, JAAN, LIIS], "the list is the same"
    page = user.get("/contacts/leaving").submit("Put in group", group=str(staff))
    assert "Tick the contacts that you want to keep" in page.text
    assert page.value("group") == str(staff)
    assert writes(phonebook) == []


def test_a_deleted_group(user: PageClient, phonebook: PhonebookState, staff: UUID) -> None:
    phonebook.add("Drivers")
    page = user.get("/contacts/leaving")
    phonebook.delete(staff)
    page = page.submit("Put in group", number=[MARI], group=str(staff))
    assert (page.status, writes(phonebook)) == (409, [])
    assert page.field_error == "This group no longer exists. Choose another"


def test_no_contacts_and_no_groups(user: PageClient, phonebook: PhonebookState) -> None:
    assert "No contacts are about to be deleted." in user.get("/contacts/leaving").text
    phonebook.add_leaving(MARI, today(1))
    page = user.get("/contacts/leaving")
    assert page.follow("Create a group").h1 == "Create group"
    assert page.soup.select("[type=checkbox]") == []
    phonebook.instead["GET"] = ("500 Internal Server Error", b"")
    page = user.get("/contacts/leaving")
    assert (page.status, page.h1) == (502, "We could not get your contacts from Messente")


def test_a_form_that_is_sent_again_acts_once(user: PageClient, phonebook: PhonebookState, staff: UUID) -> None:
    _, data = user.get("/contacts/leaving").fields("Put in group", number=[MARI], group=str(staff))
    pages = [user.post("/contacts/leaving", data=data) for _ in range(2)]
    assert pages[0].path == pages[1].path
    assert len(writes(phonebook)) == 1
    assert user.post("/contacts/leaving", data=data | {"number": [JAAN]}).status == 409


def test_an_invalid_token_sends_nothing(user: PageClient, phonebook: PhonebookState, staff: UUID) -> None:
    page = user.post("/contacts/leaving", data={"csrf_token": "x", "number": MARI, "group": str(staff)})
    assert (page.status, phonebook.calls) == (400, [])
    assert page.follow("Try again").h1 == "About to be deleted"
