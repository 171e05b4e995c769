"""How the store's database is reached."""

import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url

from webapp.store import sqlite
from webapp.store.sqlite import StoreFile

POSTGRESQL_TIMEOUT = 3
"""Seconds in which PostgreSQL has to answer: a connection, and each statement."""
SQLITE_TIMEOUT = 10
"""Seconds to wait while others write to the file: for so long, a change that was made waits to be recorded."""
SHORT_TIMEOUT = 0.2
"""The same, for what a page that only reads would like to write, and can do without; and where no time is left."""
AT_LEAST = 1.0
"""Seconds that PostgreSQL gets for a statement where no time is left: it is further away than a file."""
POSTGRESQL_CONNECTIONS = 4
"""Connections to PostgreSQL of one worker process: what it asks takes milliseconds, and small plans allow 20 in all."""
SQLITE_CONNECTIONS = 64
"""As many as one worker process has threads, so that those who wait for the file don't keep others from reading."""

POSTGRESQL = ("postgres://", "postgresql://")
SQLITE = "sqlite:///"

TimeLeft = Callable[[], float]
"""Says how many seconds whoever uses the store can still wait."""


def check_url(url: str) -> None:
    """Raise ValueError, which never repeats the address, where it is no store's."""
    if url.startswith(POSTGRESQL):
        from webapp.store.postgresql import check_postgresql_url  # its library is large, and most have no use for it

        check_postgresql_url(url)
    elif not url.startswith(SQLITE) or url.removeprefix(SQLITE) in {"", ":memory:"} or "?" in url:
        raise ValueError("must start with postgres:// or postgresql://, or be sqlite:/// and the path of a file")


def store_file(url: str) -> StoreFile | None:
    """Return the file of a store; None where it is in PostgreSQL."""
    return None if url.startswith(POSTGRESQL) else StoreFile(Path(url.removeprefix(SQLITE)))


def make_engine(
    url: str, file: StoreFile | None, *, patience: float | None = None, time_left: TimeLeft = lambda: math.inf
) -> Engine:
    """Make the way to a store; nothing is opened by that.

    Args:
        url: where it is.
        file: the store's file, from `store_file`.
        patience: seconds to wait for a statement in PostgreSQL or for others who write to the file.
        time_left: bounds that further.

    """
    options: dict[str, Any] = {
        "max_overflow": 0,
        "pool_timeout": POSTGRESQL_TIMEOUT,
        "hide_parameters": True,  # they are names of people, and errors get logged
    }
    if file:
        return _sqlite_engine(url, file, options, _bounded(patience or SQLITE_TIMEOUT, SHORT_TIMEOUT, time_left))
    return _postgresql_engine(url, options, _bounded(patience or POSTGRESQL_TIMEOUT, AT_LEAST, time_left))


def _bounded(most: float, least: float, time_left: TimeLeft) -> Callable[[float | None], float]:
    return lambda wanted: max(least, min(wanted or most, most, time_left()))


def _sqlite_engine(
    url: str, file: StoreFile, options: dict[str, Any], patience: Callable[[float | None], float]
) -> Engine:
    def connect() -> object:
        return file.connect(patience(None))

    engine = create_engine(url, creator=connect, pool_size=SQLITE_CONNECTIONS, **options)

    @event.listens_for(engine, "connect")
    def note_files(_connection: object, record: Any) -> None:
        record.info["files"] = sqlite.file_ids(file.path)

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        file.check(connection.info["files"])
        wanted = connection.get_execution_options()
        writes = wanted.get("writes", False)
        sqlite.begin(connection, patience(wanted.get("patience")), writes=writes)

    return engine


def _postgresql_engine(url: str, options: dict[str, Any], patience: Callable[[float | None], float]) -> Engine:
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
        now = postgresql.begin(connection, patience(connection.get_execution_options().get("patience")))
        connection.info["clock"] = now - time.time()

    return engine


def is_postgresql(engine: Engine) -> bool:
    """Whether it is PostgreSQL, which several machines share."""
    return engine.dialect.name == "postgresql"


def sqlite_url(path: Path) -> str:
    """Make the address of a store in a file."""
    return str(make_url(SQLITE).set(database=str(path)))
