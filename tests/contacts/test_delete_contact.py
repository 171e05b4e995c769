"""Deleting a contact."""

from dataclasses import replace
from uuid import UUID

import pytest

from tests.actions.store_fixtures import all_changes
from tests.contacts.contact_fixtures import JAAN, MARI, writes
from tests.page_client import PageClient, shown
from tests.phonebook_state import PhonebookState
from webapp import create_app
from webapp.settings import Settings
from webapp.store import Store

ADDRESS = f"/contacts/{MARI}/delete"
SENT = f"DELETE contacts/{MARI}"


@pytest.fixture
def staff(phonebook: PhonebookState) -> UUID:
    group = phonebook.add("Staff")
    phonebook.add_contact(MARI, group, phonebook.add("<b>Drivers"), firstName="Mari", lastName="Õun")
    return group


def test_the_page_says_what_is_deleted_and_deletes_it(user: PageClient, phonebook: PhonebookState, staff: UUID) -> None:
    phonebook.blacklist(MARI)
    page = user.get(f"/contacts/{MARI}").follow("Delete contact")
    assert page.h1 == "Delete the contact “Mari Õun”?"
    assert "This contact is also removed from 2 groups: “<b>Drivers”, “Staff”." in page.text
    assert "The number is on the blacklist and stays there." in page.text
    assert "You can undo this for 30 days." in page.text
    assert page.follow("Keep the contact").h1 == "Mari Õun"
    assert writes(phonebook) == []
    page = page.submit("Delete contact")
    assert (page.path, page.notice) == ("/contacts", f"“Mari Õun” ({shown(MARI)}) was deleted.")
    assert (phonebook.numbers(), phonebook.groups()) == ([], {"Staff": 0, "<b>Drivers": 0})
    assert writes(phonebook) == [SENT]


def test_in_no_group_without_a_name_and_without_the_blacklist(user: PageClient, phonebook: PhonebookState) -> None:
    phonebook.add_contact(JAAN)
    phonebook.instead_path["/v1/phonebook/blacklist"] = ("500 Internal Server Error", b"")
    page = user.get(f"/contacts/{JAAN}/delete")
    assert page.h1 == f"Delete the contact “{shown(JAAN)}”?"
    assert "This contact is in no group." in page.text
    assert "If it is, it stays there." in page.text
    assert page.submit("Delete contact").notice == f"{shown(JAAN)} was deleted."


def test_unreadable_groups_are_an_error(user: PageClient, phonebook: PhonebookState, staff: UUID) -> None:
    page = user.get(ADDRESS)
    phonebook.instead_path[f"/v1/phonebook/contacts/{MARI}/groups"] = ("500 Internal Server Error", b"")
    assert user.get(ADDRESS).status == 502
    assert page.submit("Delete contact").status == 502
    assert writes(phonebook) == []


@pytest.mark.parametrize("how", ["name", "field", "left", "joined", "renamed"])
def test_the_page_asks_again_if_the_contact_has_changed(
    user: PageClient, phonebook: PhonebookState, staff: UUID, how: str
) -> None:
    page = user.get(ADDRESS)
    changes = {
        "name": lambda: phonebook.change_contact(MARI, firstName="Mary"),
        "field": lambda: phonebook.change_contact(MARI, custom4="x"),
        "left": lambda: phonebook.leave(MARI, staff),
        "joined": lambda: phonebook.join(MARI, phonebook.add("Office")),
        "renamed": lambda: phonebook.rename(staff, "Crew"),
    }
    changes[how]()
    page = page.submit("Delete contact")
    assert page.status == 409
    assert "The contact has changed since you opened this page. Nothing was deleted." in page.text
    assert phonebook.numbers() == [MARI]
    page = page.submit("Delete contact")
    assert page.notice.endswith("was deleted.")
    assert (phonebook.numbers(), writes(phonebook)) == ([], [SENT])


def test_a_contact_already_deleted_counts_as_deleted(user: PageClient, phonebook: PhonebookState, staff: UUID) -> None:
    page = user.get(ADDRESS)
    phonebook.delete_contact(MARI)
    page = page.submit("Delete contact")
    assert (page.path, page.notice) == ("/contacts", f"“Mari Õun” ({shown(MARI)}) was already deleted.")


