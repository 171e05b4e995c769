"""Answers are never mixed up, and neither cookies nor late answers of the API are kept."""

import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest

from tests.page_client import PASSWORD
from tests.phonebook.fake_api import FakeApi, Handler, answer
from tests.phonebook.test_deadline import DEADLINE, LIST, PATIENCE, client_of, seconds
from tests.phonebook_state import PhonebookState
from webapp.phonebook.errors import ConnectionLost, TimedOut

ROOT = Path(__file__).parents[2]


def test_answers_do_not_cross_between_threads(phonebook: PhonebookState) -> None:
    names = {phonebook.add(f"Group {number}"): f"Group {number}" for number in range(16)}
    client = client_of(phonebook.url, deadline=20, connections=16)

    def ask(group: UUID) -> bool:
        return all(client.get_group(group).name == names[group] for _ in range(25))

    with ThreadPoolExecutor(16) as pool:
        assert all(pool.map(ask, names))


def test_a_late_answer_is_discarded() -> None:
    late = threading.Event()

    def reply(handler: Handler) -> None:
        if len(api.requests) == 1:
            late.wait(30)
        handler.connection.sendall(answer("200 OK", LIST))

    with FakeApi(reply) as api:
        client = client_of(api.url, deadline=PATIENCE)
        seconds(replace(client, expires=time.monotonic() + DEADLINE).list_groups, TimedOut)
        late.set()
        assert client.list_groups().rows == ()
        assert len(api.requests) == 2


FORKING = """
import os, sys
from uuid import UUID
from webapp.phonebook import PhonebookClient, Transport
client = PhonebookClient(Transport(sys.argv[1], "sandbox", sys.argv[2], connections=4))
groups = client.list_groups().rows
children = []
for mine in groups:
    if (child := os.fork()) == 0:
        os._exit(not all(client.get_group(mine.id) == mine for _ in range(50)))
    children.append(child)
sys.exit(any(os.waitpid(child, 0)[1] for child in children))
"""


@pytest.mark.long
def test_a_session_from_before_a_fork_is_not_used_after_it(phonebook: PhonebookState) -> None:
    for number in range(4):
        phonebook.add(f"Group {number}")
    subprocess.run([sys.executable, "-c", FORKING, phonebook.url, PASSWORD], cwd=ROOT, check=True, timeout=30)


def test_cookies_of_the_api_are_dropped() -> None:
    with FakeApi(answer("200 OK", LIST, "Set-Cookie: session=canary; Path=/")) as api:
        client = client_of(api.url)
        client.list_groups()
        client.list_groups()
        assert not any(b"canary" in request or b"Cookie" in request for request in api.requests)


def test_a_lost_connection_is_not_a_timeout() -> None:
    with FakeApi(lambda _: None) as api:
        seconds(lambda: client_of(api.url).create_group("a"), ConnectionLost)
