"""Store the jobs: actions that run in the background.

Any number of machines may share the work. The worker that runs a job holds a lease on it, so that no other worker runs
it. If the worker dies, its lease expires, and another worker takes the job over.
"""

import logging
import secrets
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, and_, delete, func, or_, select, update

from webapp.actions.claims import insert_job
from webapp.actions.history import find_undone
from webapp.actions.models import NO_WORKER, Change, ChangeKind, Job, JobState, Outcome
from webapp.actions.records import SELECT_CHANGES, read_data, store_data, to_change, to_job
from webapp.phonebook.parallel import MAX_PARALLEL_CALLS
from webapp.store.schema import actions, change_data, changes, jobs
from webapp.web.current import store

LEASE = timedelta(seconds=30)
"""After this time without renewal, another worker may take the job."""

BLOCK_SIZE = 25 * MAX_PARALLEL_CALLS
"""Changes that are claimed at a time. After a crash, these are looked up in the phonebook."""

MAX_STEP = 500
"""More changes than any step has. A block is extended to the end of its last step."""


ABANDONED_AFTER = timedelta(days=1)
"""A job that no worker has run for so long is stopped, since the phonebook has changed meanwhile: an old backup of the
store may have been restored, with a job that ended long ago."""


log = logging.getLogger(__name__)


class LeaseLost(Exception):
    """Another worker has taken the job over."""


def new_owner() -> str:
    """Return a name for one run of a job."""
    return secrets.token_hex(8)


def find_runnable() -> list[int]:
    """Return the ids of the actions whose jobs can be taken now, oldest first."""
    now = store().now()
    query = select(jobs.c.action_id).where(_is_runnable(now)).order_by(jobs.c.action_id)
    with store().read() as connection:
        return list(connection.execute(query).scalars())


def take(action_id: int, owner: str) -> Job | None:
    """Take the lease of a job; return None if the job has ended, another worker runs it, or it has to wait.

    A job that was abandoned is stopped instead.
    """
    now = store().now()
    runnable = and_(jobs.c.action_id == action_id, _is_runnable(now))
    began = select(actions.c.began).where(actions.c.id == jobs.c.action_id).scalar_subquery()
    waits_since = func.coalesce(jobs.c.lease_until, jobs.c.resume_at, began)
    stopped = {"state": JobState.STOPPED, "reason": NO_WORKER, "ended": now}
    leased = {"lease_owner": owner, "lease_until": now + LEASE}
    with store().write() as connection:
        abandoned = update(jobs).where(runnable, waits_since < now - ABANDONED_AFTER)
        if connection.execute(abandoned.values(stopped)).rowcount:
            log.error("job given up", extra={"action": action_id, "kind": NO_WORKER})
        row = connection.execute(update(jobs).where(runnable).values(leased).returning(jobs)).one_or_none()
    return to_job(row) if row else None


def renew(action_id: int, owner: str) -> bool:
    """Renew the lease of a job; return whether it is still held."""
    renewing = update(jobs).where(_is_held(action_id, owner)).values(lease_until=store().now() + LEASE)
    with store().write() as connection:
        return connection.execute(renewing).rowcount == 1


def release(
    action_id: int,
    owner: str,
    state: JobState = JobState.ACTIVE,
    *,
    resume_at: datetime | None = None,
    reason: str | None = None,
    failing_since: datetime | None = None,
) -> None:
    """Give up the lease of a job.

    Args:
        action_id: the job's action.
        owner: the name of the run that holds the lease.
        state: ACTIVE if the job is to go on.
        resume_at: when to go on; None for at once, if it is to go on.
        reason: the name of the error's class, if an error makes the job wait or stop.
        failing_since: the time since which every call has failed; None if calls succeed.

    """
    now = store().now()
    values = {
        "state": state,
        "lease_owner": None,
        "lease_until": None,
        "resume_at": resume_at or (now if state is JobState.ACTIVE else None),
        "reason": reason,
        "failing_since": failing_since,
        "ended": None if state is JobState.ACTIVE else now,
    }
    with store().write() as connection:
        connection.execute(update(jobs).where(_is_held(action_id, owner)).values(values))


def is_stop_requested(action_id: int) -> bool:
    """Whether somebody has asked to stop the job."""
    with store().read() as connection:
        return bool(connection.execute(select(jobs.c.stop_requested).where(jobs.c.action_id == action_id)).scalar())


def claim_block(action_id: int, owner: str) -> list[Change]:
    """Claim the next changes of a job, all in one phase, and return them with their data.

    Raises:
        LeaseLost: when another worker has taken the job.

    """
    planned = SELECT_CHANGES.where(changes.c.action_id == action_id, changes.c.outcome == Outcome.PLANNED)
    with store().write() as connection:
        _check_lease(connection, action_id, owner)
        _set_new_group_ids(connection, action_id)
        rows = connection.execute(planned.order_by(changes.c.id).limit(BLOCK_SIZE + MAX_STEP)).all()
        block = [row for row in rows[:BLOCK_SIZE] if row.phase == rows[0].phase]
        # Finish the last step.
        block += [row for row in rows[len(block) :] if row.step == block[-1].step]
        ids = [row.id for row in block]
        connection.execute(update(changes).where(changes.c.id.in_(ids)).values(outcome=Outcome.STARTED))
        data = read_data(connection, ids)
    claimed = [replace(to_change(row), outcome=Outcome.STARTED) for row in block]
    return [
        replace(change, details=data[change.id][0], replaced=data[change.id][1]) if change.id in data else change
        for change in claimed
    ]


