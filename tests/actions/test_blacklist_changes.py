"""Changes to the blacklist: made, already so, looked up when unclear, described, and undone."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from tests.actions.store_fixtures import add_change, add_changes, add_job, all_changes
from tests.contacts.contact_fixtures import results_on, writes
from tests.page_client import PageClient, shown
from tests.phonebook_state import PhonebookState
from webapp.actions.job_runner import run_job
from webapp.store import Store

MARI, AINO, NOBODY = "+37255551234", "+37255551235", "+37255551236"


@pytest.fixture
def run(app: Flask, store: Store, phonebook: PhonebookState) -> Callable[..., int]:
    """Put Mari on the blacklist, and return a function that changes it in the background."""
    phonebook.add_contact(MARI, firstName="Mari")
    phonebook.add_contact(AINO, firstName="Aino")
    phonebook.blacklist(MARI)

    def run(kind: str, *numbers: str) -> int:
        action_id = add_changes(store, list(numbers), kind=kind, outcome="planned")
        add_job(store, action_id)
        with app.app_context():
            run_job(action_id)
        return action_id

    return run


def test_numbers_are_added_and_taken_off_again(
    user: PageClient, phonebook: PhonebookState, run: Callable[..., int]
) -> None:
    page = user.get(f"/actions/{run('block', MARI, AINO, NOBODY)}")
    assert page.h1 == "2 added to the blacklist · 1 unchanged"
    assert "Add 3 numbers to the blacklist" in page.text
    assert results_on(page) == {
        MARI: "Already on the blacklist",
        AINO: "Added to the blacklist",
        NOBODY: "Added to the blacklist",
    }
    assert "Mari" in page.text
    assert page.link(shown(AINO)) == f"/contacts/{AINO}"
    assert f"/contacts/{NOBODY}" not in str(page.soup), "it belongs to nobody"
    assert sorted(phonebook.blacklisted()) == [MARI, AINO, NOBODY]
    page = page.follow("Undo this action")
    assert "2 numbers will be taken off the blacklist." in page.text
    page = page.submit("Undo")
    assert page.h1 == "2 taken off the blacklist"
    assert phonebook.blacklisted() == [MARI]
    page.follow("Undo this action").submit("Undo")
    assert sorted(phonebook.blacklisted()) == [MARI, AINO, NOBODY]


def test_a_number_that_was_off_the_blacklist_already(
    user: PageClient, phonebook: PhonebookState, run: Callable[..., int]
) -> None:
    page = user.get(f"/actions/{run('unblock', MARI, NOBODY)}")
    assert results_on(page) == {MARI: "Taken off the blacklist", NOBODY: "Was not on the blacklist any more"}
    assert "Take 2 numbers off the blacklist" in page.text
    page = page.follow("Undo this action")
    assert f"{shown(MARI)} will be added to the blacklist." in page.text
    phonebook.blacklist(MARI)
    assert page.submit("Undo").status == 409, "somebody else was faster"


def test_one_call_decides_what_was_unclear(user: PageClient, store: Store, phonebook: PhonebookState) -> None:
    unclear: dict[str, Any] = {"outcome": "unknown", "error": "TimedOut", "changed": "unknown", "days": 0.1}
    phonebook.blacklist(MARI)
    block = add_changes(store, [MARI, AINO], kind="block", **unclear)
    unblock = add_change(store, kind="unblock", number=AINO, **unclear)
    user.get("/activity")
    assert [row["outcome"] for row in all_changes(store)] == ["confirmed", "not found later", "confirmed"]
    assert [call for call in phonebook.calls if "blacklist" in call] == ["GET /v1/phonebook/blacklist"]
    page = user.get(f"/actions/{block}/undo")
    assert "It is unclear whether 1 contact was added to the blacklist by this action or earlier." in page.text
    page.submit("Undo", anyway=["y"])
    assert phonebook.blacklisted() == []
    assert f"{shown(AINO)} will be added to the blacklist." in user.get(f"/actions/{unblock}/undo").text


def test_a_confirmed_addition_is_not_undone_unasked(user: PageClient, store: Store, phonebook: PhonebookState) -> None:
    phonebook.blacklist(MARI)
    block = add_change(store, number=MARI, kind="block", outcome="confirmed")
    page = user.get(f"/actions/{block}/undo").submit("Undo")
    assert page.h1 != "1 taken off the blacklist"
    assert writes(phonebook) == []
    assert "Added to the blacklist" in user.get("/activity").text, "a kind to filter by"
