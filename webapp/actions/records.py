"""Store actions and their changes: recorded before the first call, updated with each outcome.

Recording an action also claims its form, across all workers and machines: only the request that recorded it runs it.
"""

import logging
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, delete, insert, select, true, update

from webapp.actions.models import UNDECIDED, Action, Change, ChangeKind, Outcome, Plan, PlannedChange
from webapp.actions.record_later import record_later
from webapp.phonebook.errors import Changed, NotAsked
from webapp.store import AlreadyThere, StoreError
from webapp.store.engine import SHORT_TIMEOUT
from webapp.store.schema import actions, changes
from webapp.text.matching import searchable
from webapp.web.current import CLAIM, person, settings, store, time_left

MAX_ACTION_ID = 2**63 - 1

MAX_PRUNED = 200
"""Expired actions that are deleted when a new one is recorded; few, so that no user waits long for it."""

MAX_CLOCK_STEP = timedelta(seconds=60)
"""The store's clock may have been set back by this much since something was recorded."""

MAX_RECONCILED = 50
"""Changes of unknown outcome that one request looks up."""

log = logging.getLogger(__name__)


class AlreadyClaimed(Exception):
    """The form was submitted before."""


class NotRecorded(StoreError):
    """An action could not be recorded, so it must not be run."""


SELECT_CHANGES = select(changes, actions.c.person, actions.c.began).join(actions)
"""Selects changes with the columns that `to_change` reads."""


def to_change(row: Row[Any]) -> Change:
    """Make a change from a row of `SELECT_CHANGES`."""
    values = {name: getattr(row, name) for name in _COLUMNS}
    return Change(
        **values | {"kind": ChangeKind(row.kind), "outcome": Outcome(row.outcome)},
        is_running=row.outcome == Outcome.STARTED and _is_running(row.began),
    )


_COLUMNS = frozenset(Change.__dataclass_fields__) - {"is_running"}


def find_by_form(form: str) -> Action | None:
    """Return the action of a form; None if the form has not been submitted before."""
    return _find(actions.c.form == form)


def find_action(action_id: int) -> Action | None:
    """Return an action by its id; None if there is none."""
    return _find(actions.c.id == action_id) if 0 < action_id <= MAX_ACTION_ID else None


def _find(condition: Any) -> Action | None:
    with store().read() as connection:
        rows = connection.execute(
            SELECT_CHANGES.add_columns(actions.c.content).where(condition).order_by(changes.c.id)
        ).all()
    return Action(changes=tuple(map(to_change, rows)), content=rows[0].content) if rows else None


def claim(form: str, content: str, plan: Plan) -> Action:
    """Claim a form and record its action, before the first call.

    Args:
        form: the form's key.
        content: a digest of its fields.
        plan: at least one change.

    Raises:
        AlreadyClaimed: when another request with the same form was first.
        NotRecorded: when the store fails; the action must not be run.

    """
    now = store().now()
    action = {"form": form, "person": person(), "began": now, "content": content}
    rows = [_to_row(change, now) for step in plan.steps for change in step]
    return Action(changes=tuple(_claim(action, rows)), content=content)


def _claim(action: dict[str, Any], rows: list[dict[str, Any]]) -> list[Change]:
    """Write an action and its changes in one transaction.

    If PostgreSQL's answer to the commit is lost, it is unknown whether they are stored. Then they are written again:
    either that succeeds, or the database reports that they exist.
    """
    pause, is_sent = 0.1, False
    while True:
        try:
            with store().write(patience=time_left(CLAIM)) as connection:
                recorded = _insert(connection, action, rows)
                _prune(connection)
                is_sent = True
            return recorded
        except AlreadyThere as error:
            existing = find_by_form(action["form"])
            if existing and is_sent and existing.changes[0].began == action["began"]:
                return list(existing.changes)
            if existing:
                raise AlreadyClaimed from None
            raise NotRecorded(str(error)) from error
        except StoreError as error:
            left = time_left(CLAIM)
            if not is_sent or not left:
                if is_sent:
                    _record_not_asked(action)
                raise NotRecorded(str(error)) from error
            time.sleep(min(pause, left))
            pause *= 2


