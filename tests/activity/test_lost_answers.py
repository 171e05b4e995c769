"""PostgreSQL commits and its answer is lost: the page shows the true result."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask

from tests.actions.store_fixtures import all_changes
from tests.actions.test_run_once import AFTER, open_form, writes
from tests.activity.relay import Relay
from tests.faults.faulty_wire import until
from tests.page_client import PageClient
from tests.phonebook_state import PhonebookState
from tests.postgresql import PostgreSQL
from webapp import create_app
from webapp.settings import Settings
from webapp.store import Store

DONE = {
    "create": "“Office” was created",
    "rename": "“Staff” is now called “Office”",
    "delete": "“Staff” was deleted",
}


@pytest.fixture
def any_store(postgresql: PostgreSQL) -> str:
    return postgresql.new_store()


@pytest.fixture
def relay(any_store: str) -> Iterator[Relay]:
    with Relay(any_store) as relay:
        yield relay


@pytest.fixture
def app(settings: Settings, relay: Relay) -> Iterator[Flask]:
    app = create_app(replace(settings, database_url=relay.url))
    yield app
    app.extensions["store"].close()


@pytest.mark.parametrize("lost", [b"INSERT INTO changes", b"UPDATE changes"])
@pytest.mark.parametrize("kind", AFTER)
def test_a_change_continues_after_a_lost_answer(
    user: PageClient, phonebook: PhonebookState, store: Store, relay: Relay, kind: str, lost: bytes
) -> None:
    group = phonebook.add("Staff", contacts=2)
    path, data = open_form(user, kind, group)
    relay.lose = lost
    page = user.post(path, data=data)
    assert relay.lost == 1
    assert (page.status, page.notice.startswith(DONE[kind])) == (200, True)
    assert user.post(path, data=data).notice == page.notice
    assert (len(writes(phonebook)), phonebook.groups()) == (1, AFTER[kind])
    assert [entry["outcome"] for entry in all_changes(store)] == ["done"]


@pytest.mark.long
@pytest.mark.parametrize("kind", AFTER)
def test_an_unsent_change_is_reported_as_not_sent(
    user: PageClient, phonebook: PhonebookState, store: Store, relay: Relay, kind: str
) -> None:
    """After that, PostgreSQL can't be reached until the page's time is over."""
    group = phonebook.add("Staff", contacts=2)
    path, data = open_form(user, kind, group)
    relay.lose, relay.down_after = b"INSERT INTO changes", True
    page = user.post(path, data=data)
    assert (page.status, relay.lost) == (503, 1)
    assert "Changes are recorded before they are sent, and that failed." in page.text
    relay.down.clear()
    assert until(lambda: [entry["outcome"] for entry in all_changes(store)] == ["refused"])
    page = user.post(path, data=data)
    assert page.status == 503
    assert "Your groups were not changed. Changes are recorded before they are sent, and that failed." in page.text
    assert writes(phonebook) == []
    assert "the dashboard could not record it, so it was not sent to Messente" in user.get("/activity").text
    if kind != "delete":
        assert page.submit("Create group" if kind == "create" else "Rename group").notice.startswith(DONE[kind])


def test_an_action_of_several_changes_continues(
    user: PageClient, phonebook: PhonebookState, store: Store, relay: Relay
) -> None:
    staff = phonebook.add("Staff")
    numbers = ["+37255551234", "+37255551235"]
    for lost in (b"INSERT INTO changes", b"UPDATE changes"):
        phonebook.clear()
        staff = phonebook.add("Staff")
        form = user.get(f"/groups/{staff}/add-numbers")
        relay.lose = lost
        page = form.submit("Add numbers", numbers="\n".join(numbers), create=["y"])
        assert page.h1.endswith(" added")
        assert phonebook.numbers(staff) == numbers
    assert relay.lost == 2
    assert {entry["outcome"] for entry in all_changes(store)} == {"done"}
