"""Record an action with its changes before the first call, and delete what has expired.

Recording an action also claims its form, across all workers and machines: only the request that recorded it runs it.
"""

import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from sqlalchemy import Connection, and_, delete, insert, select

from webapp.actions.models import Action, Change, ChangeKind, Job, JobState, Outcome
from webapp.actions.not_run import NotRun
from webapp.actions.plan import Plan, PlannedChange
from webapp.actions.record_later import record_later
from webapp.actions.records import CHANGE_COLUMNS, find_by_form, retention_start, store_data, to_job
from webapp.phonebook.errors import Changed, NotAsked
from webapp.store import AlreadyThere, StoreError
from webapp.store.schema import actions, change_data, changes, jobs
from webapp.text import searchable
from webapp.web.current import person, settings, store, time_left
from webapp.web.failures import Failure
from webapp.web.time_budget import Budget

MAX_CHANGES_ON_PAGE = 200
"""Changes that a page makes while the user waits; a longer plan is left to a background job."""

INSERTED_AT_A_TIME = 1000
"""Changes that one statement records."""

MAX_PRUNED = 200
"""Expired actions that are deleted when a new one is recorded; few, so that no user waits long for it."""


GOES_ON = Failure(
    "This can't be undone now",
    "Somebody has let it go on meanwhile. Nothing was undone. Wait until it has ended, or stop it.",
    409,
)


class AlreadyClaimed(Exception):
    """The form was submitted before."""


class NotRecorded(StoreError):
    """An action could not be recorded, so it must not be run."""


def claim(form: str, content: str, plan: Plan) -> Action:
    """Claim a form and record its action, before the first call.

    Args:
        form: the form's key.
        content: a digest of its fields.
        plan: at least one change. If it has more than MAX_CHANGES_ON_PAGE, the action is left to a background job.

    Raises:
        AlreadyClaimed: when another request with the same form was first.
        NotRun: when the action that this one undoes runs again.
        NotRecorded: when the store fails; the action must not be run.

    """
    now = store().now()
    action = {"form": form, "person": person(), "began": now, "content": content}
    action |= {"kind": plan.kind, "undoes": plan.undoes}
    in_job = len(plan.changes) > MAX_CHANGES_ON_PAGE
    return _claim(action, plan, in_job=in_job)


def _claim(action: dict[str, Any], plan: Plan, *, in_job: bool) -> Action:
    """Write an action and its changes in one transaction.

    If PostgreSQL's answer to the commit is lost, it is unknown whether they are stored. Then they are written again:
    either that succeeds, or the database reports that they exist.
    """
    pause, is_sent = 0.1, False
    while True:
        try:
            with store().write(patience=time_left(Budget.RECORD)) as connection:
                recorded = _insert(connection, action, plan, in_job=in_job)
                _delete_actions(connection)
                if any(change.replaced for change in plan.changes):  # the others need no more statements for it
                    _delete_data(connection)
                is_sent = True
            return recorded
        except AlreadyThere as error:
            existing = find_by_form(action["form"])
            if existing and is_sent and _began(existing.id) == action["began"]:
                return existing
            if existing:
                raise AlreadyClaimed from None
            raise NotRecorded(str(error)) from error
        except StoreError as error:
            left = time_left(Budget.RECORD)
            if not is_sent or not left:
                if is_sent:
                    _record_not_asked(action)
                raise NotRecorded(str(error)) from error
            time.sleep(min(pause, left))
            pause *= 2


def _began(action_id: int) -> datetime | None:
    with store().read() as connection:
        return connection.execute(select(actions.c.began).where(actions.c.id == action_id)).scalar()


def _insert(connection: Connection, action: dict[str, Any], plan: Plan, *, in_job: bool) -> Action:
    if plan.undoes:
        _check_stopped(connection, plan.undoes)
    action_id = connection.execute(insert(actions).values(action).returning(actions.c.id)).scalar_one()
    job = insert_job(connection, action_id) if in_job else None
    made: list[Change] = []
    in_order, last = _in_order(plan), 0
    while block := list(islice(in_order, INSERTED_AT_A_TIME)):
        rows = [_to_row(change, action, in_job=in_job) | place | {"action_id": action_id} for change, place in block]
        if in_job:  # returning the ids in order takes several times as long
            connection.execute(insert(changes), rows)
            own = and_(changes.c.action_id == action_id, changes.c.id > last)
            ids = connection.execute(select(changes.c.id).where(own).order_by(changes.c.id)).scalars().all()
            last = ids[-1]
        else:
            returning = insert(changes).returning(changes.c.id, sort_by_parameter_order=True)
            ids = connection.execute(returning, rows).scalars().all()
        found = [
            Change(
                **{name: value for name, value in row.items() if name in CHANGE_COLUMNS},
                person=action["person"],
                began=action["began"],
                id=change_id,
                details=change.details,
                replaced=change.replaced,
                is_running=row["outcome"] is not Outcome.SKIPPED,
            )
            for change_id, row, (change, _) in zip(ids, rows, block, strict=True)
            if not in_job or change.details or change.replaced
        ]
        store_data(connection, found, with_details=in_job)
        if not in_job:  # a job may have a hundred thousand
            made += found
    known = {name: action[name] for name in ("kind", "undoes", "content")}
    return Action(id=action_id, changes=tuple(made), job=job, **known)


