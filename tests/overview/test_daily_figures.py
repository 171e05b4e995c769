"""The figures of each day: one row, on any number of machines, whatever happens to them."""

import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from subprocess import Popen

import pytest
from flask import Flask
from sqlalchemy import insert, select

from tests.page_client import PageClient, words
from tests.phonebook_state import PhonebookState
from webapp import create_app
from webapp.overview import figures
from webapp.overview.daily import do_daily_work
from webapp.overview.figures import DayFigures
from webapp.overview.growth import draw
from webapp.settings import Settings
from webapp.store import Store
from webapp.store.schema import daily_figures


@pytest.fixture
def on_any_store(settings: Settings, any_store: str) -> Settings:
    return replace(settings, database_url=any_store)


def rows(store: Store) -> list[tuple[date, int, int, int, int]]:
    names = ("day", "contacts", "groups", "in_no_group", "blacklisted")
    query = select(*(daily_figures.c[name] for name in names)).order_by(daily_figures.c.day)
    with store.read() as connection:
        return [tuple(row) for row in connection.execute(query)]


def add_days(store: Store, *days: tuple[int, int]) -> None:
    """Add figures: how many days ago, and how many contacts."""
    today = store.now().date()
    with store.write() as connection:
        for ago, contacts in days:
            values = {"day": today - timedelta(days=ago), "contacts": contacts}
            connection.execute(insert(daily_figures).values(groups=3, in_no_group=2, blacklisted=1, **values))


def fill(phonebook: PhonebookState) -> None:
    phonebook.add("Staff", contacts=3)
    phonebook.add_leaving("+37255550001", "2099-01-01")
    phonebook.blacklist("+37255550001")


def test_the_first_visit_of_a_day_records_its_figures(
    user: PageClient, phonebook: PhonebookState, store: Store
) -> None:
    fill(phonebook)
    user.get("/")
    phonebook.add("Drivers", contacts=1)
    user.get("/")
    assert [row[1:] for row in rows(store)] == [(4, 1, 1, 1)]


def test_unknown_figures_are_not_recorded(user: PageClient, phonebook: PhonebookState, store: Store) -> None:
    fill(phonebook)
    unreadable = b'{"contacts": [{"phoneNumber": "+37255550001"}, {"phoneNumber": 7}]}'
    for answer in (("500 Internal Server Error", b""), ("200 OK", unreadable)):
        phonebook.instead_path = {"/v1/phonebook/contacts": answer}
        user.get("/")
    assert rows(store) == []


def test_two_machines_at_the_same_moment(
    on_any_store: Settings, phonebook: PhonebookState, open_store: Callable[[str], Store]
) -> None:
    fill(phonebook)
    apps = [create_app(on_any_store) for _ in range(4)]
    start = threading.Barrier(8)

    def visit(app: Flask) -> None:
        start.wait()
        assert app.test_client().get("/").status_code == 200

    def work(app: Flask) -> None:
        start.wait()
        with app.app_context():
            do_daily_work()

    threads = [threading.Thread(target=do, args=(app,)) for app in apps for do in (visit, work)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert [row[1:] for row in rows(open_store(on_any_store.database_url))] == [(4, 1, 1, 1)]
    for app in apps:
        app.extensions["store"].close()


def test_figures_are_deleted_after_400_days(user: PageClient, store: Store) -> None:
    add_days(store, (399, 1), (400, 2), (401, 3), (402, 4), (500, 5))
    user.get("/")
    assert [row[1] for row in rows(store)][:-1] in ([2, 1], [3, 2, 1])  # the team's day may be one ahead of UTC's


def test_members_are_compared_once_a_day(app: Flask, phonebook: PhonebookState) -> None:
    first, second = phonebook.add("Staff"), phonebook.add("Drivers")
    phonebook.add("Other size", contacts=3)
    phonebook.add_contact("+37255550001", first, second)
    with app.app_context():
        do_daily_work()
        assert [set(each) for each in figures.read_same_members().groups] == [{first, second}]  # type: ignore[union-attr]
        assert phonebook.calls.count("GET /v1/phonebook/contacts") == 3  # all contacts, and two groups
        phonebook.calls.clear()
        do_daily_work()
    assert phonebook.calls == []


def test_a_comparison_that_fails_is_made_again(app: Flask, phonebook: PhonebookState, store: Store) -> None:
    first, second = phonebook.add("Staff"), phonebook.add("Drivers")
    phonebook.add_contact("+37255550001", first, second)
    phonebook.instead_path = {f"/v1/phonebook/contacts?groupIds={second}": ("500 Internal Server Error", b"")}
    with app.app_context():
        do_daily_work()
        assert figures.read_same_members() is None
        phonebook.instead_path = {}
        do_daily_work()
        assert figures.read_same_members() is None, "another machine might still be comparing"
        with store.write() as connection:
            connection.execute(daily_figures.update().values(compared=store.now() - figures.COMPARING))
        do_daily_work()
        assert figures.read_same_members()


WORK = """
import os, sys
from dataclasses import replace
from webapp import create_app
from webapp.overview.daily import do_daily_work
from webapp.settings import Settings
app = create_app(Settings(api_url=sys.argv[1], api_username="sandbox", api_password=sys.argv[2], secret_key="k" * 32,
                          database_url=sys.argv[3], sandbox=True))
print("ready", flush=True)
with app.app_context():
    do_daily_work()
"""


@pytest.mark.long
def test_workers_that_are_killed(on_any_store: Settings, phonebook: PhonebookState) -> None:
    fill(phonebook)
    url, kills = on_any_store.database_url, 0
    app = create_app(on_any_store)
    store: Store = app.extensions["store"]  # a second one of this process would drop its locks on a SQLite file
    command = [sys.executable, "-c", WORK, phonebook.url, on_any_store.api_password, url]
    for delay in (0.0, 0.01, 0.02, 0.03, 0.05, 0.1):
        with store.write() as connection:
            connection.execute(daily_figures.delete())
        machines = [Popen(command, stdout=-1, env=os.environ | {"PYTHONPATH": os.getcwd()}) for _ in range(2)]  # noqa: PTH109
        for machine in machines:
            assert machine.stdout
            machine.stdout.readline()
        time.sleep(delay)
        for machine in machines:
            machine.send_signal(signal.SIGKILL)
            kills += machine.wait() == -signal.SIGKILL
            assert machine.stdout
            machine.stdout.close()
        assert len(rows(store)) <= 1
        with app.app_context():
            do_daily_work()
        assert [row[1:] for row in rows(store)] == [(4, 1, 1, 1)]
    store.close()
    assert kills


def test_growth(user: PageClient, store: Store) -> None:
    assert "Growth" not in user.get("/").text
    add_days(store, (1, 50), (40, 100), (80, 25), (390, 9))
    page = user.get("/")
    [line] = page.soup.select("polyline")
    points = [tuple(map(float, each.split(","))) for each in str(line["points"]).split()]
    assert [y for _, y in points] == [75, 0, 50, 100]
    assert points[0][0] == 0
    assert points[-1][0] == 300
    table = [words(row) for row in page.soup.select("#growth ~ details tbody tr")]
    assert 3 <= len(table) <= 4
    assert table[-1].endswith("25 3 2 1")


def test_a_year_is_drawn_in_time() -> None:
    days = [DayFigures(date(2026, 1, 1) + timedelta(days=each), each, 1, 1, 1) for each in range(366)]
    drawn = draw(days)
    assert drawn
    assert len(drawn.points.split()) == 366
    assert len(drawn.months) == 13
