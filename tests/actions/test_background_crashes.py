"""Background workers killed at any moment: no change is lost or made twice, and all are recorded."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

import pytest
from flask import Flask

from tests.actions.test_jobs import additions, job_row, outcomes, start
from tests.actions.test_undo import ask, newest, snapshot
from tests.page_client import PageClient
from tests.phonebook_state import PhonebookState
from tests.serving.deployment import PATIENCE, ROOT, environment
from webapp.actions.models import ChangeKind, JobState
from webapp.actions.plan import NewGroup, Plan, PlannedChange
from webapp.phonebook import Group
from webapp.settings import Settings
from webapp.store import Store

NUMBERS = [f"+3725555{number:04}" for number in range(230)]
KILLS = int(os.environ.get("KILLS", "4"))
"""How often a worker is killed; more for a proof by hand."""


@pytest.fixture
def store(app: Flask) -> Store:
    """The dashboard's own: a second one of this process would drop the first one's locks on a SQLite file."""
    found: Store = app.extensions["store"]
    return found


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """What the workers print."""
    return tmp_path / "log"


@contextmanager
def worker(settings: Settings, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run a background worker in a process of its own."""
    env = environment(
        MESSENTE_API_URL=settings.api_url,
        MESSENTE_API_USERNAME=settings.api_username,
        MESSENTE_API_PASSWORD=settings.api_password,
        DATABASE_URL=settings.database_url,
        SECRET_KEY=settings.secret_key,
        API_RATE="10000",
        LOG_LEVEL="WARNING",
        PYTHONFAULTHANDLER="1",
    )
    with log.open("ab") as lines:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.actions.short_lease", "work"],
            cwd=ROOT,
            env=env,
            stdout=lines,
            stderr=lines,
        )
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()
            process.wait()


def sent(phonebook: PhonebookState) -> list[str]:
    return [call for call in phonebook.calls if not call.startswith("GET")]


