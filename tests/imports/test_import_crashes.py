"""Background workers killed in the middle of an import, and of its undo: no row is lost, and none is made twice."""

import random
import signal
from dataclasses import replace
from pathlib import Path

import pytest

from tests.actions.test_background_crashes import KILLS, finish, sent, wait_for_calls, worker
from tests.actions.test_jobs import outcomes
from tests.actions.test_undo import snapshot
from tests.imports.import_fixtures import details, members, upload
from tests.page_client import PageClient
from tests.phonebook_state import PhonebookState
from webapp.settings import Settings
from webapp.store import Store

OLD = [f"+3725555{number:04}" for number in range(110)]
NEW = [f"+3725556{number:04}" for number in range(110)]
FILE = "Phone;Company;Groups\n" + "\n".join(
    [f"{number};New;Staff" for number in OLD] + [f"{number};Acme;Staff, Summer" for number in NEW]
)
CALLS = 1 + 110 * 2 + 110 * 3


@pytest.fixture
def settings(settings: Settings, any_store: str) -> Settings:
    return replace(settings, database_url=any_store)


@pytest.mark.long
def test_killed_workers(
    user: PageClient, settings: Settings, phonebook: PhonebookState, store: Store, tmp_path: Path
) -> None:
    chance, log = random.Random(7), tmp_path / "log"
    phonebook.add("Staff")
    for number in OLD:
        phonebook.add_contact(number, company="Old")
    before = snapshot(phonebook)

    def run_through_kills(action_id: int, calls: int) -> None:
        phonebook.calls.clear()
        for _ in range(KILLS):
            with worker(settings, log) as process:
                wait_for_calls(phonebook, min(len(sent(phonebook)) + chance.randint(1, 60), calls - 5), process, log)
                process.send_signal(signal.SIGKILL)
        finish(settings, store, action_id, log)
        assert set(outcomes(store, action_id)) <= {"done", "confirmed"}

    assert upload(user, FILE).submit("Import").path == "/actions/1"
    run_through_kills(1, CALLS)
    assert members(phonebook) == {"Staff": {*OLD, *NEW}, "Summer": {*NEW}}
    assert {details(phonebook, number)["company"] for number in OLD} == {"New"}
    assert sum(outcomes(store, 1).values()) == CALLS
    page = user.get("/actions/1/undo")
    if "It is unclear whether" in page.text:  # contacts were added without a clear answer
        page.submit("Undo", anyway=["y"])
    else:
        page.submit("Undo")
    run_through_kills(2, sum(outcomes(store, 2).values()))
    assert snapshot(phonebook) == before
