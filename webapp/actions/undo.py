"""Undo an action, after checking what has changed in the phonebook since.

An undo is an action like any other: it is recorded, may run as a job, and can be undone. The data that undoing needs is
stored with each change (`PlannedChange.replaced`) and deleted after UNDO_DAYS.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy import and_, exists, func, or_, select

from webapp.actions.claims import undo_start
from webapp.actions.inverse import Inverse
from webapp.actions.models import SUCCEEDED, UNDECIDED, Action, Change, ChangeKind, JobState, Outcome
from webapp.actions.reconcile import reconcile
from webapp.actions.records import SELECT_CHANGES, find_undecided_of, may_be_running, read_data, to_change
from webapp.actions.undo_preview import UndoPreview
from webapp.phonebook import PhonebookClient
from webapp.store.schema import actions, changes, jobs
from webapp.web.current import settings, store

NEEDS_DATA = frozenset({ChangeKind.DELETE, ChangeKind.DELETE_CONTACT, ChangeKind.CHANGE_CONTACT})
"""Kinds of changes that can be undone only with stored data."""


def why_not_undoable(action: Action) -> str | None:
    """Return why an action can't be undone, as a sentence; None if it can.

    Raises:
        StoreError: when it can't be looked up.

    """
    days = settings().undo_days
    if not days:
        return "Undo is turned off in this dashboard."
    if action.began and action.began < undo_start():
        return f"An action can be undone for {days} days, and this one is older."
    if action.is_running or (action.job and action.job.is_active):
        return "It is still running."
    query = select(changes.c.outcome).where(changes.c.action_id == action.id).distinct()
    with store().read() as connection:
        outcomes = set(connection.execute(query).scalars())
    if outcomes & SUCCEEDED:
        return None
    return "It is not known yet whether it changed anything." if outcomes & UNDECIDED else "It has changed nothing."


def find_undo_of(action_id: int) -> int | None:
    """Return the newest action that undoes an action; None if there is none."""
    with store().read() as connection:
        return connection.execute(select(func.max(actions.c.id)).where(actions.c.undoes == action_id)).scalar()


def count_undos(action_id: int) -> int:
    """Count the undos of an action that have ended."""
    has_job = exists().where(jobs.c.action_id == actions.c.id, jobs.c.state == JobState.ACTIVE)
    has_begun = exists().where(changes.c.action_id == actions.c.id, changes.c.outcome == Outcome.STARTED)
    is_running = or_(has_job, and_(has_begun, may_be_running()))
    query = select(func.count()).where(actions.c.undoes == action_id, ~is_running)
    with store().read() as connection:
        return connection.execute(query).scalar_one()


def undo_key(action_id: int, earlier: int) -> str:
    """Return the key of the form that undoes an action: the same in every tab and for every user.

    So an action can't be undone twice at the same time. When an undo has ended, another one may begin.

    Args:
        action_id: the action to undo.
        earlier: how many undos of it had ended when the page was opened.

    """
    number = max(0, min(earlier, count_undos(action_id)))  # a made-up number must not make another key
    return hashlib.sha256(f"undo {action_id} {number}".encode()).hexdigest()


def preview_undo(action: Action, client: PhonebookClient) -> UndoPreview:
    """Work out what undoing an action would do in the phonebook as it is now.

    Raises:
        PhonebookError: when the phonebook can't be read.
        StoreError: when the action's changes can't be read.

    """
    preview = UndoPreview(action, settings().max_changes)
    return Inverse(preview, _read_made(action.id), _read_put_back(), client).preview()


def look_up_unclear(action_id: int, client: PhonebookClient) -> None:
    """Decide what is not known of an action and its undos, as far as the phonebook shows it.

    Raises:
        StoreError: when their changes can't be read.

    """
    with store().read() as connection:
        undos = connection.execute(select(actions.c.id).where(actions.c.undoes == action_id)).scalars().all()
    for each in (action_id, *undos):
        if undecided := find_undecided_of(each, limit=None):
            reconcile(undecided, client)


def _read_made(action_id: int) -> list[Change]:
    """Return an action's changes that have happened, newest first, with the data that they replaced."""
    query = SELECT_CHANGES.where(changes.c.action_id == action_id, changes.c.outcome.in_(SUCCEEDED))
    with store().read() as connection:
        made = list(map(to_change, connection.execute(query.order_by(changes.c.id.desc()))))
        data: dict[int, tuple[Mapping[str, Any], Mapping[str, Any]]] = {}
        needing = [change.id for change in made if change.kind in NEEDS_DATA or change.kind is ChangeKind.REMOVE]
        for start in range(0, len(needing), 500):
            data |= read_data(connection, needing[start : start + 500])
    return [
        replace(change, details=data[change.id][0], replaced=data[change.id][1]) if change.id in data else change
        for change in made
    ]


def _read_put_back() -> dict[UUID, list[UUID]]:
    """Return the ids of the groups that undos have created again, the latest first, by the ids of deleted groups."""
    query = (
        select(changes.c.new_group, changes.c.group_id)
        .select_from(actions.join(changes))
        .where(actions.c.undoes.is_not(None), changes.c.kind == ChangeKind.CREATE, changes.c.group_id.is_not(None))
        .order_by(changes.c.id.desc())
    )
    found: dict[UUID, list[UUID]] = {}
    with store().read() as connection:
        for old, new in connection.execute(query):
            found.setdefault(old, []).append(new)
    return found
