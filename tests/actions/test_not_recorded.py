"""A change that can't be recorded is not sent, and no page claims an outcome that it can't read."""

from uuid import UUID

import pytest
from flask import Flask

from tests.actions.store_fixtures import all_changes
from tests.actions.test_run_once import AFTER, open_form, writes
from tests.faults.faulty_wire import until
from tests.page_client import PageClient
from tests.phonebook_state import PhonebookState
from webapp.settings import Settings
from webapp.store import Store
from webapp.store.engine import is_postgresql


def test_nothing_is_sent_if_the_store_cannot_be_read(
    user: PageClient, app: Flask, phonebook: PhonebookState, settings: Settings
) -> None:
    group = phonebook.add("Staff")
    forms = {kind: open_form(user, kind, group) for kind in AFTER}
    user.post(forms["create"][0], data=forms["create"][1])
    app.extensions["store"].close()
    app.extensions["store"] = Store("postgres://dashboard@127.0.0.1:1/none")
    phonebook.calls.clear()
    for kind, (path, data) in forms.items():
        page = user.post(path, data=data)
        assert page.status == 503
        assert (
            "We could not check whether this form was sent before. It was not sent to Messente now." in page.text
            or (kind == "delete" and page.h1 == "We could not check whether this form was sent before")
        )
        assert "othing was changed" not in page.text, "the first form has acted"
        assert kind == "delete" or page.value("name") == "Office"
        assert kind == "delete" or page.value("csrf_token") == data["csrf_token"], "still the same form"
    assert phonebook.calls == []
    app.extensions["store"] = Store(settings.database_url)
    path, data = forms["create"]
    assert user.post(path, data=data).notice == "“Office” was created."
    assert phonebook.groups() == {"Staff": 0, "Office": 0}


def refuse(store: Store, what: str) -> None:
    """Have the database refuse to insert or to update rows."""
    with store.write() as connection:
        if connection.dialect.name == "postgresql":
            body = "BEGIN RAISE EXCEPTION USING ERRCODE = '53100'; END"
            connection.exec_driver_sql(f"CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ {body} $$")
            action = "EXECUTE FUNCTION refuse()"
        else:
            action = "BEGIN SELECT RAISE(ABORT, 'database is full'); END"
        connection.exec_driver_sql(f"CREATE TRIGGER refuse BEFORE {what} ON changes FOR EACH ROW {action}")


@pytest.mark.parametrize("kind", AFTER)
def test_a_change_that_cannot_be_recorded_is_not_sent(
    user: PageClient, phonebook: PhonebookState, store: Store, kind: str
) -> None:
    group = phonebook.add("Staff", contacts=2)
    path, data = open_form(user, kind, group)
    refuse(store, "INSERT")
    page = user.post(path, data=data)
    assert page.status == 503
    assert "We could not record this" in page.text
    assert kind == "delete" or (page.value("name"), page.value("csrf_token")) == ("Office", data["csrf_token"])
    assert writes(phonebook) == []
    assert phonebook.groups() == {"Staff": 2}


def test_a_change_that_cannot_be_recorded_is_reported_as_done(
    user: PageClient, phonebook: PhonebookState, store: Store
) -> None:
    path, data = open_form(user, "create", UUID(int=0))
    refuse(store, "UPDATE")
    page = user.post(path, data=data)
    assert (page.h1, page.notice) == ("Office", "“Office” was created.")
    [entry] = all_changes(store)
    assert entry["outcome"] == "started"
    with store.write() as connection:
        connection.exec_driver_sql("DROP TRIGGER refuse" + (" ON changes" if is_postgresql(store.engine) else ""))
    assert until(lambda: all_changes(store)[0]["outcome"] == "done")
