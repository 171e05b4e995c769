"""A store's SQLite file: only its owner can read it, and replacing it is noticed."""

import contextlib
import os
import shutil
import signal
import sqlite3
import stat
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.actions.store_fixtures import add_change, all_changes
from tests.faults.faulty_wire import until
from tests.page_client import PASSWORD, SECRET_KEY, PageClient
from tests.phonebook_state import PhonebookState
from tests.serving.deployment import Deployment
from webapp import create_app
from webapp.settings import Settings
from webapp.store import Store, StoreError
from webapp.store.engine import SQLITE_TIMEOUT, sqlite_url

Opens = Callable[[str], Store]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "instance" / "store.sqlite3"


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize("mask", [0o000, 0o022])
def test_nobody_else_may_read_it(path: Path, open_store: Opens, mask: int) -> None:
    before = os.umask(mask)
    try:
        store = open_store(sqlite_url(path))
        add_change(store)
        files = {each.name: mode(each) for each in path.parent.iterdir()}
    finally:
        os.umask(before)
    assert files == dict.fromkeys(["store.sqlite3", "store.sqlite3-wal", "store.sqlite3-shm"], 0o600)
    assert mode(path.parent) == 0o700


def move(path: Path) -> None:
    path.rename(path.with_name("moved"))


def delete(path: Path) -> None:
    path.unlink()


def delete_folder(path: Path) -> None:
    shutil.rmtree(path.parent)


def delete_log(path: Path) -> None:
    """Delete the write-ahead log."""
    path.with_name(f"{path.name}-wal").unlink()


def restore(path: Path) -> None:
    """Replace it with a backup, as somebody might who forgets to stop the dashboard."""
    backup = path.with_name("backup")
    Store(sqlite_url(backup)).upgrade()
    backup.rename(path)


def empty(path: Path) -> None:
    path.with_name("empty").touch()
    path.with_name("empty").rename(path)


@pytest.mark.parametrize("harm", [move, delete, delete_folder, delete_log, restore, empty])
def test_no_other_file_takes_its_place(path: Path, open_store: Opens, harm: Callable[[Path], None]) -> None:
    store = open_store(sqlite_url(path))
    add_change(store)
    harm(path)
    for use in (store.try_out, lambda: add_change(store), lambda: all_changes(store)):
        with pytest.raises(StoreError, match=r"the store's file was (moved or deleted|replaced)"):
            use()
    assert path.exists() == (harm not in {move, delete, delete_folder}), "nor is a new one made"


def delete_all_and_move(store: Store, path: Path) -> None:
    with store.write() as connection:
        connection.exec_driver_sql("DELETE FROM changes")
        move(path)


def test_a_file_that_is_moved_during_a_change(path: Path, open_store: Opens) -> None:
    store = open_store(sqlite_url(path))
    add_change(store)
    with pytest.raises(StoreError, match="was moved or deleted"):
        delete_all_and_move(store, path)
    path.with_name("moved").rename(path)
    assert len(all_changes(store)) == 1
    store.try_out()


def test_a_form_does_not_act_twice(user: PageClient, phonebook: PhonebookState, tmp_path: Path) -> None:
    _, data = user.get("/groups/new").fields("Create group", name="Office")
    assert user.post("/groups/new", data=data).notice == "“Office” was created."
    delete(tmp_path / "store.sqlite3")
    page = user.post("/groups/new", data=data)
    assert (page.status, page.value("name")) == (503, "Office")
    assert phonebook.groups() == {"Office": 0}
    ready = user.client.get("/health/ready")
    assert (ready.status_code, "was moved or deleted" in ready.text) == (503, True)


@pytest.mark.long
def test_a_worker_that_is_started_later_uses_no_other_file(tmp_path: Path, phonebook: PhonebookState) -> None:
    path = tmp_path / "instance" / "store.sqlite3"
    settings = {
        "MESSENTE_API_URL": phonebook.url,
        "MESSENTE_API_USERNAME": "sandbox",
        "MESSENTE_API_PASSWORD": PASSWORD,
        "SECRET_KEY": SECRET_KEY,
    }
    with Deployment(DATABASE_URL=sqlite_url(path), WEB_CONCURRENCY="1", **settings) as deployment:
        assert until(deployment.is_ready)
        restore(path)
        [worker] = deployment.children()
        os.kill(worker, signal.SIGKILL)
        assert until(lambda: worker not in deployment.children())
        deployment.session.close()
        assert until(lambda: "was replaced" in deployment.get("/health/ready").text)


@pytest.mark.parametrize(("deadline", "button"), [(2, "Create group"), (2, "")])
def test_a_page_waits_for_a_locked_file_no_longer_than_a_page_may(
    settings: Settings, tmp_path: Path, deadline: int, button: str
) -> None:
    app = create_app(replace(settings, page_deadline=deadline))
    user = PageClient(app.test_client())
    form = user.get("/groups/new")
    with contextlib.closing(sqlite3.connect(tmp_path / "store.sqlite3", isolation_level=None)) as locker:
        locker.execute("BEGIN EXCLUSIVE")
        started = time.monotonic()
        page = form.submit(button, name="Office") if button else user.get("/groups")
        assert time.monotonic() - started < SQLITE_TIMEOUT
    assert page.status == (503 if button else 200)
    app.extensions["store"].close()
