"""Health checks: whether the process is up, and whether changes can be recorded."""

import pytest
from flask import Flask
from sqlalchemy import event

from tests.page_client import PageClient
from tests.phonebook_state import PhonebookState
from webapp.store import Store


def test_live_and_ready_without_a_call(user: PageClient, phonebook: PhonebookState) -> None:
    for path, words in (("/health/live", "live\n"), ("/health/ready", "ready\n")):
        answer = user.get(path).response
        assert (answer.status_code, answer.get_data(as_text=True)) == (200, words)
        assert "Set-Cookie" not in answer.headers
    assert phonebook.calls == []


def test_messente_being_down_makes_no_instance_unready(user: PageClient, phonebook: PhonebookState) -> None:
    phonebook.instead["GET"] = ("503 Service Unavailable", b"")
    assert user.get("/health/ready").status == 200


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
    answer = user.get("/health/ready").response
    assert answer.status_code == 503
    assert answer.get_data(as_text=True).startswith(words)
    assert user.get("/health/live").status == 200
    assert user.get("/groups").status == 200, "the phonebook can be looked at all the same"


def test_an_unreachable_store_is_reported_without_its_address(user: PageClient, app: Flask) -> None:
    app.extensions["store"] = Store("postgres://dashboard:canary-database@127.0.0.1:1/store")
    answer = user.get("/health/ready").response
    assert (answer.status_code, answer.get_data(as_text=True)) == (503, "not ready: the store can't be reached\n")