def _check_stopped(connection: Connection, action_id: int) -> None:
    """Raise NotRun if an action that is to be undone runs again: it may have gone on while its undo was planned."""
    state = select(jobs.c.state).where(jobs.c.action_id == action_id).with_for_update()
    if connection.execute(state).scalar() == JobState.ACTIVE:
        raise NotRun(GOES_ON)


def insert_job(connection: Connection, action_id: int) -> Job:
    """Record that an action's planned changes are left to a background job."""
    values = {"action_id": action_id, "state": JobState.ACTIVE, "stop_requested": False}
    return to_job(connection.execute(insert(jobs).values(values).returning(jobs)).one())


def _record_not_asked(action: dict[str, Any]) -> None:
    """Record, as soon as the store works again, that an action was not run; it may or may not have been stored."""
    this = and_(actions.c.form == action["form"], actions.c.began == action["began"])
    values = {
        "outcome": Outcome.REFUSED,
        "error": NotAsked.__name__,
        "changed": Changed.NO.value,
    }
    record_later(changes.c.action_id.in_(select(actions.c.id).where(this)), values)


def _in_order(plan: Plan) -> Iterator[tuple[PlannedChange, dict[str, int]]]:
    """Yield the changes with their places."""
    place = 0
    for number, phase in enumerate(plan.phases):
        for step in phase.steps:
            for change in step:
                yield change, {"phase": number, "step": place}
            place += 1


def _to_row(change: PlannedChange, action: dict[str, Any], *, in_job: bool) -> dict[str, Any]:
    group, before = change.group, change.group_name
    to_do = Outcome.PLANNED if in_job else Outcome.STARTED
    return {
        "kind": change.kind,
        "group_id": group.id if group else None,
        "new_group": change.new_group.reference if change.new_group else None,
        "merged_into": change.merged_into.id if change.merged_into else None,
        "before": before,
        "asked": change.asked,
        "after": change.name,
        "contacts": group.contacts_count if group and change.kind is ChangeKind.DELETE else None,
        "duplicates": " ".join(str(group.id) for group in change.duplicates),
        "searched": searchable(before, change.name, change.number),
        "ended": action["began"] if change.skip_reason else None,
        "outcome": Outcome.SKIPPED if change.skip_reason else to_do,
        "error": None,
        "changed": None,
        "detail": change.skip_reason or None,
        "retry_after": None,
        "number": change.number,
    }


def prune() -> bool:
    """Delete a few expired actions, and some data that undo no longer needs; return whether there may be more."""
    with store().write() as connection:
        deleted = _delete_actions(connection), _delete_data(connection)
        return MAX_PRUNED in deleted


def _delete_actions(connection: Connection) -> int:
    """Delete a few expired actions with all that belongs to them; return how many."""
    active = select(jobs.c.action_id).where(jobs.c.state == JobState.ACTIVE)
    old = select(actions.c.id).where(actions.c.began < retention_start(), actions.c.id.not_in(active))
    # Requests that prune at the same time take different rows and don't wait for each other.
    old = old.order_by(actions.c.began).limit(MAX_PRUNED).with_for_update(skip_locked=True)
    if ids := connection.execute(old).scalars().all():
        of_action = select(changes.c.id).where(changes.c.action_id.in_(ids))
        connection.execute(delete(change_data).where(change_data.c.change_id.in_(of_action)))
        connection.execute(delete(jobs).where(jobs.c.action_id.in_(ids)))
        connection.execute(delete(changes).where(changes.c.action_id.in_(ids)))
        connection.execute(delete(actions).where(actions.c.id.in_(ids)))
    return len(ids)


def _delete_data(connection: Connection) -> int:
    """Delete the data of a few changes that can't be undone any more; return of how many."""
    active = select(jobs.c.action_id).where(jobs.c.state == JobState.ACTIVE)
    expired = (
        select(change_data.c.change_id)
        .join(changes, changes.c.id == change_data.c.change_id)
        .join(actions)
        .where(actions.c.began < undo_start(), actions.c.id.not_in(active))
        .limit(MAX_PRUNED)
        .with_for_update(of=change_data, skip_locked=True)  # as above: otherwise two requests may wait for each other
    )
    if ids := connection.execute(expired).scalars().all():
        connection.execute(delete(change_data).where(change_data.c.change_id.in_(ids)))
    return len(ids)


def undo_start() -> datetime:
    """Return the time before which actions can't be undone any more."""
    return store().now() - timedelta(days=settings().undo_days)
