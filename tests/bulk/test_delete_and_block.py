"""Deleting many contacts, putting their numbers on the blacklist, and downloading them."""

import csv
import io
from collections.abc import Callable
from uuid import UUID

from flask import Flask

from tests.actions.test_jobs import run
from tests.actions.test_undo import snapshot
from tests.contacts.contact_fixtures import JAAN, LIIS, MARI, numbers, writes
from tests.page_client import PageClient
from tests.phonebook_state import PhonebookState
from webapp.web.downloads import XLSX


def test_contacts_are_deleted_and_put_back(
    user: PageClient, phonebook: PhonebookState, staff: UUID, office: UUID
) -> None:
    before = snapshot(phonebook)
    page = user.get("/contacts?sort=number").submit("Delete contacts", number=[MARI, LIIS])
    assert page.h1 == "Delete 2 contacts?"
    assert "2 contacts will be deleted, and taken out of all groups." in page.text
    assert "You can undo this for 30 days." in page.text
    page = page.submit("Delete contacts")
    assert (page.notice, numbers(page)) == ("2 contacts were deleted. Details", [JAAN])
    page.follow("Undo what was just done").submit("Undo")
    assert snapshot(phonebook) == before


def test_the_groups_of_many_are_found_by_few_calls(
    app: Flask, user: PageClient, phonebook: PhonebookState, staff: UUID, office: UUID, people: Callable[..., list[str]]
) -> None:
    people(60, staff, office)
    before = snapshot(phonebook)
    page = user.get("/contacts?q=person").submit("Delete contacts", all="1")
    phonebook.calls.clear()
    page = page.submit("Delete contacts")
    reads = [call for call in phonebook.calls if call.startswith("GET")]
    assert reads.count("GET /v1/phonebook/contacts") <= 4, "the list, each group, and the list that is shown again"
    assert phonebook.groups() == {"Staff": 2, "Office": 1}
    page.follow("Undo what was just done").submit("Undo")
    run(app, 2)  # what the page had no time for
    assert snapshot(phonebook) == before


def test_without_their_groups_nothing_is_deleted(user: PageClient, phonebook: PhonebookState, staff: UUID) -> None:
    page = user.get("/contacts").submit("Delete contacts", number=[MARI])
    phonebook.instead_path[f"/v1/phonebook/contacts/{MARI}/groups"] = ("500 Internal Server Error", b"")
    phonebook.instead_path["/v1/phonebook/groups"] = ("500 Internal Server Error", b"")
    page = page.submit("Delete contacts")
    assert (page.status, writes(phonebook)) == (502, [])
    phonebook.instead_path.clear()
    assert page.submit("Send again").notice == "1 contact was deleted. Details"


def test_numbers_are_put_on_the_blacklist(user: PageClient, phonebook: PhonebookState, staff: UUID) -> None:
    phonebook.blacklist(MARI)
    page = user.get("/contacts").submit("Add to blacklist", number=[MARI, JAAN])
    assert page.h1 == "Add 2 contacts to the blacklist?"
    assert "2 contacts: 1 will be added to the blacklist, 1 is on it already." in page.text
    page = page.submit("Add to blacklist")
    assert page.notice == "1 contact was added to the blacklist. Details"
    assert phonebook.blacklisted() == [MARI, JAAN]
    page.follow("Undo what was just done").submit("Undo")
    assert phonebook.blacklisted() == [MARI]


def test_the_selection_is_downloaded(
    user: PageClient, phonebook: PhonebookState, staff: UUID, people: Callable[..., list[str]]
) -> None:
    people(60, staff, company="Näidis")
    page = user.get(f"/groups/{staff}?sort=-number").submit("Download as CSV", number=[MARI, JAAN])
    table = list(csv.reader(io.StringIO(page.response.get_data(as_text=True).lstrip("\ufeff"))))
    assert [row[0].lstrip("'") for row in table] == ["Number", JAAN, MARI]
    page = user.get(f"/groups/{staff}?q=naidis").submit("Download as CSV", all="1")
    assert page.response.get_data(as_text=True).count("Näidis") == 60
    _, data = user.get(f"/groups/{staff}").fields("Download for Excel", number=[MARI])
    with user.client.get("/bulk", query_string=data, follow_redirects=True) as answer:
        assert (answer.status_code, answer.mimetype) == (200, XLSX)
    assert user.get("/contacts").submit("Download for Excel").path == "/contacts", "nothing is ticked"
