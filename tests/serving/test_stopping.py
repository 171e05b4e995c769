"""Stopping a deployment: SIGTERM loses no accepted request, and leaves no change without an outcome."""

import os
import random
import signal
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import requests
from bs4 import BeautifulSoup
from gunicorn.workers.gthread import DEFAULT_WORKER_DATA_TIMEOUT
from urllib3.exceptions import MaxRetryError, NewConnectionError

from tests.actions.store_fixtures import all_changes
from tests.page_client import PASSWORD, SECRET_KEY
from tests.phonebook_state import PhonebookState
from tests.serving.deployment import PATIENCE, Deployment
from webapp.store import Store
from webapp.store.engine import sqlite_url

ROUNDS, AT_ONCE, READERS = 20, 4, 8
LONGEST = 25
"""Seconds from SIGTERM to the end: platforms kill what is still there after 30."""

both_ways = pytest.mark.parametrize("everybody", [False, True], ids=["master", "all-processes"])


def terminate(deployment: Deployment, *, everybody: bool) -> float:
    """Ask the master to end, as Docker does, or all processes at once, as Heroku does; return how long the end took."""
    began = time.monotonic()
    for process in [*(deployment.children() if everybody else []), deployment.process.pid]:
        os.kill(process, signal.SIGTERM)
    assert deployment.wait() == 0
    return time.monotonic() - began


@dataclass
class Readers:
    """Clients that create one group after another until they can't connect any more.

    Every second one opens a connection for each request; the others reuse theirs.
    """

    url: str
    answers: Counter[tuple[str, int, str]] = field(default_factory=Counter)
    lost: list[str] = field(default_factory=list)
    at_it: threading.Event = field(default_factory=threading.Event)
    time: str = "before"
    """Before or after SIGTERM."""

    def read(self, number: int) -> None:
        with requests.Session() as session:
            session.trust_env = False
            if number % 2:
                session.headers["Connection"] = "close"
            made = 0
            while page := self.ask(session, "GET"):
                form = BeautifulSoup(page.text, "html.parser").select("main form input")
                data = {str(tag["name"]): str(tag.get("value", "")) for tag in form}
                if self.ask(session, "POST", data | {"name": f"{number}-{made}"}) is None:
                    return
                made += 1
                self.at_it.set()

    def ask(
        self, session: requests.Session, method: str, data: dict[str, str] | None = None
    ) -> requests.Response | None:
        """Send a request; it is lost if it gets no answer although the connection was accepted."""
        begun = self.time
        try:
            answer = session.request(
                method, f"{self.url}/groups/new", data=data, timeout=2 * LONGEST, allow_redirects=False
            )
        except requests.ConnectionError as error:
            [reason] = error.args
            if not (isinstance(reason, MaxRetryError) and isinstance(reason.reason, NewConnectionError)):
                self.lost.append(f"{method} begun {begun} SIGTERM: {reason}")
            return None
        self.answers[method, answer.status_code, begun] += 1
        return answer


@dataclass
class Stop:
    """The result of one stop."""

    took: float
    readers: Readers
    outcomes: list[str]
    """How the changes ended, by the record."""
    groups: int
    """How many there are in the phonebook."""


@contextmanager
def deployed(phonebook: PhonebookState, folder: Path, *command: str) -> Iterator[Deployment]:
    with Deployment(
        *command,
        MESSENTE_API_URL=phonebook.url, MESSENTE_API_USERNAME="sandbox", MESSENTE_API_PASSWORD=PASSWORD,
        SECRET_KEY=SECRET_KEY, DATABASE_URL=sqlite_url(folder / "store.sqlite3"), WEB_CONCURRENCY="2",
    ) as deployment:  # fmt: skip
        yield deployment


def outcomes(folder: Path) -> list[str]:
    store = Store(sqlite_url(folder / "store.sqlite3"))
    found = [entry["outcome"] for entry in all_changes(store)]
    store.close()
    return found


def stop_under_load(folder: Path, number: int, *, everybody: bool) -> Stop:
    chance = random.Random(number)
    with PhonebookState(PASSWORD) as phonebook:
        phonebook.meanwhile = lambda: time.sleep(chance.uniform(0, 0.4))  # as Messente takes its time
        with deployed(phonebook, folder) as deployment, ThreadPoolExecutor(READERS) as pool:
            readers = Readers(deployment.url)
            reading = [pool.submit(readers.read, number) for number in range(READERS)]
            assert readers.at_it.wait(PATIENCE)
            time.sleep(chance.uniform(0, 0.6))  # so that it comes at any moment of what they do
            readers.time = "after"
            took = terminate(deployment, everybody=everybody)
            for each in reading:
                each.result()
        return Stop(took, readers, outcomes(folder), len(phonebook.groups()))


