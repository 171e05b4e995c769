"""Accounts as they are deployed: in the environment, with several workers and machines."""

import statistics
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace

import pytest
import requests
from bs4 import BeautifulSoup
from sqlalchemy import delete
from werkzeug.security import generate_password_hash

from tests.page_client import PASSWORD, PageClient
from tests.phonebook_state import PhonebookState
from tests.postgresql import PostgreSQL
from tests.serving.deployment import PATIENCE, Deployment, procfile
from webapp import create_app
from webapp.accounts.passwords import make_hash
from webapp.settings import Settings
from webapp.settings.users import read_accounts
from webapp.store import Store
from webapp.store.schema import attempts

GOOD = "plum-candle-orbit"
USERS = f"mari:editor:{make_hash(GOOD)} jaan:viewer:{generate_password_hash(GOOD, method='scrypt:32768:8:3')}"
REAL = {
    "MESSENTE_API_USERNAME": "sandbox",
    "MESSENTE_API_PASSWORD": PASSWORD,
    "SECRET_KEY": "canary-0123456789abcdefghijklmnopqrstuv",
    "DASHBOARD_USERS": USERS,
}

Start = Callable[..., Deployment]


@pytest.fixture
def start(phonebook: PhonebookState) -> Iterator[Start]:
    """Starts dashboards on one real phonebook."""
    with ExitStack() as stack:
        yield lambda *command, **settings: stack.enter_context(
            Deployment(*command, MESSENTE_API_URL=phonebook.url, **REAL | settings)
        )


def sign_in(session: requests.Session, url: str, name: str, password: str) -> requests.Response:
    """Open the form, and send it."""
    page = BeautifulSoup(session.get(f"{url}/sign-in", timeout=PATIENCE).text, "html.parser")
    data = {str(tag["name"]): str(tag.get("value", "")) for tag in page.select("main form input")}
    return session.post(f"{url}/sign-in", data=data | {"username": name, "password": password}, timeout=60)


def test_with_accounts_a_real_phonebook_is_served_to_the_network(start: Start, phonebook: PhonebookState) -> None:
    phonebook.add("Staff")
    deployment = start(*procfile())
    assert deployment.get("/groups").url.endswith("/sign-in?next=/groups")
    for name in ("Mari", "jaan"):
        with requests.Session() as session:
            assert "Staff" in sign_in(session, deployment.url, name, GOOD).text
            for _ in range(10):  # whichever worker answers
                assert session.get(f"{deployment.url}/groups", timeout=PATIENCE).url.endswith("/groups")
    with requests.Session() as session:
        assert sign_in(session, deployment.url, "mari", "wrong").status_code == 422
    output = "\n".join(deployment.lines)
    assert "event=sign-in " in output
    assert "account=mari" in output
    assert "canary" not in output
    assert GOOD not in output


@pytest.mark.long
def test_accounts_that_cannot_be_used_stop_the_start() -> None:
    deployment = Deployment(**REAL | {"DASHBOARD_USERS": "mari:editor:canary-plain"})
    assert deployment.wait() == 1
    output = "\n".join(deployment.lines)
    assert "  - DASHBOARD_USERS number 1 has no hash that is known" in output
    assert "canary" not in output


def guess(urls: list[str], number: int) -> Counter[int]:
    """Make so many guesses at the same time, each in its own browser."""

    def one(index: int) -> int:
        with requests.Session() as session:
            return sign_in(session, urls[index % len(urls)], "mari", f"wrong {index}").status_code

    with ThreadPoolExecutor(number) as pool:
        return Counter(pool.map(one, range(number)))


@pytest.mark.long
@pytest.mark.parametrize("workers", ["1", "2", "4"])
def test_guesses_are_counted_across_workers(start: Start, workers: str) -> None:
    deployment = start(WEB_CONCURRENCY=workers)
    answers = guess([deployment.url], 40)
    print(f"{workers} workers, 40 guesses at once: {dict(answers)}")
    assert answers == {422: 5, 429: 35}


@pytest.mark.long
def test_guesses_are_counted_across_machines(start: Start, postgresql: PostgreSQL) -> None:
    url = postgresql.new_database()
    store = Store(url)
    store.upgrade()
    store.close()
    machines = [start(WEB_CONCURRENCY="2", DATABASE_URL=url) for _ in range(2)]
    answers = guess([machine.url for machine in machines], 40)
    print(f"2 machines, 40 guesses at once: {dict(answers)}")
    assert answers == {422: 5, 429: 35}


@pytest.mark.long
def test_an_unknown_name_takes_as_long(settings: Settings, store: Store) -> None:
    """Compare the CPU time of whole responses, in turns, because other work on the machine disturbs the measurement."""
    app = create_app(replace(settings, users=read_accounts(f"mari:editor:{make_hash(GOOD)}")))
    user = PageClient(app.test_client())
    _, data = user.get("/sign-in").fields("Sign in", password="wrong")
    took: dict[str, list[float]] = {"mari": [], "nobody": []}
    for number in range(60):
        for name, times in took.items():
            typed = name if name == "mari" else f"{name}{number % 10}"
            started = time.process_time()
            status = user.client.post("/sign-in", data=data | {"username": typed}).status_code
            times.append(time.process_time() - started)
            assert status == 422
            with store.write() as connection:
                connection.execute(delete(attempts))
    ratio = statistics.median(took["nobody"]) / statistics.median(took["mari"])
    print(f"names that nobody has take {ratio:.2f} of the time of those that somebody has")
    app.extensions["store"].close()
    assert 0.9 < ratio < 1.1
