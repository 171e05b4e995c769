"""A worker killed in the middle of an action: each line shows the true result, and nothing is sent twice."""

import threading
from collections import Counter
from collections.abc import Callable

import pytest
import requests
from bs4 import BeautifulSoup

from tests.actions.test_crashes import Victim, send_form
from tests.faults.faulty_wire import Answer, Connection, Wire, until
from tests.page_client import number_in, words
from tests.phonebook_state import PhonebookState
from tests.serving.deployment import PATIENCE
from webapp.store import Store

NUMBERS = [f"+3725555{number:04}" for number in range(40)]


@pytest.fixture
def store(any_store: str, open_store: Callable[[str], Store]) -> Store:
    return open_store(any_store)


@pytest.mark.long
def test_a_worker_killed_in_the_middle(phonebook: PhonebookState, any_store: str, store: Store) -> None:
    store.upgrade()
    staff = phonebook.add("Staff")
    for number in NUMBERS:
        phonebook.add_contact(number)
    path = f"/groups/{staff}/add-numbers"
    with Wire(phonebook.url) as wire:
        victim = Victim(phonebook, wire, store, any_store, "in the middle")
        lock, seen = threading.Lock(), 0

        def strike(connection: Connection, genuine: Answer) -> None:
            nonlocal seen
            with lock:
                seen += 1
                if seen == 15:
                    victim.kill()
            if seen < 15:
                connection.send(genuine.whole)

        with victim.deployment, requests.Session() as session:
            page = BeautifulSoup(session.get(victim.deployment.url + path, timeout=PATIENCE).text, "html.parser")
            [token] = page.select("form [name=csrf_token]")
            data = {"csrf_token": str(token["value"]), "numbers": "\n".join(NUMBERS)}
            wire.fault, wire.methods, wire.carry_out = strike, frozenset({"POST"}), True
            with pytest.raises(requests.ConnectionError):
                session.post(victim.deployment.url + path, data=data, timeout=PATIENCE)
            assert until(lambda: victim.kills == 1)
            wire.fault = None
            send_form(victim, path, data, session.cookies)
            results = victim.post(path, data, session.cookies)
        soup = BeautifulSoup(results.text, "html.parser")
        said = {number_in(words(row.th)): words(row.find_all("td")[-1]) for row in soup.select("tbody tr") if row.th}
        sent = Counter(each for each in wire.requests if each.startswith("POST"))
    assert max(sent.values()) == 1, "nothing is sent twice"
    assert 0 < len(sent) < len(NUMBERS)
    assert set(said) == set(NUMBERS)
    in_it = set(phonebook.numbers(staff))
    for number, what in said.items():
        if number in in_it:
            assert what in {"Added", "Done (confirmed later)"}
        else:
            assert what.startswith("Unknown whether this was added")
    assert len(in_it) < len(NUMBERS)
