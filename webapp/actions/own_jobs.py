"""The running jobs: those of the signed-in user, for the header of every page, and those of everybody."""

import logging
from dataclasses import dataclass

from flask import Flask, g
from sqlalchemy import Connection, bindparam, func, select

from webapp.actions.models import JobState, Outcome
from webapp.store import StoreError
from webapp.store.schema import actions, changes, jobs
from webapp.web.current import account, person, store

MAX_SHOWN_JOBS = 5

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class OwnJob:
    """A job and its progress."""

    action_id: int
    percent: int


@dataclass(frozen=True)
class RunningJob(OwnJob):
    """A job of any user."""

    person: str


_LATEST = (
    select(jobs.c.action_id)
    .join(actions)
    .where(jobs.c.state == JobState.ACTIVE, actions.c.person == bindparam("person"))
    .order_by(jobs.c.action_id.desc())
    .limit(MAX_SHOWN_JOBS)
)
_ALL = (
    select(jobs.c.action_id, actions.c.person)
    .join(actions)
    .where(jobs.c.state == JobState.ACTIVE)
    .order_by(jobs.c.action_id.desc())
    .limit(MAX_SHOWN_JOBS)
)
_RANGE = select(func.min(changes.c.id), func.max(changes.c.id)).where(changes.c.action_id == bindparam("action_id"))
_NEXT = select(func.min(changes.c.id)).where(
    changes.c.outcome == bindparam("outcome"), changes.c.id.between(bindparam("first"), bindparam("last"))
)
"""The next change of an outcome. Changes are made in the order of their ids, so nothing has to be counted."""


def own_jobs() -> list[OwnJob]:
    """Return the latest running jobs of the user who is signed in; none if the store fails."""
    if account() is None or not g.any_job:  # the guard has looked, in the query for the session
        return []
    try:
        with store().read() as connection:
            ids = connection.execute(_LATEST, {"person": person()}).scalars().all()
            return [OwnJob(action_id, _percent(connection, action_id)) for action_id in ids]
    except StoreError as error:
        log.error("jobs not looked up", extra={"reason": str(error)})
        return []


def running_jobs() -> list[RunningJob]:
    """Return the latest running jobs of all users.

    Raises:
        StoreError: when they can't be read.

    """
    with store().read() as connection:
        rows = connection.execute(_ALL).all()
        return [RunningJob(row.action_id, _percent(connection, row.action_id), row.person) for row in rows]


def _percent(connection: Connection, action_id: int) -> int:
    first, last = connection.execute(_RANGE, {"action_id": action_id}).one()
    within = {"first": first, "last": last}
    following = [
        connection.execute(_NEXT, within | {"outcome": outcome}).scalar()
        for outcome in (Outcome.STARTED, Outcome.PLANNED)
    ]
    return int(100 * (min(filter(None, following), default=last) - first) / (last - first + 1))


def init_app(app: Flask) -> None:
    """Add the jobs to the templates."""
    app.jinja_env.globals.update(own_jobs=own_jobs)