def _insert(connection: Connection, action: dict[str, Any], rows: list[dict[str, Any]]) -> list[Change]:
    action_id = connection.execute(insert(actions).values(action).returning(actions.c.id)).scalar_one()
    rows = [row | {"action_id": action_id} for row in rows]
    ids = connection.execute(insert(changes).returning(changes.c.id, sort_by_parameter_order=True), rows).scalars()
    known = {"person": action["person"], "began": action["began"]}
    return [
        Change(
            **{name: value for name, value in row.items() if name in _COLUMNS},
            **known,
            id=change_id,
            is_running=row["outcome"] is Outcome.STARTED,
        )
        for change_id, row in zip(ids, rows, strict=True)
    ]


def _record_not_asked(action: dict[str, Any]) -> None:
    """Record, as soon as the store works again, that an action was not run; it may or may not have been stored."""
    this = and_(actions.c.form == action["form"], actions.c.began == action["began"])
    values = {
        "outcome": Outcome.REFUSED,
        "error": NotAsked.__name__,
        "changed": Changed.NO.value,
    }
    record_later(changes.c.action_id.in_(select(actions.c.id).where(this)), values)


def _to_row(change: PlannedChange, now: datetime) -> dict[str, Any]:
    group, before = change.group, change.group.name if change.group else None
    return {
        "kind": change.kind,
        "group_id": group.id if group else None,
        "before": before,
        "asked": change.asked,
        "after": change.name,
        "contacts": group.contacts_count if group and change.kind is ChangeKind.DELETE else None,
        "duplicates": " ".join(str(group.id) for group in change.duplicates),
        "searched": searchable(before, change.name, change.number),
        "ended": now if change.skip_reason else None,
        "outcome": Outcome.SKIPPED if change.skip_reason else Outcome.STARTED,
        "error": None,
        "changed": None,
        "detail": change.skip_reason or None,
        "retry_after": None,
        "number": change.number,
    }


def record_results(results: Sequence[Change], *, only_undecided: bool = False) -> None:
    """Record the outcomes of changes. If the store fails, they stay undecided until they are reconciled.

    Args:
        results: the changes with their outcomes.
        only_undecided: keep an outcome that another request has recorded meanwhile.

    """
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


def record_verdicts(verdicts: Sequence[Change]) -> None:
    """Record what reconciling showed, unless another request has recorded an outcome meanwhile."""
    if verdicts:
        record_results(verdicts, only_undecided=True)


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
    query = SELECT_CHANGES.where(changes.c.outcome.in_(UNDECIDED), ~_may_be_running(), *conditions)
    with store().read() as connection:
        return list(map(to_change, connection.execute(query.order_by(changes.c.id.desc()).limit(MAX_RECONCILED))))


def _is_running(began: datetime) -> bool:
    """Whether a request that began then may still be running: no request takes longer than its deadline.

    If the clock was set back by more than MAX_CLOCK_STEP since then, its age is unknown and it counts as ended.
    """
    return -MAX_CLOCK_STEP < store().now() - began < timedelta(seconds=settings().page_deadline)


def _may_be_running() -> ColumnElement[bool]:
    now = store().now()
    return actions.c.began.between(now - timedelta(seconds=settings().page_deadline), now + MAX_CLOCK_STEP)


def retention_start() -> datetime:
    """Return the time before which actions have expired."""
    return store().now() - timedelta(days=settings().activity_days)


def _prune(connection: Connection) -> None:
    old = select(actions.c.id).where(actions.c.began < retention_start()).order_by(actions.c.began).limit(MAX_PRUNED)
    # Requests that prune at the same time take different rows and don't wait for each other.
    ids = connection.execute(old.with_for_update(skip_locked=True)).scalars().all()
    if ids:
        connection.execute(delete(changes).where(changes.c.action_id.in_(ids)))
        connection.execute(delete(actions).where(actions.c.id.in_(ids)))
