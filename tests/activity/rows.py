"""Entries put into the store from behind, and looked up there."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import insert, select, update

from webapp.site.search import searchable
from webapp.store import Store
from webapp.store.schema import activity


def add(store: Store, *, days: float = 0, **values: Any) -> int:
    """Put an entry into the store that began so many days ago, and return its id."""
    began = datetime.now(UTC) - timedelta(days=days)
    row: dict[str, Any] = {
        "form": uuid4().hex,
        "person": "Sandbox",
        "kind": "create",
        "twins": "",
        "outcome": "done",
        "began": began,
    }
    row |= values
    names = [row.get("before"), row.get("after")]
    row["searched"] = searchable("\n".join(str(name) for name in names if name))
    with store.write() as connection:
        return int(connection.execute(insert(activity).values(row).returning(activity.c.id)).scalar_one())


def entries(store: Store) -> list[dict[str, Any]]:
    """Return all entries, the oldest first."""
    with store.read() as connection:
        return [dict(row) for row in connection.execute(select(activity).order_by(activity.c.id)).mappings()]


def change(store: Store, **values: Any) -> None:
    """Change the newest entry."""
    newest = entries(store)[-1]["id"]
    with store.write() as connection:
        connection.execute(update(activity).where(activity.c.id == newest).values(values))


def age(store: Store, *, seconds: float) -> None:
    """Make all entries that are not settled older by so much."""
    open_ones = select(activity.c.id, activity.c.began).where(activity.c.settled.is_(None))
    with store.write() as connection:
        for entry, began in connection.execute(open_ones):
            older = began - timedelta(seconds=seconds)
            connection.execute(update(activity).where(activity.c.id == entry).values(began=older))
