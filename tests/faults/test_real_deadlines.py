"""With the default deadlines, no page takes longer than 20 seconds, and no list longer than 10."""

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from tests.faults.catalogue import FAULTS
from tests.faults.faulty_wire import Answer, Connection, Wire
from tests.faults.test_outcomes import METHODS, act, user_of
from tests.page_client import PASSWORD
from tests.phonebook_state import SETTING_UP, PhonebookState
from webapp.settings import Settings

SLOW = ["says nothing", "drips its headers", "drips its body"]


def case(settings: Settings, operation: str, name: str) -> tuple[str, float, int]:
    """Run one fault, which lasts from the change on; return how long the page took."""
    phonebook = PhonebookState(PASSWORD)
    wire = Wire(phonebook.url)
    with SETTING_UP:
        user = user_of(replace(settings, connect_timeout=3.05), wire, Settings.page_deadline)
    with phonebook, wire:
        group = phonebook.add("Staff")

        def reply(connection: Connection, genuine: Answer) -> None:
            if operation == "list" or any(not request.startswith("GET ") for request in wire.requests):
                FAULTS[name].reply(connection, genuine)
            else:
                connection.send(genuine.whole)

        wire.fault, wire.methods, wire.carry_out = reply, frozenset({"GET", METHODS[operation]}), True
        started = time.monotonic()
        page = act(user, operation, group)
        return operation, time.monotonic() - started, page.status


@pytest.mark.long
def test_no_page_takes_longer_than_it_may(settings: Settings) -> None:
    cases = [(settings, operation, name) for operation in METHODS for name in SLOW]
    with ThreadPoolExecutor(len(cases)) as pool:
        took = list(pool.map(lambda arguments: case(*arguments), cases))
    for operation, seconds, status in took:
        print(f"{operation}: {seconds:.1f} s, {status}")
        assert seconds < (10 if operation == "list" else 20)
        assert status in {502, 504}
