"""How the store's database is reached."""

import contextlib
import sqlite3
import time
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url

PATIENCE = 3
"""Seconds in which PostgreSQL has to answer: a connection, and each statement."""
SQLITE_PATIENCE = 10
"""Seconds to wait while others write to the file: for so long, a change that was made waits to be recorded."""
BRIEFLY = 0.2
"""The same, for what a page that only reads would like to write, and can do without."""
CONNECTIONS = 4
"""Connections to PostgreSQL of one worker process: what it asks takes milliseconds, and small plans allow 20 in all."""
SQLITE_CONNECTIONS = 64
"""As many as one worker process has threads, so that those who wait for the file don't keep others from reading."""

POSTGRESQL = ("postgres://", "postgresql://")
SQLITE = "sqlite:///"


def check_url(url: str) -> None:
    """Raise ValueError, which never repeats the address, where it is no store's."""
    if url.startswith(POSTGRESQL):
        from webapp.store.postgresql import check  # its library is large, and most have no use for it

        check(url)
    elif not url.startswith(SQLITE) or url.removeprefix(SQLITE) in {"", ":memory:"} or "?" in url:
        raise ValueError("must start with postgres:// or postgresql://, or be sqlite:/// and the path of a file")


def make_engine(url: str, *, patience: float = PATIENCE) -> Engine:
    """Make the way to a store; nothing is opened by that.

    Args:
        url: where it is.
        patience: seconds in which PostgreSQL has to answer a statement.

    """
    options: dict[str, Any] = {
        "max_overflow": 0,
        "pool_timeout": PATIENCE,
        "hide_parameters": True,  # they are names of people, and errors get logged
    }
    if url.startswith(POSTGRESQL):
        from webapp.store.postgresql import connector

        creator = connector(url, patience)
        return create_engine(
            "postgresql+psycopg://", creator=creator, pool_pre_ping=True, pool_size=CONNECTIONS, **options
        )
    engine = create_engine(url, pool_size=SQLITE_CONNECTIONS, **options)
    event.listen(engine, "do_connect", _make_folder)
    event.listen(engine, "connect", _set_up_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _make_folder(_dialect: object, _record: object, arguments: list[Any], _parameters: object) -> None:
    with contextlib.suppress(OSError):  # the database's own words tell what is wrong
        Path(arguments[0]).parent.mkdir(mode=0o700, parents=True, exist_ok=True)


def _set_up_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # the driver begins no transaction of its own
    connection.execute("PRAGMA busy_timeout = 50")
    end = time.monotonic() + SQLITE_PATIENCE
    while True:  # where several open a new file at once, SQLite itself does not wait for its turn
        try:
            connection.execute("PRAGMA journal_mode = WAL")  # readers don't wait for a writer
            break
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > end:
                raise
    connection.execute(f"PRAGMA busy_timeout = {SQLITE_PATIENCE * 1000}")
    connection.execute("PRAGMA synchronous = FULL")  # what was claimed stays claimed when the power fails


def _begin_sqlite(connection: Connection) -> None:
    # One that reads first and writes later may find that somebody else has written: so it says so at the start.
    options = connection.get_execution_options()
    if options.get("writes"):
        patience = options.get("patience") or SQLITE_PATIENCE
        connection.connection.cursor().execute(f"PRAGMA busy_timeout = {round(patience * 1000)}")
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    else:
        connection.connection.cursor().execute("BEGIN")


def is_postgresql(engine: Engine) -> bool:
    """Whether it is PostgreSQL, which several machines share."""
    return engine.dialect.name == "postgresql"


def sqlite_url(path: Path) -> str:
    """Make the address of a store in a file."""
    return str(make_url(SQLITE).set(database=str(path)))
