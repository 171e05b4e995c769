"""Machines whose clocks differ or are set back: this locks nobody out, and no error gives a wrong reason."""

from collections.abc import Callable
from itertools import cycle
from pathlib import Path

import pytest
import requests
from bs4 import BeautifulSoup

from tests.accounts.test_deployed import GOOD, Start, start
from tests.actions.store_fixtures import all_changes
from tests.page_client import words
from tests.phonebook_state import PhonebookState
from tests.postgresql import PostgreSQL
from tests.serving.deployment import PATIENCE
from webapp.store import Store

__all__ = ["start"]

LIBRARY = next(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"), None)


def fill_in(session: requests.Session, url: str, there: str, **typed: str) -> BeautifulSoup:
    """Open a form on one machine, and send it to another."""
    page = BeautifulSoup(session.get(url, timeout=PATIENCE).text, "html.parser")
    data = {str(tag["name"]): str(tag.get("value", "")) for tag in page.select("main form input")}
    return BeautifulSoup(session.post(there, data=data | typed, timeout=PATIENCE).text, "html.parser")


@pytest.mark.long
@pytest.mark.parametrize("offset", ["+3s", "+50s"])
def test_machines_whose_clocks_differ(
    start: Start, phonebook: PhonebookState, postgresql: PostgreSQL, open_store: Callable[[str], Store], offset: str
) -> None:
    url = postgresql.new_database()
    store = open_store(url)
    store.upgrade()
    # gunicorn compares the times of files with a clock that is not faked.
    settings = {"DATABASE_URL": url, "WEB_CONCURRENCY": "1", "NO_FAKE_STAT": "1"}
    machines = [start(**settings), start(**settings, LD_PRELOAD=str(LIBRARY), FAKETIME=offset)]
    turns = cycle(machines)
    for number in range(4):
        here, there = next(turns).url, next(turns).url
        next(turns)
        with requests.Session() as session:
            page = fill_in(session, f"{here}/sign-in", f"{there}/sign-in", username="mari", password=GOOD)
            assert page.h1
            assert words(page.h1) == "Groups"
            page = fill_in(session, f"{here}/groups/new", f"{there}/groups/new", name=f"Group {number}")
            notice = page.select_one("[role=status]")
            assert notice
            assert words(notice) == f"“Group {number}” was created."
    assert len(phonebook.ids()) == 4
    assert [entry["outcome"] for entry in all_changes(store)] == ["done"] * 4
