"""Read the recorded actions and changes, and record outcomes. `claims` records new actions."""

import json
import logging
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, insert, select, true, update

from webapp.actions.models import (
    UNDECIDED,
    Action,
    Change,
    ChangeKind,
    Job,
    JobState,
    Outcome,
)
from webapp.actions.record_later import record_later
from webapp.store import StoreError
from webapp.store.engine import SHORT_TIMEOUT
from webapp.store.schema import actions, change_data, changes, jobs
from webapp.text import searchable
from webapp.web.current import settings, store

MAX_ACTION_ID = 2**63 - 1

MAX_CLOCK_STEP = timedelta(seconds=60)
"""The store's clock may have been set back by this much since something was recorded."""

MAX_RECONCILED = 50
"""Changes of unknown outcome that one request looks up."""

log = logging.getLogger(__name__)


SELECT_CHANGES = select(changes, actions.c.person, actions.c.began, jobs.c.action_id.label("job")).select_from(
    changes.join(actions).outerjoin(jobs, and_(jobs.c.action_id == actions.c.id, jobs.c.state == JobState.ACTIVE))
)
"""Selects changes with the columns that `to_change` reads."""


def to_change(row: Row[Any]) -> Change:
    """Make a change from a row of `SELECT_CHANGES`."""
    values = {name: getattr(row, name) for name in CHANGE_COLUMNS}
    in_job = row.job is not None and row.outcome in {Outcome.PLANNED, Outcome.STARTED}
    return Change(
        **values | {"kind": ChangeKind(row.kind), "outcome": Outcome(row.outcome)},
        is_running=in_job or (row.outcome == Outcome.STARTED and _is_running(row.began)),
    )


CHANGE_COLUMNS = frozenset(Change.__dataclass_fields__) - {"is_running", "details", "replaced"}


def to_job(row: Row[Any]) -> Job:
    """Make a job from a row of `jobs`."""
    values = {name: getattr(row, name) for name in Job.__dataclass_fields__}
    return Job(**values | {"state": JobState(row.state)})


def find_by_form(form: str) -> Action | None:
    """Return the action of a form; None if the form has not been submitted before."""
    return _find(actions.c.form == form)


def find_action(action_id: int) -> Action | None:
    """Return an action by its id; None if there is none."""
    return _find(actions.c.id == action_id) if 0 < action_id <= MAX_ACTION_ID else None


def _find(condition: Any) -> Action | None:
    with store().read() as connection:
        action = connection.execute(select(actions).where(condition)).one_or_none()
        if action is None:
            return None
        job = connection.execute(select(jobs).where(jobs.c.action_id == action.id)).one_or_none()
        query = SELECT_CHANGES.where(changes.c.action_id == action.id).order_by(changes.c.id)
        rows = [] if job else connection.execute(query).all()
    return Action(
        id=action.id,
        person=action.person,
        began=action.began,
        changes=tuple(map(to_change, rows)),
        job=to_job(job) if job else None,
        kind=action.kind,
        undoes=action.undoes,
        content=action.content,
    )


def store_data(connection: Connection, made: Iterable[Change], *, with_details: bool) -> None:
    """Store what changes replace, if they can be undone, and what they write, if a job makes them later."""
    keeps_replaced = settings().undo_days > 0
    rows = [
        {
            "change_id": change.id,
            # Undoing an edit compares the details with what is there by then.
            "details": json.dumps(dict(change.details))
            if change.details and (with_details or (change.replaced and keeps_replaced))
            else None,
            "replaced": json.dumps(dict(change.replaced)) if change.replaced and keeps_replaced else None,
        }
        for change in made
    ]
    if rows := [row for row in rows if row["details"] or row["replaced"]]:
        connection.execute(insert(change_data), rows)


def read_data(connection: Connection, ids: Sequence[int]) -> dict[int, tuple[Mapping[str, Any], Mapping[str, Any]]]:
    """Return the details and what is replaced, of changes that have such data."""
    rows = connection.execute(select(change_data).where(change_data.c.change_id.in_(ids)))
    return {row.change_id: (json.loads(row.details or "{}"), json.loads(row.replaced or "{}")) for row in rows}


def record_results(results: Sequence[Change]) -> None:
    """Record the outcomes of changes. If the store fails, they stay undecided until they are reconciled."""
    _update(results)


def record_verdicts(verdicts: Sequence[Change]) -> None:
    """Record what reconciling showed, unless another request has recorded an outcome meanwhile."""
    if verdicts:
        _update(verdicts, only_undecided=True)


def _update(results: Sequence[Change], *, only_undecided: bool = False) -> None:
    only = changes.c.outcome.in_(UNDECIDED) if only_undecided else true()
    updates = [(and_(changes.c.id == change.id, only), _outcome_values(change)) for change in results]

    def write(connection: Connection) -> None:
        for which, values in updates:
            connection.execute(update(changes).where(which).values(values))

    try:
        # Don't wait long for a verdict: the next request can look it up again.
        store().write_repeatedly(write, patience=SHORT_TIMEOUT if only_undecided else None)
    except StoreError as error:
        log.error("not recorded", extra={"changes": [change.id for change in results], "reason": str(error)})
        if not only_undecided:
            for which, values in updates:
                record_later(which, values)


def _outcome_values(change: Change) -> dict[str, Any]:
    values = {name: getattr(change, name) for name in _OUTCOME_COLUMNS}
    return values | {"ended": store().now(), "searched": searchable(change.before, change.after, change.number)}


_OUTCOME_COLUMNS = ("group_id", "after", "outcome", "error", "changed", "detail", "retry_after")


def find_undecided(*conditions: Any) -> list[Change]:
    """Return the latest changes of unknown outcome that no request is running any more.

    Args:
        conditions: SQL conditions on `changes`.

    Raises:
        StoreError: when they can't be read.

    """
    query = SELECT_CHANGES.where(
        changes.c.outcome.in_(UNDECIDED), jobs.c.action_id.is_(None), ~may_be_running(), *conditions
    )
    with store().read() as connection:
        return list(map(to_change, connection.execute(query.order_by(changes.c.id.desc()).limit(MAX_RECONCILED))))


def find_undecided_of(action_id: int, limit: int | None = MAX_RECONCILED) -> list[Change]:
    """Return the latest changes of an action whose outcome is unknown and that nobody is running any more.

    Args:
        action_id: the action.
        limit: how many at most; None for all.

    Raises:
        StoreError: when they can't be read.

    """
    query = SELECT_CHANGES.where(changes.c.action_id == action_id, changes.c.outcome.in_(UNDECIDED))
    with store().read() as connection:
        rows = connection.execute(query.order_by(changes.c.id.desc()).limit(limit))
        return [change for change in map(to_change, rows) if change.is_undecided]


def _is_running(began: datetime) -> bool:
    """Whether a request that began then may still be running: no request takes longer than its deadline.

    If the clock was set back by more than MAX_CLOCK_STEP since then, its age is unknown and it counts as ended.
    """
    return -MAX_CLOCK_STEP < store().now() - began < timedelta(seconds=settings().page_deadline)


def may_be_running() -> ColumnElement[bool]:
    """Return the SQL condition that the request of an action may still be running."""
    now = store().now()
    return actions.c.began.between(now - timedelta(seconds=settings().page_deadline), now + MAX_CLOCK_STEP)


def retention_start() -> datetime:
    """Return the time before which actions have expired."""
    return store().now() - timedelta(days=settings().activity_days)
