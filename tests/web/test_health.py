"""Health checks: whether the process is up, and whether changes can be recorded."""

import socket
import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import event

from tests.faults.faulty_wire import until
from tests.page_client import PageClient
from tests.phonebook_state import PhonebookState
from tests.postgresql import PostgreSQL
from webapp.store import Store

NO_ANSWER = "not ready: the store doesn't answer in time\n"


def ready(user: PageClient) -> str:
    """Return the answer of /health/ready."""
    return user.get("/health/ready").response.get_data(as_text=True)


def test_live_and_ready_without_a_call(user: PageClient, phonebook: PhonebookState) -> None:
    assert until(lambda: ready(user) == "ready\n")
    for path in ("/health/live", "/health/ready"):
        assert "Set-Cookie" not in user.get(path).response.headers
    assert user.get("/health/live").response.get_data(as_text=True) == "live\n"
    assert phonebook.calls == []


def test_messente_being_down_makes_no_instance_unready(user: PageClient, phonebook: PhonebookState) -> None:
    phonebook.instead["GET"] = ("503 Service Unavailable", b"")
    assert until(lambda: ready(user) == "ready\n")


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("PRAGMA query_only = on", "not ready: the store is read-only\n"),
        ("UPDATE alembic_version SET version_num = 'later'", "not ready: the store is ahead of the dashboard: "),
        ("DROP TABLE probe", "not ready: the store failed"),
    ],
)
def test_a_store_that_cannot_be_used_is_reported(user: PageClient, app: Flask, statement: str, words: str) -> None:
    store = app.extensions["store"]
    store.upgrade()
    event.listen(store.engine, "connect", lambda connection, _: connection.execute(statement))
    store.close()
    assert until(lambda: ready(user).startswith(words))
    assert user.get("/health/ready").status == 503
    assert user.get("/health/live").status == 200
    assert user.get("/groups").status == 200, "the phonebook can be looked at all the same"


def test_an_unreachable_store_is_reported_without_its_address(user: PageClient, app: Flask) -> None:
    app.extensions["store"] = Store("postgres://dashboard:canary-database@127.0.0.1:1/store")
    assert until(lambda: ready(user) == "not ready: the store can't be reached\n")


def test_postgresql_that_hangs_is_not_waited_for(user: PageClient, app: Flask, postgresql: PostgreSQL) -> None:
    """Its system accepts connections and data, but it never answers."""
    app.extensions["store"] = Store(postgresql.new_store())
    with closing(app.extensions["store"]):
        assert until(lambda: ready(user) == "ready\n")
        with postgresql.frozen():
            assert [ready(user) for _ in range(2)] == [NO_ANSWER, NO_ANSWER]
            assert user.get("/health/live").status == 200
        assert until(lambda: ready(user) == "ready\n")


def test_a_name_server_that_hangs_is_not_waited_for(
    user: PageClient, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    goes_on = threading.Event()

    def look_up(*_: object, **__: object) -> None:
        goes_on.wait()
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    app.extensions["store"] = Store("postgres://dashboard:canary-database@database.invalid/store")
    with monkeypatch.context() as patch:
        patch.setattr("psycopg._conninfo_attempts.socket.getaddrinfo", look_up)
        assert [ready(user) for _ in range(2)] == [NO_ANSWER, NO_ANSWER]
        goes_on.set()
        assert until(lambda: ready(user) == "not ready: the store can't be reached\n")


def test_a_locked_file_is_not_waited_for(user: PageClient, tmp_path: Path) -> None:
    [path] = tmp_path.glob("*.sqlite3")
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert ready(user) in {"not ready: the store is busy\n", NO_ANSWER}
    assert until(lambda: ready(user) == "ready\n")
