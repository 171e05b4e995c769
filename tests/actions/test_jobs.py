"""Actions that run in the background: claimed, watched, stopped, and finished by another worker after a crash."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from flask import Flask
from huey import MemoryHuey
from sqlalchemy import delete, select, update

from tests.page_client import PageClient
from tests.phonebook_state import PhonebookState
from webapp.actions import claims, job_runner, jobs
from webapp.actions.background import EveryHour
from webapp.actions.job_runner import run_job
from webapp.actions.models import ChangeKind, JobState, Outcome
from webapp.actions.plan import NewGroup, Plan, PlannedChange
from webapp.store import Store
from webapp.store.schema import actions, change_data, changes
from webapp.store.schema import jobs as jobs_table

NUMBERS = [f"+3725555{number:04}" for number in range(230)]


@pytest.fixture
def staff(phonebook: PhonebookState) -> UUID:
    """A group, and 230 contacts that are not in it."""
    for number in NUMBERS:
        phonebook.add_contact(number)
    return phonebook.add("Staff")


def start(app: Flask, plan: Plan) -> int:
    """Record an action as a form would, and return its id."""
    with app.test_request_context():
        app.preprocess_request()
        return claims.claim("form", "", plan).id


def additions(app: Flask, group_id: UUID) -> Plan:
    with app.test_request_context():
        app.preprocess_request()
        group = app.extensions["phonebook"].get_group(group_id)
    return Plan([[PlannedChange(kind=ChangeKind.ADD, group=group, number=number)] for number in NUMBERS])


def outcomes(store: Store, action_id: int) -> Counter[str]:
    with store.read() as connection:
        query = select(changes.c.outcome).where(changes.c.action_id == action_id)
        return Counter(connection.execute(query).scalars())


def job_row(store: Store, action_id: int) -> dict[str, object]:
    with store.read() as connection:
        query = select(jobs_table).where(jobs_table.c.action_id == action_id)
        return dict(connection.execute(query).mappings().one())


def run(app: Flask, action_id: int) -> None:
    with app.app_context():
        run_job(action_id)


def added(phonebook: PhonebookState) -> list[str]:
    return [call for call in phonebook.calls if call.startswith("POST") and "/contacts/" in call]


def test_a_long_action_is_left_to_a_worker(app: Flask, phonebook: PhonebookState, store: Store, staff: UUID) -> None:
    action_id = start(app, additions(app, staff))
    assert added(phonebook) == []
    with app.app_context():
        assert jobs.find_runnable() == [action_id]
    run(app, action_id)
    assert phonebook.numbers(staff) == NUMBERS
    assert len(added(phonebook)) == len(NUMBERS)
    assert outcomes(store, action_id) == {"done": len(NUMBERS)}
    assert job_row(store, action_id)["state"] == JobState.FINISHED


def test_a_dead_worker_s_changes_are_looked_up(
    app: Flask, phonebook: PhonebookState, store: Store, staff: UUID
) -> None:
    action_id = start(app, additions(app, staff))
    with app.app_context():
        assert jobs.take(action_id, "dead")
        block = jobs.claim_block(action_id, "dead")
    for change in block[:20]:
        phonebook.join(change.number or "", staff)
    run(app, action_id)  # too early
    assert outcomes(store, action_id)["started"] == len(block)
    with store.write() as connection:
        connection.execute(update(jobs_table).values(lease_until=store.now() - timedelta(seconds=1)))
    phonebook.calls.clear()
    run(app, action_id)
    assert phonebook.numbers(staff) == NUMBERS
    assert outcomes(store, action_id) == {"confirmed": 20, "done": len(NUMBERS) - 20}
    assert len(added(phonebook)) == len(NUMBERS) - 20
    assert phonebook.calls.count("GET /v1/phonebook/contacts") == 1, "a block is looked up by one call"


def test_only_one_worker_runs_a_job(app: Flask, staff: UUID) -> None:
    action_id = start(app, additions(app, staff))
    with app.app_context():
        assert jobs.take(action_id, "one")
        assert jobs.take(action_id, "two") is None
        assert jobs.find_runnable() == []
        with pytest.raises(jobs.LeaseLost):
            jobs.claim_block(action_id, "two")


def test_a_stopped_job_is_resumed_later(app: Flask, phonebook: PhonebookState, store: Store, staff: UUID) -> None:
    action_id = start(app, additions(app, staff))
    stopped_at = 60

    def stop() -> None:
        if len(added(phonebook)) == stopped_at:
            with app.app_context():
                jobs.request_stop(action_id)

    phonebook.meanwhile = stop
    run(app, action_id)
    assert job_row(store, action_id)["state"] == JobState.STOPPED
    done = len(phonebook.numbers(staff))
    assert stopped_at <= done < len(NUMBERS)
    assert outcomes(store, action_id) == {"done": done, "planned": len(NUMBERS) - done}
    run(app, action_id)
    assert len(phonebook.numbers(staff)) == done
    with app.app_context():
        assert jobs.go_on(action_id)
    run(app, action_id)
    assert phonebook.numbers(staff) == NUMBERS


@pytest.mark.parametrize("status", ["503 Service Unavailable", "401 Unauthorized", "429 Too Many Requests"])
def test_a_job_waits_while_messente_can_t_be_used(
    app: Flask, phonebook: PhonebookState, store: Store, staff: UUID, status: str
) -> None:
    action_id = start(app, additions(app, staff))
    phonebook.instead["POST"] = status, b""
    phonebook.lets_pass, phonebook.retry_after = 10, 1
    run(app, action_id)
    waiting = job_row(store, action_id)
    assert waiting["state"] == JobState.ACTIVE
    assert waiting["reason"] in {"ServerFailed", "AccessRefused", "TooManyRequests"}
    assert waiting["resume_at"] is not None
    assert waiting["lease_owner"] is None
    assert outcomes(store, action_id)["started"] == 0
    phonebook.instead.clear()
    with app.app_context():
        assert jobs.find_runnable() == []
    with store.write() as connection:
        connection.execute(update(jobs_table).values(resume_at=store.now() - timedelta(seconds=1)))
    run(app, action_id)
    assert phonebook.numbers(staff) == NUMBERS
    assert job_row(store, action_id)["state"] == JobState.FINISHED
    assert set(outcomes(store, action_id)) <= {Outcome.DONE, Outcome.CONFIRMED}


def test_a_job_is_given_up_after_a_day(app: Flask, phonebook: PhonebookState, store: Store, staff: UUID) -> None:
    action_id = start(app, additions(app, staff))
    with store.write() as connection:
        connection.execute(update(jobs_table).values(failing_since=store.now() - timedelta(hours=25)))
    phonebook.instead["POST"] = "503 Service Unavailable", b""
    run(app, action_id)
    assert job_row(store, action_id)["state"] == JobState.STOPPED
    assert outcomes(store, action_id) == {"planned": len(NUMBERS)}


def test_hourly_work_is_due_once_an_hour_though_the_worker_asks_every_second() -> None:
    seconds = 0.0
    huey = MemoryHuey(results=False)
    huey.periodic_task(EveryHour(lambda: seconds))(lambda: None)
    due = []
    for seconds in map(float, range(3 * 3600)):
        due += [seconds] * len(huey.read_periodic(datetime(2026, 11, 26, tzinfo=UTC) + timedelta(seconds=seconds)))
    assert due == [3600, 7200]


def test_a_job_that_no_worker_has_run_for_a_day_is_stopped(
    app: Flask, user: PageClient, phonebook: PhonebookState, store: Store, staff: UUID
) -> None:
    """It may be from an old backup of the store, and have ended and been undone after that."""
    action_id, old = start(app, additions(app, staff)), store.now() - timedelta(hours=25)
    with store.write() as connection:
        connection.execute(update(actions).values(began=old))
    run(app, action_id)
    page = user.get(f"/actions/{action_id}")
    assert "This was stopped after a day, because no background worker ran." in page.text
    page.submit("Go on")
    with app.app_context():
        run_job(action_id, is_stopping=lambda: True)  # this worker is stopped at once
        assert jobs.take(action_id, "dead")
    with store.write() as connection:
        connection.execute(update(jobs_table).values(lease_until=old))
    run(app, action_id)
    assert added(phonebook) == []
    page.submit("Go on")
    run(app, action_id)
    assert phonebook.numbers(staff) == NUMBERS


@pytest.mark.parametrize("place", [7, 229])
def test_one_change_that_always_fails_does_not_hold_up_the_others(
    app: Flask, phonebook: PhonebookState, store: Store, staff: UUID, place: int
) -> None:
    action_id = start(app, additions(app, staff))
    path = f"/v1/phonebook/groups/{staff}/contacts/{NUMBERS[place]}"
    phonebook.instead_path[path] = "500 Internal Server Error", b""
    run(app, action_id)
    assert phonebook.numbers(staff) == [number for number in NUMBERS if number != NUMBERS[place]]
    assert outcomes(store, action_id) == {"done": len(NUMBERS) - 1, "unknown": 1}
    assert job_row(store, action_id)["state"] == JobState.FINISHED
    assert phonebook.calls.count(f"POST {path}") == job_runner.MAX_TRIES


def test_contacts_whose_details_have_expired_are_not_created_without_them(
    app: Flask, phonebook: PhonebookState, store: Store
) -> None:
    """A job can be resumed long after it was stopped."""
    details = {"first_name": "Mari"}
    creations = [PlannedChange(kind=ChangeKind.CREATE_CONTACT, number=each, details=details) for each in NUMBERS]
    action_id = start(app, Plan([[each] for each in creations]))
    with store.write() as connection:
        connection.execute(delete(change_data))
    run(app, action_id)
    assert phonebook.numbers() == []
    assert outcomes(store, action_id) == {"skipped": len(NUMBERS)}


def test_later_phases_need_the_earlier_ones(app: Flask, phonebook: PhonebookState, store: Store) -> None:
    for number in NUMBERS:
        phonebook.add_contact(number)
    new = NewGroup("Night shift")
    members = Plan([[PlannedChange(kind=ChangeKind.ADD, new_group=new, number=each)] for each in NUMBERS])
    plan = Plan([[PlannedChange(kind=ChangeKind.CREATE, new_group=new, name=new.name)]], members)
    action_id = start(app, plan)
    run(app, action_id)
    [group_id] = phonebook.ids()
    assert phonebook.numbers(UUID(group_id)) == NUMBERS
    phonebook.instead["POST"] = "400 Bad Request", b'{"errors": [{"title": "no", "detail": "no", "code": "101"}]}'
    with app.test_request_context():
        app.preprocess_request()
        refused = claims.claim("form 2", "", plan).id
    run(app, refused)
    assert outcomes(store, refused) == {"refused": 1, "skipped": len(NUMBERS)}
    assert job_row(store, refused)["state"] == JobState.FINISHED