def find_started(action_id: int) -> list[Change]:
    """Return the changes of a job that were claimed and have no outcome: their worker has died."""
    query = SELECT_CHANGES.where(changes.c.action_id == action_id, changes.c.outcome == Outcome.STARTED)
    with store().read() as connection:
        return list(map(to_change, connection.execute(query.order_by(changes.c.id))))


def unclaim(action_id: int, owner: str, ids: Sequence[int]) -> None:
    """Make claimed changes planned again, since they have not happened.

    Raises:
        LeaseLost: when another worker has taken the job.

    """
    if not ids:
        return
    with store().write() as connection:
        _check_lease(connection, action_id, owner)
        connection.execute(update(changes).where(changes.c.id.in_(ids)).values(outcome=Outcome.PLANNED))


def has_failed_before(action_id: int, phase: int) -> bool:
    """Whether a change in a job's earlier phases has failed, so that the later phases must not run."""
    query = SELECT_CHANGES.where(
        changes.c.action_id == action_id, changes.c.phase < phase, changes.c.outcome != Outcome.DONE
    )
    with store().read() as connection:
        return not all(to_change(row).has_effect for row in connection.execute(query))


def skip_planned(action_id: int, owner: str, reason: str) -> None:
    """Skip the changes of a job that are still planned.

    Raises:
        LeaseLost: when another worker has taken the job.

    """
    planned = and_(changes.c.action_id == action_id, changes.c.outcome == Outcome.PLANNED)
    values = {"outcome": Outcome.SKIPPED, "detail": reason, "ended": store().now()}
    with store().write() as connection:
        _check_lease(connection, action_id, owner)
        connection.execute(update(changes).where(planned).values(values))


def hand_over(action_id: int, rest: Sequence[Change]) -> Job:
    """Leave the rest of an action's changes to a job, because the page has no time left for them."""
    with store().write() as connection:
        ids = [change.id for change in rest]
        connection.execute(update(changes).where(changes.c.id.in_(ids)).values(outcome=Outcome.PLANNED))
        connection.execute(delete(change_data).where(change_data.c.change_id.in_(ids)))
        store_data(connection, rest, with_details=True)
        return insert_job(connection, action_id)


def request_stop(action_id: int) -> bool:
    """Ask a job to stop before its next change; return whether it was active.

    A job that waits for Messente or for a worker stops at once.
    """
    now = store().now()
    active = and_(jobs.c.action_id == action_id, jobs.c.state == JobState.ACTIVE)
    idle = or_(jobs.c.lease_until.is_(None), jobs.c.lease_until < now)
    with store().write() as connection:
        asked = connection.execute(update(jobs).where(active).values(stop_requested=True)).rowcount == 1
        connection.execute(update(jobs).where(active, idle).values(state=JobState.STOPPED, ended=now))
    return asked


def go_on(action_id: int) -> bool:
    """Make a stopped job active again; return whether it had been stopped and its action was not undone since."""
    stopped = and_(jobs.c.action_id == action_id, jobs.c.state == JobState.STOPPED)
    values = {
        "state": JobState.ACTIVE,
        "stop_requested": False,
        "lease_owner": None,
        "lease_until": None,
        "resume_at": store().now(),
        "reason": None,
        "failing_since": None,
        "ended": None,
    }
    with store().write() as connection:
        # An undo locks this row, too: see `claims`. Whoever is second sees what the first has written.
        connection.execute(select(jobs.c.state).where(stopped).with_for_update())
        if find_undone(connection, [action_id]):
            return False
        return connection.execute(update(jobs).where(stopped).values(values)).rowcount == 1


def _is_runnable(now: datetime) -> ColumnElement[bool]:
    free = or_(jobs.c.lease_until.is_(None), jobs.c.lease_until < now)
    due = or_(jobs.c.resume_at.is_(None), jobs.c.resume_at <= now)
    return and_(jobs.c.state == JobState.ACTIVE, free, due)


def _is_held(action_id: int, owner: str) -> ColumnElement[bool]:
    return and_(jobs.c.action_id == action_id, jobs.c.lease_owner == owner)


def _check_lease(connection: Connection, action_id: int, owner: str) -> None:
    """Lock the job's row, and raise LeaseLost unless this run holds the lease."""
    held = select(jobs.c.action_id).where(_is_held(action_id, owner)).with_for_update()
    if connection.execute(held).one_or_none() is None:
        raise LeaseLost


def _set_new_group_ids(connection: Connection, action_id: int) -> None:
    """Tell the later changes of an action the ids of the groups that its earlier changes have created."""
    own = and_(changes.c.action_id == action_id, changes.c.new_group.is_not(None))
    created = and_(own, changes.c.kind == ChangeKind.CREATE, changes.c.group_id.is_not(None))
    waiting = {
        "group_id": and_(own, changes.c.kind == ChangeKind.ADD, changes.c.group_id.is_(None)),
        "merged_into": and_(own, changes.c.kind == ChangeKind.DELETE, changes.c.merged_into.is_(None)),
    }
    if connection.execute(select(changes.c.id).where(or_(*waiting.values())).limit(1)).first() is None:
        return
    for reference, group_id in connection.execute(select(changes.c.new_group, changes.c.group_id).where(created)).all():
        for column, those in waiting.items():
            mine = changes.c.new_group == reference
            connection.execute(update(changes).where(those, mine).values({column: group_id}))
