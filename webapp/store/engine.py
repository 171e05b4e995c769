"""SQLAlchemy engines for the store, for SQLite and PostgreSQL."""

import math
import time
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url

from webapp.store import sqlite
from webapp.store.sqlite import StoreFile, TimeLeft

POSTGRESQL_TIMEOUT = 3
"""Seconds to wait for a connection to PostgreSQL, and for each statement."""
SQLITE_TIMEOUT = 10
"""Seconds to wait for SQLite's write lock, for example to record a change that the API has made."""
SHORT_TIMEOUT = 0.2
"""Seconds to wait for SQLite's write lock for optional writes of a page that reads, or when no time is left."""
MIN_POSTGRESQL_TIMEOUT = 1.0
"""Minimum of seconds for a statement in PostgreSQL when no time is left. The network needs more time than a file."""
POSTGRESQL_CONNECTIONS = 4
"""Pool size of one worker process. Queries take milliseconds, and small hosting plans allow 20 connections in all."""
SQLITE_CONNECTIONS = 64
"""Pool size of one worker process: one for each thread, so that threads waiting to write don't block reads."""

POSTGRESQL = ("postgres://", "postgresql://")
SQLITE = "sqlite:///"


def check_url(url: str) -> None:
    """Raise ValueError if the URL is not valid for a store. The error never contains the URL."""
    if url.startswith(POSTGRESQL):
        from webapp.store.postgresql import check_postgresql_url  # psycopg is large and rarely needed

        check_postgresql_url(url)
    elif not url.startswith(SQLITE) or url.removeprefix(SQLITE) in {"", ":memory:"} or "?" in url:
        raise ValueError("must start with postgres:// or postgresql://, or be sqlite:/// and the path of a file")


def store_file(url: str) -> StoreFile | None:
    """Return the SQLite file of a store; None for PostgreSQL."""
    return None if url.startswith(POSTGRESQL) else StoreFile(Path(url.removeprefix(SQLITE)))


def make_engine(
    url: str, file: StoreFile | None, *, patience: float | None = None, time_left: TimeLeft = lambda: math.inf
) -> Engine:
    """Create an engine. It opens no connection yet.

    Args:
        url: the store's URL.
        file: the store's file, from `store_file`.
        patience: seconds to wait for SQLite's write lock or for a statement in PostgreSQL.
        time_left: a further limit on `patience`.

    """
    options: dict[str, Any] = {
        "max_overflow": 0,
        "pool_timeout": POSTGRESQL_TIMEOUT,
        "hide_parameters": True,  # errors get logged, and parameters can be people's names
    }
    if file:
        bounds = (SHORT_TIMEOUT, patience or SQLITE_TIMEOUT)
        return sqlite.make_sqlite_engine(url, file, bounds, time_left, pool_size=SQLITE_CONNECTIONS, **options)
    return _postgresql_engine(url, (MIN_POSTGRESQL_TIMEOUT, patience or POSTGRESQL_TIMEOUT), time_left, options)


def _postgresql_engine(url: str, bounds: tuple[float, float], time_left: TimeLeft, options: dict[str, Any]) -> Engine:
    from webapp.store import postgresql

    engine = create_engine(
        "postgresql+psycopg://",
        creator=postgresql.connector(url),
        isolation_level="READ COMMITTED",
        pool_pre_ping=True,
        pool_size=POSTGRESQL_CONNECTIONS,
        **options,
    )

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        least, most = bounds
        wanted = connection.get_execution_options().get("patience") or most
        now = postgresql.begin_postgresql(connection, max(least, min(wanted, most, time_left())))
        connection.info["clock"] = now - time.time()

    return engine


def is_postgresql(engine: Engine) -> bool:
    """Whether the database is PostgreSQL, which several machines may share."""
    return engine.dialect.name == "postgresql"


def sqlite_url(path: Path) -> str:
    """Return the URL of a store in a SQLite file."""
    return str(make_url(SQLITE).set(database=str(path)))
