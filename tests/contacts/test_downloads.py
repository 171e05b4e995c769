"""Lists of contacts as files, over HTTP."""

import csv
import io
from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from tests.page_client import PageClient
from tests.phonebook_state import PhonebookState

MARI, JAAN, NEW = "+37255550001", "+37255550002", "+37255551234"
HOME = {"group": "/groups/{}/download", "contacts": "/contacts/download", "leaving": "/contacts/leaving/download"}


@pytest.fixture
def staff(phonebook: PhonebookState) -> UUID:
    group = phonebook.add("Õhtune vahetus")
    phonebook.add_contact(MARI, group, firstName="Mari", company="=1+1")
    phonebook.add_contact(JAAN, group, firstName="Jaan")
    phonebook.add_contact(NEW)
    phonebook.blacklist(JAAN)
    return group


def download(user: PageClient, path: str) -> list[dict[str, str]]:
    response = user.get(path).response
    assert (response.status_code, response.content_type) == (200, "text/csv; charset=utf-8")
    return list(csv.DictReader(io.StringIO(response.get_data().decode("utf-8-sig"), newline="")))


def numbers(rows: list[dict[str, str]]) -> list[str]:
    return [row["Number"].removeprefix("'") for row in rows]


def test_a_groups_page_leads_to_its_contacts_as_a_file(
    user: PageClient, phonebook: PhonebookState, staff: UUID
) -> None:
    page = user.get(f"/groups/{staff}")
    rows = download(user, page.link("Download as CSV"))
    assert numbers(rows) == [JAAN, MARI]
    assert [row["Blacklisted"] for row in rows] == ["Yes", "No"]
    assert [row["Company"] for row in rows] == ["", "'=1+1"]
    found = page.submit("Search", q="mari")
    assert numbers(download(user, found.link("Download as CSV"))) == [MARI]
    assert numbers(download(user, page.follow("Number").link("Download as CSV"))) == [MARI, JAAN]
    phonebook.calls.clear()
    file = user.get(f"/groups/{staff}/download").response
    assert file.headers["Content-Disposition"].startswith('attachment; filename="Ohtune vahetus-')
    asked = ["groups/" + str(staff), "contacts", "blacklist"]
    assert sorted(phonebook.calls) == sorted(f"GET /v1/phonebook/{each}" for each in asked)


def test_a_file_has_all_pages(user: PageClient, phonebook: PhonebookState) -> None:
    group = phonebook.add("Staff", contacts=120)
    rows = download(user, user.get(f"/groups/{group}").link("Download as CSV"))
    assert numbers(rows) == phonebook.numbers(group)
    assert len(rows) == 120


def test_all_contacts_or_selected_ones(user: PageClient, phonebook: PhonebookState, staff: UUID) -> None:
    page = user.get("/contacts")
    assert numbers(download(user, page.link("Download as CSV"))) == [JAAN, MARI, NEW]
    assert numbers(download(user, page.follow("Number").link("Download as CSV"))) == [MARI, JAAN, NEW]
    for typed, found in (({"q": "jaan"}, [JAAN]), ({"group": str(staff)}, [JAAN, MARI]), ({"group": "none"}, [NEW])):
        page = user.get("/contacts").submit("Search", **typed)
        assert "They contain only what was found." in page.text
        assert numbers(download(user, page.link("Download as CSV"))) == found


def test_those_about_to_be_deleted(user: PageClient, phonebook: PhonebookState, staff: UUID) -> None:
    [row] = download(user, user.get("/contacts/leaving").link("Download as CSV"))
    assert numbers([row]) == [NEW]
    day = date.fromisoformat(row["Deleted on"])
    assert timedelta(days=28) < day - datetime.now(UTC).date() < timedelta(days=32)


@pytest.mark.parametrize("home", HOME)
def test_the_file_says_how_many_rows_are_unreadable(
    user: PageClient, phonebook: PhonebookState, staff: UUID, home: str
) -> None:
    phonebook.instead_path["/v1/phonebook/blacklist"] = ("500 Internal Server Error", b"")
    body = f'{{"contacts": [{{"phoneNumber": "{MARI}", "scheduledDeletionDate": "2027-01-01"}}, {{}}, 5]}}'
    phonebook.instead_path["/v1/phonebook/contacts"] = ("200 OK", body.encode())
    rows = download(user, HOME[home].format(staff))
    assert [row["Number"] for row in rows] == [f"'{MARI}", "Incomplete: 2 more contacts could not be read"]
    assert rows[0]["Blacklisted"] == "Not known"


@pytest.mark.parametrize("home", HOME)
def test_a_failed_list_is_not_a_file(user: PageClient, phonebook: PhonebookState, staff: UUID, home: str) -> None:
    phonebook.instead_path["/v1/phonebook/contacts"] = ("500 Internal Server Error", b"")
    page = user.get(HOME[home].format(staff))
    assert (page.status, page.h1) == (502, "We could not get your contacts from Messente")
    assert "Content-Disposition" not in page.response.headers
    assert page.link("Try again") == HOME[home].format(staff)


def test_a_deleted_group_has_no_file(user: PageClient, phonebook: PhonebookState) -> None:
    page = user.get(f"/groups/{uuid4()}/download")
    assert (page.status, page.h1) == (404, "This group no longer exists")
