"""The states of the overview, and of the page of its check-up."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from sqlalchemy import insert

from tests.actions.store_fixtures import add_change
from tests.browser.page_state import ODD, State
from webapp.overview.daily import do_daily_work
from webapp.store.schema import daily_figures

BROKEN = ("500 Internal Server Error", b"")


def faulty_phonebook(state: State) -> None:
    """A phonebook in which everything is wrong, with a year of figures and some actions."""
    for place, name in enumerate([*ODD, "Tallinn staff", "tallinn  staff", "Drivers"]):
        group = state.group(name, place)
        state.phonebook.add_contact(f"+3725555{place:04}", group, firstName=ODD[place % 5], company=ODD[0])
        state.phonebook.add_contact(f"+3725556{place:04}", group, firstName=ODD[place % 5], company=ODD[0])
    same = [state.group(name, 0) for name in ("Night shift", "Late shift")]
    state.phonebook.add_contact("+4402079460123", *same, firstName="Mari")
    state.phonebook.add_contact("+37212", firstName=ODD[1])
    state.group("Empty", 0)
    for days in (0, 1, 1, 1, 4, 9, 9, 20, 29):
        day = (datetime.now(UTC) + timedelta(days=days)).date().isoformat()
        state.phonebook.add_leaving(f"+37257{days:02}{state.phonebook.contacts():04}", day, firstName="Jaan")
    add_change(state.store, kind="delete", before=ODD[0], contacts=3)
    add_change(state.store, kind="rename", before="Staff", after=ODD[1])
    state.phonebook.blacklist("+37255550001")
    with state.app.app_context():
        do_daily_work()
    today = state.store.now().date()
    with state.store.write() as connection:
        for ago in range(1, 365, 3):
            figures = {"contacts": 1000 - ago, "groups": 20, "in_no_group": ago % 9, "blacklisted": 3}
            connection.execute(insert(daily_figures).values(day=today - timedelta(days=ago), **figures))


def overview(state: State) -> None:
    faulty_phonebook(state)
    state.open("/")


def check_up(state: State) -> None:
    faulty_phonebook(state)
    state.open("/check-up")


def without(state: State) -> None:
    faulty_phonebook(state)
    state.phonebook.instead_path = {f"/v1/phonebook/{name}": BROKEN for name in ("contacts", "blacklist")}
    state.open("/")


OVERVIEW_STATES: dict[str, Callable[[State], None]] = {
    "overview": overview,
    "overview-empty": lambda state: state.open("/"),
    "overview-without": without,
    "check-up": check_up,
    "check-up-clean": lambda state: state.open("/check-up"),
}
