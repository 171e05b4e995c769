"""How the store's database is reached."""

import contextlib
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url

PATIENCE = 3
"""Seconds in which PostgreSQL has to answer: a connection, and each statement."""
SQLITE_PATIENCE = 10
"""Seconds for others who write to the file. A change that has been made waits so long to be recorded."""
CONNECTIONS = 4
"""That one worker process keeps to PostgreSQL: what it asks takes milliseconds, and small plans allow 20 in all."""
SQLITE_CONNECTIONS = 64
"""As many as one worker process has threads, so that those who wait for the file don't keep others from reading."""

POSTGRESQL = ("postgres://", "postgresql://")
SQLITE = "sqlite:///"


def check_url(url: str) -> None:
    """Raise ValueError, which never repeats the address, where it is no store's."""
    if url.startswith(POSTGRESQL):
        try:
            ports = str(conninfo_to_dict(url).get("port", "")).split(",")  # one for each host, where there are several
        except psycopg.Error:
            ports = ["?"]
        if not all(port == "" or (port.isdecimal() and 0 < int(port) < 65536) for port in ports):
            raise ValueError("is no address that PostgreSQL's library understands")
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
        creator = _postgresql(url, patience)
        return create_engine(
            "postgresql+psycopg://", creator=creator, pool_pre_ping=True, pool_size=CONNECTIONS, **options
        )
    engine = create_engine(url, pool_size=SQLITE_CONNECTIONS, **options)
    event.listen(engine, "do_connect", _make_folder)
    event.listen(engine, "connect", _set_up_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


class _Connection(psycopg.Connection[Any]):
    """A connection that gives up by itself: a server that is frozen, or cut off, never says that a statement failed."""

    patience: float = PATIENCE

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        """Wait for an answer, as psycopg does, but not for ever."""
        timeout = self.patience if timeout is None else timeout
        end = time.monotonic() + timeout
        try:
            return super().wait(gen, interval, timeout)
        except psycopg.Error:
            if time.monotonic() < end:
                raise
            self.pgconn.finish()  # whatever it may still say belongs to nobody
            raise psycopg.OperationalError("no answer in time") from None


def _postgresql(url: str, patience: float) -> Callable[[], psycopg.Connection[Any]]:
    """Connect as the PostgreSQL library reads the address, with all that may stand in it."""
    ours = {"connect_timeout": PATIENCE, "application_name": "phonebook-dashboard"}
    parameters: dict[str, Any] = ours | conninfo_to_dict(url)

    def connect() -> psycopg.Connection[Any]:
        # Prepared statements don't outlive a transaction behind some connection poolers.
        connection = _Connection.connect(**parameters, prepare_threshold=None)
        connection.patience = patience
        # A little less, so that where it can, the server itself says that it gave up.
        connection.execute(f"SET statement_timeout = {round(patience * 900)}")
        connection.commit()
        return connection

    return connect


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
    # A transaction that turns from reading to writing may find that somebody else has written: it says at the start.
    if connection.get_execution_options().get("writes"):
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    else:  # can't fail, and happens at every page
        connection.connection.driver_connection.execute("BEGIN")  # type: ignore[union-attr]


def is_postgresql(engine: Engine) -> bool:
    """Whether it is PostgreSQL, which several machines share."""
    return engine.dialect.name == "postgresql"


def sqlite_url(path: Path) -> str:
    """Make the address of a store in a file."""
    return str(make_url(SQLITE).set(database=str(path)))
