"""Contacts that are about to be deleted, and putting them into a group."""

from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from tests.contacts.contact_fixtures import JAAN, LIIS, MARI, numbers, table
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
    "soon": "Not known",
    "2026-13-45": "Not known",
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


def test_no_contacts_and_no_groups(user: PageClient, phonebook: PhonebookState) -> None:
    assert "No contacts are about to be deleted." in user.get("/contacts/leaving").text
    phonebook.add_leaving(MARI, today(1))
    page = user.get("/contacts/leaving").submit("Put in group", number=[MARI], name="Kept")
    assert "The group “Kept” will be created." in page.text
    phonebook.instead["GET"] = ("500 Internal Server Error", b"")
    page = user.get("/contacts/leaving")
    assert (page.status, page.h1) == (502, "We could not get your contacts from Messente")