def wait_for_calls(phonebook: PhonebookState, count: int, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + PATIENCE
    while len(sent(phonebook)) < count:
        assert time.monotonic() < end, log.read_text() or "the worker makes no calls"
        assert process.poll() is None, log.read_text() or "the worker has ended"
        time.sleep(0.005)


def finish(settings: Settings, store: Store, action_id: int, log: Path) -> None:
    """Let a worker run the job to its end."""
    with worker(settings, log) as process:
        end = time.monotonic() + 3 * PATIENCE
        while job_row(store, action_id)["state"] == JobState.ACTIVE:
            assert time.monotonic() < end, log.read_text()
            assert process.poll() is None, log.read_text()
            time.sleep(0.1)


def kill_workers(settings: Settings, phonebook: PhonebookState, chance: random.Random, calls: int, log: Path) -> None:
    """Kill some workers one after the other, the first of them at the first call."""
    phonebook.calls.clear()
    wanted = 1
    for _ in range(KILLS):
        with worker(settings, log) as process:
            wait_for_calls(phonebook, min(wanted, calls), process, log)
            process.send_signal(signal.SIGKILL)
        wanted = len(sent(phonebook)) + chance.randint(1, 60)


def prepare(app: Flask, phonebook: PhonebookState, kind: ChangeKind) -> Plan:
    """Fill the phonebook, and plan 230 changes of a kind."""
    if kind in {ChangeKind.RENAME, ChangeKind.DELETE}:
        ids = [phonebook.add(f"Group {number}") for number in range(len(NUMBERS))]
        groups = [Group(id=each, name=f"Group {number}", contacts_count=0) for number, each in enumerate(ids)]
        return Plan(
            [
                [PlannedChange(kind=kind, group=group, name=f"Team {number}" if kind is ChangeKind.RENAME else None)]
                for number, group in enumerate(groups)
            ]
        )
    staff = phonebook.add("Staff")
    if kind is not ChangeKind.CREATE_CONTACT:
        for number in NUMBERS:
            phonebook.add_contact(number, *[staff] if kind is ChangeKind.REMOVE else [])
    group = Group(id=staff, name="Staff", contacts_count=0)
    details = {"company": "Acme"} if kind is ChangeKind.CHANGE_CONTACT else {}
    return Plan([[PlannedChange(kind=kind, group=group, number=number, details=details)] for number in NUMBERS])


EXPECTED: dict[ChangeKind, Callable[[PhonebookState], bool]] = {
    ChangeKind.RENAME: lambda phonebook: set(phonebook.groups()) == {f"Team {number}" for number in range(230)},
    ChangeKind.DELETE: lambda phonebook: phonebook.groups() == {},
    ChangeKind.ADD: lambda phonebook: phonebook.groups() == {"Staff": 230},
    ChangeKind.REMOVE: lambda phonebook: phonebook.groups() == {"Staff": 0} and phonebook.numbers() == NUMBERS,
    ChangeKind.CREATE_CONTACT: lambda phonebook: phonebook.numbers() == NUMBERS,
    ChangeKind.CHANGE_CONTACT: lambda phonebook: all(
        (phonebook.contact(number) or {})["company"] == "Acme" for number in NUMBERS[::20]
    ),
    ChangeKind.DELETE_CONTACT: lambda phonebook: phonebook.numbers() == [],
}


@pytest.mark.long
@pytest.mark.parametrize("kind", EXPECTED)
def test_killed_workers(
    app: Flask, settings: Settings, phonebook: PhonebookState, store: Store, log: Path, kind: ChangeKind
) -> None:
    chance = random.Random(kind)
    action_id = start(app, prepare(app, phonebook, kind))
    phonebook.calls.clear()
    phonebook.bodies.clear()
    phonebook.meanwhile = lambda: time.sleep(0.01)
    for _ in range(KILLS):
        with worker(settings, log) as process:
            wait_for_calls(phonebook, min(len(sent(phonebook)) + chance.randint(1, 40), len(NUMBERS) - 5), process, log)
            process.send_signal(signal.SIGKILL)
    finish(settings, store, action_id, log)
    assert EXPECTED[kind](phonebook)
    # A call whose body the killed worker had not sent yet has arrived, but was not made.
    has_body = kind in {ChangeKind.RENAME, ChangeKind.CREATE_CONTACT, ChangeKind.CHANGE_CONTACT}
    made = [str(body) for body in phonebook.bodies] if has_body else sent(phonebook)
    assert len(made) == len(NUMBERS), "nothing is sent twice"
    assert set(outcomes(store, action_id)) <= {"done", "confirmed"}
    assert sum(outcomes(store, action_id).values()) == len(NUMBERS)


@pytest.mark.long
def test_a_worker_that_is_asked_to_stop_loses_nothing(
    app: Flask, settings: Settings, phonebook: PhonebookState, store: Store, log: Path
) -> None:
    staff = phonebook.add("Staff")
    for number in NUMBERS:
        phonebook.add_contact(number)
    action_id = start(app, additions(app, staff))
    phonebook.calls.clear()
    phonebook.meanwhile = lambda: time.sleep(0.01)
    for _ in range(KILLS):
        if len(sent(phonebook)) > len(NUMBERS) - 60:
            break  # the next worker might be done before it is asked
        with worker(settings, log) as process:
            wait_for_calls(phonebook, len(sent(phonebook)) + 5, process, log)
            process.terminate()
            assert process.wait(25) == 0, log.read_text()
        assert outcomes(store, action_id)["started"] == 0, "each call that was made is recorded"
        assert job_row(store, action_id)["lease_owner"] is None, "another worker can go on at once"
    finish(settings, store, action_id, log)
    assert phonebook.numbers(staff) == NUMBERS
    assert len(sent(phonebook)) == len(NUMBERS)
    assert outcomes(store, action_id) == {"done": len(NUMBERS)}


@pytest.mark.long
def test_a_group_s_members_follow_it_through_crashes(
    app: Flask, settings: Settings, phonebook: PhonebookState, store: Store, log: Path
) -> None:
    for number in NUMBERS:
        phonebook.add_contact(number)
    new = NewGroup("Choir")
    members = Plan([[PlannedChange(kind=ChangeKind.ADD, new_group=new, number=each)] for each in NUMBERS])
    action_id = start(app, Plan([[PlannedChange(kind=ChangeKind.CREATE, new_group=new, name="Choir")]], members))
    phonebook.calls.clear()
    phonebook.meanwhile = lambda: time.sleep(0.01)
    for count in (1, 2, 50):  # the first is killed while the group is being created
        with worker(settings, log) as process:
            wait_for_calls(phonebook, count, process, log)
            process.send_signal(signal.SIGKILL)
    finish(settings, store, action_id, log)
    assert phonebook.groups() == {"Choir": len(NUMBERS)}
    assert phonebook.numbers(UUID(phonebook.ids()[0])) == NUMBERS
    assert len(sent(phonebook)) == len(NUMBERS) + 1


@pytest.mark.long
def test_groups_of_one_name_are_created_once_each(
    app: Flask, settings: Settings, phonebook: PhonebookState, store: Store, log: Path
) -> None:
    for number in NUMBERS:
        phonebook.add_contact(number)
    new = [NewGroup("Choir") for _ in range(6)]
    creations = [[PlannedChange(kind=ChangeKind.CREATE, new_group=each, name=each.name)] for each in new]
    members = [
        [PlannedChange(kind=ChangeKind.ADD, new_group=new[place % len(new)], number=number)]
        for place, number in enumerate(NUMBERS)
    ]
    action_id = start(app, Plan(creations, Plan(members)))
    phonebook.calls.clear()
    phonebook.meanwhile = lambda: time.sleep(0.01)
    for count in (2, 4, 7, 50):  # some are killed while groups are being created
        with worker(settings, log) as process:
            wait_for_calls(phonebook, count, process, log)
            process.send_signal(signal.SIGKILL)
    finish(settings, store, action_id, log)
    expected = sorted(NUMBERS[place :: len(new)] for place in range(len(new)))
    assert sorted(phonebook.numbers(UUID(each)) for each in phonebook.ids()) == expected
    assert set(outcomes(store, action_id)) <= {"done", "confirmed"}


def in_no_group(phonebook: PhonebookState) -> set[str]:
    grouped = {number for group in phonebook.ids() for number in phonebook.numbers(UUID(group))}
    return set(phonebook.numbers()) - grouped


def begin(user: PageClient, phonebook: PhonebookState, what: str, choirs: list[UUID]) -> int:
    """Begin something with three groups and an empty one; return how many calls it takes."""
    if what == "delete":
        old = [phonebook.add(f"Old {number}") for number in range(200)]
        user.get("/groups/delete", query_string={"all": "1"}).submit("Delete groups")
        return len(choirs) + len(old)
    into = {"into": "new", "name": "Choir"} if what == "merge into a new group" else {"into": str(choirs[3])}
    user.get("/groups/merge", query_string={"group": choirs}).submit("Merge groups", **into)
    return len(NUMBERS) + (5 if into["into"] == "new" else 3)


@pytest.mark.long
@pytest.mark.parametrize("what", ["merge", "merge into a new group", "delete"])
def test_groups_survive_crashes(
    settings: Settings, user: PageClient, phonebook: PhonebookState, store: Store, log: Path, what: str
) -> None:
    chance, choirs = random.Random(what), [phonebook.add("Choir") for _ in range(4)]
    for place, number in enumerate(NUMBERS):
        phonebook.add_contact(number, choirs[0], *choirs[1 + place % 3 : 3])
    phonebook.add_contact("+37255559999")
    before = snapshot(phonebook)
    calls = begin(user, phonebook, what, choirs)
    lost: set[str] = set()
    alone = set(NUMBERS) if what == "delete" else set()

    def meanwhile() -> None:
        lost.update(in_no_group(phonebook) - alone)

    phonebook.meanwhile = (lambda: time.sleep(0.01)) if alone else meanwhile
    kill_workers(settings, phonebook, chance, calls - 2, log)
    finish(settings, store, newest(store), log)
    phonebook.meanwhile = None
    assert lost - {"+37255559999"} == set()
    assert len(sent(phonebook)) == calls, "nothing is sent twice"
    assert set(outcomes(store, newest(store))) <= {"done", "confirmed"}
    assert phonebook.groups() == ({} if what == "delete" else {"Choir": len(NUMBERS)})
    if what == "merge":
        # What was confirmed only afterwards may have been there before, so the page asks about it.
        ask(user, store).submit("Undo", anyway="y")
        phonebook.meanwhile = lambda: time.sleep(0.01)
        kill_workers(settings, phonebook, chance, 2 * len(NUMBERS), log)
        finish(settings, store, newest(store), log)
        assert snapshot(phonebook) == before
        put_back = sum(1 + len(members) for _, members in before["groups"]) - 1  # one of the groups was there
        assert len(sent(phonebook)) == put_back + len(NUMBERS), "nothing is sent twice"
