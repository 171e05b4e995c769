"""Recorded actions and changes, written to the store and read from it directly."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import insert, select, update

from webapp.store import Store
from webapp.store.schema import actions, changes, jobs
from webapp.text import searchable

_OF_ACTIONS = {"form", "person", "began", "content"}


def add_change(store: Store, *, days: float = 0, **values: Any) -> int:
    """Put an action of one change into the store that began so many days ago, and return its id."""
    began = datetime.now(UTC) - timedelta(days=days)
    action = {"form": uuid4().hex, "person": "Sandbox", "began": began, "content": ""}
    action |= {name: value for name, value in values.items() if name in _OF_ACTIONS}
    change = {"kind": "create", "duplicates": "", "outcome": "done"}
    change |= {name: value for name, value in values.items() if name not in _OF_ACTIONS}
    names = [change.get("before"), change.get("after")]
    change["searched"] = searchable(*(str(name) for name in names if name))
    with store.write() as connection:
        action_id = connection.execute(insert(actions).values(action).returning(actions.c.id)).scalar_one()
        connection.execute(insert(changes).values(change | {"action_id": action_id}))
    return int(action_id)


def add_changes(store: Store, numbers: list[str], **values: Any) -> int:
    """Put an action with a change for each number into the store."""
    [first, *others] = numbers
    action_id = add_change(store, number=first, **values)
    with store.write() as connection:
        row = connection.execute(select(changes).where(changes.c.action_id == action_id)).mappings().one()
        more = [{**row, "number": number, "step": step} for step, number in enumerate(others, 1)]
        for each in more:
            del each["id"]
        connection.execute(insert(changes), more)
    return action_id


def add_job(store: Store, action_id: int, state: str = "active", **values: Any) -> None:
    """Put a job for an action into the store."""
    row = {"action_id": action_id, "state": state, "stop_requested": False} | values
    with store.write() as connection:
        connection.execute(insert(jobs).values(row))


def all_changes(store: Store) -> list[dict[str, Any]]:
    """Return all changes with the columns of their actions, oldest first."""
    query = select(changes, actions.c.form, actions.c.person, actions.c.began, actions.c.content).join(actions)
    with store.read() as connection:
        return [dict(row) for row in connection.execute(query.order_by(changes.c.id)).mappings()]


def edit_newest(store: Store, **values: Any) -> None:
    """Change the newest change, or its action."""
    newest = all_changes(store)[-1]
    with store.write() as connection:
        for table, row_id in ((actions, newest["action_id"]), (changes, newest["id"])):
            new = {name: value for name, value in values.items() if (name in _OF_ACTIONS) is (table is actions)}
            if new:
                connection.execute(update(table).where(table.c.id == row_id).values(new))


def make_older(store: Store, *, seconds: float) -> None:
    """Make all actions older that have a change without an end."""
    running = [entry for entry in all_changes(store) if entry["ended"] is None]
    with store.write() as connection:
        for action_id, began in {entry["action_id"]: entry["began"] for entry in running}.items():
            older = began - timedelta(seconds=seconds)
            connection.execute(update(actions).where(actions.c.id == action_id).values(began=older))