@pytest.mark.long
@both_ways
def test_under_load_nothing_is_lost(tmp_path: Path, everybody: bool) -> None:
    folders = [tmp_path / str(number) for number in range(ROUNDS)]
    for folder in folders:
        folder.mkdir()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        stops = list(pool.map(lambda folder: stop_under_load(folder, int(folder.name), everybody=everybody), folders))
    answers: Counter[tuple[str, int, str]] = sum((stop.readers.answers for stop in stops), Counter())
    after = sum(count for (_, _, begun), count in answers.items() if begun == "after")
    lost = [each for stop in stops for each in stop.readers.lost]
    recorded = Counter(outcome for stop in stops for outcome in stop.outcomes)
    took = [stop.took for stop in stops]
    print(
        f"SIGTERM to {'all processes' if everybody else 'the master'}, {ROUNDS} times, each under {READERS} readers:"
        f" {answers.total()} requests answered, {after} of them begun after it, {len(lost)} lost;"
        f" {recorded.total()} changes, {recorded.total() - recorded['done']} not settled;"
        f" the end took {min(took):.1f} to {max(took):.1f} s"
    )
    assert lost == []
    assert {(method, status) for method, status, _ in answers} == {("GET", 200), ("POST", 303)}
    assert set(recorded) == {"done"}
    assert all(stop.groups == len(stop.outcomes) for stop in stops)
    assert max(took) < LONGEST


@pytest.mark.long
@both_ways
def test_the_longest_request_gets_its_answer(tmp_path: Path, everybody: bool) -> None:
    """Messente doesn't answer until the page's time is over."""
    with PhonebookState(PASSWORD) as phonebook, deployed(phonebook, tmp_path) as deployment:
        page = BeautifulSoup(deployment.get("/groups/new").text, "html.parser")
        data = {str(tag["name"]): str(tag.get("value", "")) for tag in page.select("main form input")}
        phonebook.held = threading.Event()
        with ThreadPoolExecutor() as pool:
            answer = pool.submit(
                deployment.session.post, f"{deployment.url}/groups/new", data | {"name": "Staff"}, timeout=2 * LONGEST
            )
            while "POST /v1/phonebook/groups" not in phonebook.calls:
                time.sleep(0.01)
            took = terminate(deployment, everybody=everybody)
            assert answer.result().status_code == 504
        phonebook.held.set()
    print(f"with a request that takes as long as any may, the end took {took:.1f} s")
    assert outcomes(tmp_path) == ["unknown"]
    assert took < LONGEST


@pytest.mark.long
def test_stopping_does_not_wait_for_idle_connections(phonebook: PhonebookState, tmp_path: Path) -> None:
    """Browsers open such connections in advance."""
    with deployed(phonebook, tmp_path) as deployment:
        host, port = deployment.url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port))):
            time.sleep(DEFAULT_WORKER_DATA_TIMEOUT + 1)  # then it is left to itself
            took = terminate(deployment, everybody=True)
    print(f"with a silent connection, the end took {took:.1f} s")
    assert took < LONGEST / 2


@pytest.mark.long
@both_ways
def test_workers_that_still_boot_end_too(phonebook: PhonebookState, tmp_path: Path, everybody: bool) -> None:
    with deployed(phonebook, tmp_path, "gunicorn", "-c", "tests/serving/slow_start.py") as deployment:
        for _ in range(2):
            deployment.line("Booting worker")
        took = terminate(deployment, everybody=everybody)
    print(f"SIGTERM during the start: the end took {took:.1f} s")
    assert took < LONGEST / 2


@pytest.mark.long
def test_new_workers_take_over_without_a_loss(phonebook: PhonebookState, tmp_path: Path) -> None:
    """SIGHUP ends the workers, and the listener stays; SIGUSR2 is refused."""
    with deployed(phonebook, tmp_path) as deployment, ThreadPoolExecutor(READERS) as pool:
        readers = Readers(deployment.url)
        reading = [pool.submit(readers.read, number) for number in range(READERS)]
        assert readers.at_it.wait(PATIENCE)
        old = set(deployment.children())
        os.kill(deployment.process.pid, signal.SIGHUP)
        os.kill(deployment.process.pid, signal.SIGUSR2)
        while old & set(deployment.children()):
            time.sleep(0.01)
        deployment.line("not started beside the old one")
        assert deployment.get("/groups").status_code == 200
        terminate(deployment, everybody=False)
        for each in reading:
            each.result()
    assert readers.lost == []
