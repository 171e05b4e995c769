"""Count and read the lines of actions by SQL, because an action may have too many changes to read them all.

Every change is a line, with one exception: creating a contact and adding it to a group is one line, that of the second
change.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Text,
    and_,
    case,
    cast,
    exists,
    func,
    literal,
    or_,
    select,
    union_all,
)

from webapp.actions.models import ALREADY_SO, SUCCEEDED, Change, ChangeKind, Outcome
from webapp.actions.records import MAX_ACTION_ID, SELECT_CHANGES, may_be_running, to_change
from webapp.actions.results import ResultLine, clause, result_line
from webapp.actions.totals import KindTotal, LineState, Totals
from webapp.phone_numbers.pasted import MAX_LINES, SAME_ABOVE
from webapp.store.schema import change_data, changes, jobs
from webapp.web.current import store

READ_AT_A_TIME = 500
"""Changes that a download reads in one transaction: a slow connection must not keep a transaction open."""

_next, _other = changes.alias("next_change"), changes.alias("other")


def is_line() -> ColumnElement[bool]:
    """Return the SQL condition that a change has a line of its own."""
    next_id = select(func.min(_other.c.id)).where(_other.c.action_id == changes.c.action_id)
    next_id = next_id.where(_other.c.id > changes.c.id).correlate(changes)
    is_next = _next.c.id == next_id.scalar_subquery()
    followed = exists().where(is_next, _next.c.step == changes.c.step, _next.c.number == changes.c.number)
    return or_(changes.c.kind != ChangeKind.CREATE_CONTACT, ~followed.correlate(changes))


def line_state() -> ColumnElement[str]:
    """Return the SQL expression for the state of a line; it needs the joins of `SELECT_CHANGES`."""
    was_so = or_(
        *(and_(changes.c.kind == kind, changes.c.error == error.__name__) for kind, error in ALREADY_SO.items())
    )
    is_running = or_(jobs.c.action_id.is_not(None), may_be_running())
    is_repeated = changes.c.detail == clause(SAME_ABOVE)
    return case(
        (changes.c.outcome.in_(SUCCEEDED), literal(LineState.DONE.value)),
        (and_(changes.c.outcome == Outcome.REFUSED, was_so), literal(LineState.UNCHANGED.value)),
        (and_(changes.c.outcome == Outcome.SKIPPED, is_repeated), literal(LineState.REPEATED.value)),
        (changes.c.outcome == Outcome.PLANNED, literal(LineState.WAITING.value)),
        (and_(changes.c.outcome == Outcome.STARTED, is_running), literal(LineState.WAITING.value)),
        else_=literal(LineState.ATTENTION.value),
    )


def count_lines_of(action_id: int) -> Totals:
    """Count the lines of one action."""
    with store().read() as connection:
        own = and_(changes.c.action_id == action_id, is_line())
        return count_lines(connection, own).get(action_id, Totals())


def count_lines(connection: Connection, condition: ColumnElement[bool]) -> dict[int, Totals]:
    """Count the lines of actions.

    Args:
        connection: to the store.
        condition: on `changes` and `actions`: which changes to count.

    Returns:
        The totals by the action's id.

    """
    lines = (
        SELECT_CHANGES.with_only_columns(
            changes.c.action_id,
            changes.c.id,
            changes.c.kind,
            cast(changes.c.group_id, Text).label("group_id"),
            func.coalesce(changes.c.before, changes.c.after).label("name"),
            changes.c.number,
            line_state().label("state"),
        )
        .where(condition)
        .subquery()
    )
    columns = [lines.c.action_id, lines.c.kind, lines.c.state]
    query = select(
        *columns,
        func.count().label("count"),
        func.min(lines.c.id).label("first"),
        *(func.min(lines.c[name]).label(f"min_{name}") for name in _BOUNDED),
        *(func.max(lines.c[name]).label(f"max_{name}") for name in _BOUNDED),
    ).group_by(*columns)
    rows: dict[int, dict[ChangeKind, list[Any]]] = {}
    for row in connection.execute(query.order_by(func.min(lines.c.id))):
        rows.setdefault(row.action_id, {}).setdefault(ChangeKind(row.kind), []).append(row)
    return {
        action_id: Totals([_total(kind, found) for kind, found in kinds.items()]) for action_id, kinds in rows.items()
    }


_BOUNDED = ("group_id", "name", "number")
"""Columns whose smallest and largest values are read. They are equal if all lines have the same value."""


def _total(kind: ChangeKind, rows: list[Any]) -> KindTotal:
    group_id, number = _only(rows, "group_id"), _only(rows, "number")
    has_one_group = len(_values(rows, "group_id")) <= 1
    return KindTotal(
        kind,
        {LineState(row.state): row.count for row in rows},
        UUID(group_id) if group_id else None,
        _only(rows, "name") if has_one_group else None,
        number,
    )


def _values(rows: list[Any], name: str) -> set[str]:
    bounds = {getattr(row, f"{bound}_{name}") for row in rows for bound in ("min", "max")}
    return bounds - {None}


def _only(rows: list[Any], name: str) -> str | None:
    """Return the value that all rows have; None if there are several, or none."""
    values = _values(rows, name)
    return values.pop() if len(values) == 1 else None


def read_lines(
    connection: Connection, action_id: int, states: Iterable[LineState], *, limit: int, offset: int = 0
) -> list[ResultLine]:
    """Return the lines of an action in these states, in the order of its plan."""
    wanted = line_state().in_([state.value for state in states])
    query = _SELECT_LINES.where(changes.c.action_id == action_id, is_line(), wanted).order_by(changes.c.id)
    return _to_lines(connection, connection.execute(query.limit(limit).offset(offset)).all())


def read_first_lines(
    connection: Connection, action_ids: Sequence[int], condition: ColumnElement[bool], limit: int
) -> dict[int, list[ResultLine]]:
    """Return the first lines of several actions, by the action's id.

    Args:
        connection: to the store.
        action_ids: of the actions.
        condition: on `changes`: which of them are lines to return.
        limit: how many of each action.

    """
    if not action_ids:
        return {}
    # One query by the index for each action, and all in one statement: numbering the lines would read all of them.
    ids = [
        select(changes.c.id)
        .where(changes.c.action_id == each, condition)
        .order_by(changes.c.id)
        .limit(limit)
        .subquery()
        for each in action_ids
    ]
    first = union_all(*(select(each.c.id) for each in ids))
    query = _SELECT_LINES.where(changes.c.id.in_(first)).order_by(changes.c.id)
    found: dict[int, list[ResultLine]] = {}
    for line in _to_lines(connection, connection.execute(query).all()):
        found.setdefault(line.change.action_id, []).append(line)
    return found


_previous = select(func.max(_other.c.id)).where(_other.c.action_id == changes.c.action_id)
_previous = _previous.where(_other.c.id < changes.c.id).correlate(changes)

_SELECT_LINES = SELECT_CHANGES.add_columns(_previous.scalar_subquery().label("previous"))
"""Selects lines, with the id of the change before: the contact may have been created by it."""


def _to_lines(connection: Connection, rows: Sequence[Row[Any]]) -> list[ResultLine]:
    added = [row.previous for row in rows if row.previous and row.kind == ChangeKind.ADD]
    query = SELECT_CHANGES.where(changes.c.id.in_(added), changes.c.kind == ChangeKind.CREATE_CONTACT)
    created = {row.id: to_change(row) for row in connection.execute(query)} if added else {}
    lines = []
    for row in rows:
        last, first = to_change(row), created.get(row.previous)
        is_same = first and (first.step, first.number) == (last.step, last.number)
        lines.append(result_line([first, last] if first and is_same else [last]))
    return lines


def find_not_done(action_id: int) -> tuple[list[str], bool]:
    """Return the numbers of an action whose lines need attention, and whether the action creates contacts.

    At most as many numbers as a form accepts are returned.

    Raises:
        StoreError: when they can't be read.

    """
    if not 0 < action_id <= MAX_ACTION_ID:
        return [], False
    creating = exists().where(changes.c.action_id == action_id, changes.c.kind == ChangeKind.CREATE_CONTACT)
    with store().read() as connection:
        lines = read_lines(connection, action_id, [LineState.ATTENTION], limit=MAX_LINES)
        return [line.number for line in lines if line.number], bool(connection.execute(select(creating)).scalar())


def removed_numbers(connection: Connection, action_id: int) -> Iterator[str]:
    """Yield the numbers that an action has removed from groups, and those of the members of groups it has deleted.

    The members are known as long as the action can be undone.
    """
    done = and_(changes.c.action_id == action_id, changes.c.outcome.in_(SUCCEEDED))
    query = select(changes.c.number).where(done, changes.c.kind == ChangeKind.REMOVE)
    yield from connection.execute(query.execution_options(yield_per=1000)).scalars()
    deleted = select(change_data.c.replaced).join(changes, changes.c.id == change_data.c.change_id)
    for replaced in connection.execute(deleted.where(done, changes.c.kind == ChangeKind.DELETE)).scalars():
        yield from json.loads(replaced or "{}").get("members", ())


def read_changes(action_id: int) -> Iterator[list[Change]]:
    """Return all changes of an action in batches, in the order of its plan.

    Raises:
        StoreError: when they can't be read.

    """
    last = 0
    while True:
        query = SELECT_CHANGES.where(changes.c.action_id == action_id, changes.c.id > last).order_by(changes.c.id)
        with store().read() as connection:
            batch = list(map(to_change, connection.execute(query.limit(READ_AT_A_TIME))))
        yield batch
        if len(batch) < READ_AT_A_TIME:
            return
        last = batch[-1].id