@pytest.mark.parametrize("data", [{}, {"csrf_token": "x"}, {"csrf_token": "x", "shown": "x"}])
def test_an_invalid_token_deletes_nothing(
    user: PageClient, phonebook: PhonebookState, staff: UUID, data: dict[str, str]
) -> None:
    page = user.post(ADDRESS, data=data)
    assert (page.status, phonebook.calls, phonebook.numbers()) == (400, [], [MARI])
    assert page.follow("Try again").h1 == "Delete the contact “Mari Õun”?"
    assert user.client.delete(ADDRESS).status_code == 405
    token = user.get(ADDRESS).value("csrf_token")
    assert user.post(ADDRESS, data={"csrf_token": token}).status == 409, "without what was shown it is asked"


@pytest.mark.parametrize("carried_out", [True, False])
def test_an_unclear_answer(
    user: PageClient, phonebook: PhonebookState, staff: UUID, store: Store, *, carried_out: bool
) -> None:
    answers = phonebook.instead_after if carried_out else phonebook.instead
    answers["DELETE"] = ("500 Internal Server Error", b"")
    page = user.get(ADDRESS).submit("Delete contact")
    assert (page.status, page.h1) == (502, "We could not confirm that the contact was deleted")
    gone = "The contact is no longer in the phonebook."
    assert (gone if carried_out else "The contact is still in the phonebook. It may still be deleted") in page.text
    assert all_changes(store)[-1]["outcome"] == ("confirmed" if carried_out else "unknown")


def test_a_refusal_is_reported_as_a_refusal(user: PageClient, phonebook: PhonebookState, staff: UUID) -> None:
    phonebook.instead["DELETE"] = ("401 Unauthorized", b"")
    page = user.get(ADDRESS).submit("Delete contact")
    assert page.h1 == "The dashboard's access to Messente was refused"
    assert "Your contacts were not changed." in page.text
    assert page.follow("All contacts").h1 == "Contacts"


def test_a_form_that_is_sent_again_acts_once(
    user: PageClient, phonebook: PhonebookState, staff: UUID, store: Store
) -> None:
    _, data = user.get(ADDRESS).fields("Delete contact")
    pages = [user.post(ADDRESS, data=data) for _ in range(3)]
    assert {page.notice for page in pages} == {f"“Mari Õun” ({shown(MARI)}) was deleted."}
    assert writes(phonebook) == [SENT]
    [entry] = all_changes(store)
    assert (entry["kind"], entry["number"], entry["outcome"]) == ("delete contact", MARI, "done")


def test_without_undo_the_page_says_that_a_contact_is_lost(settings: Settings, staff: UUID) -> None:
    app = create_app(replace(settings, undo_days=0))
    user = PageClient(app.test_client())
    page = user.get(ADDRESS)
    assert "A deleted contact can't be brought back." in page.text
    assert "Undo" not in page.submit("Delete contact").text
    assert "undo" not in user.get("/help").text.lower().replace("doesn't undo what", "")
    app.extensions["store"].close()


def test_the_list_comes_back_as_it_was(user: PageClient, phonebook: PhonebookState) -> None:
    for number in (MARI, JAAN):
        phonebook.add_contact(number, lastName="Tamm")
    came_from = {"Referer": "http://localhost/contacts?q=tamm&group=none&sort=-number&page=7&evil=1"}
    page = user.get(f"/contacts/{MARI}", headers=came_from)
    assert page.link("Back to the list") == "/contacts?group=none&q=tamm&sort=-number&page=7"
    page = page.follow("Delete contact").submit("Delete contact")
    assert (page.notice, page.caption) == (f"“Tamm” ({shown(MARI)}) was deleted.", "1 of 1 contact matches “tamm”.")
    for forged in ("https://evil.example/contacts?q=x", "/groups", "//evil.example", "x"):
        asked = user.get(f"/contacts/{JAAN}/delete", query_string={"back": forged})
        assert asked.value("back") == ""
