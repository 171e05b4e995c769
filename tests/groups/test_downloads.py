"""Groups and their members as files."""

import csv
import io
from uuid import UUID

import pytest

from tests.groups.test_delete_many import MARI, ticked
from tests.page_client import Page, PageClient
from tests.phonebook_state import PhonebookState


@pytest.fixture
def groups(phonebook: PhonebookState) -> list[UUID]:
    found = [phonebook.add(name, created="2024-05-03T12:00:00Z") for name in ("Choir", "Band", "Staff")]
    phonebook.add_contact(MARI, *found[:2], firstName="Mari")
    return found


def rows(page: Page) -> list[list[str]]:
    return list(csv.reader(io.StringIO(page.response.get_data(as_text=True).removeprefix("\ufeff"))))


def file(page: Page, what: str, button: str, title: str) -> Page:
    _, data = page.fields(f"{button}: {title}")
    response = page.client.client.get(f"/groups/download/{what}", query_string=data)
    return Page(page.client, response)


def test_the_ticked_groups_and_their_members(user: PageClient, groups: list[UUID]) -> None:
    page = ticked(user, *groups[:2], button="Download")
    assert page.h1 == "Download 2 groups"
    listed = rows(file(page, "groups", "As CSV", "The list of groups"))
    assert [row[:2] for row in listed] == [["Group", "Contacts"], ["Band", "1"], ["Choir", "1"]]
    members = rows(file(page, "members", "As CSV", "Their members"))
    assert [[row[0], row[1].lstrip("'"), row[2]] for row in members[1:]] == [
        ["Band", MARI, "Mari"],
        ["Choir", MARI, "Mari"],
    ]
    with user.client.get("/groups/download/members?format=xlsx") as excel:
        assert excel.data.startswith(b"PK")


def test_the_whole_list_is_below_it(user: PageClient, groups: list[UUID]) -> None:
    response = user.client.get(user.get("/groups?q=st").link("Download as CSV"))
    assert [row[0] for row in rows(Page(user, response))] == ["Group", "Staff"]


def test_nothing_ticked(user: PageClient, groups: list[UUID]) -> None:
    assert "Tick the groups first" in user.get("/groups").submit("Download").text


def test_a_failure_is_no_file(user: PageClient, phonebook: PhonebookState, groups: list[UUID]) -> None:
    phonebook.instead_path["/v1/phonebook/contacts"] = ("503 Service Unavailable", b"")
    phonebook.retry_after = 0
    assert user.get(f"/groups/download/members?group={groups[0]}").status == 502
