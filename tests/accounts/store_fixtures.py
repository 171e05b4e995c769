"""Sessions, saved forms and attempts in the store, read and changed directly."""

from datetime import timedelta
from typing import Any

from sqlalchemy import Table, select, update

from webapp.store import Store
from webapp.store.schema import attempts, saved_forms, sessions


def rows(store: Store, table: Table) -> list[dict[str, Any]]:
    with store.read() as connection:
        return [dict(row) for row in connection.execute(select(table).order_by(table.c.id)).mappings()]


def age(store: Store, table: Table, by: timedelta, *columns: str) -> None:
    """Make all rows of a table older."""
    for row in rows(store, table):
        with store.write() as connection:
            values = {name: row[name] - by for name in columns}
            connection.execute(update(table).where(table.c.id == row["id"]).values(values))


__all__ = ["age", "attempts", "rows", "saved_forms", "sessions"]
