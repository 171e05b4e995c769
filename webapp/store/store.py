"""The store as the rest of the dashboard uses it: transactions, and what is wrong where there can be none."""

import atexit
import math
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection, delete, func, insert, inspect, select
from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from webapp.store.engine import TimeLeft, is_postgresql, make_engine, sqlite_url, store_file
from webapp.store.schema import REVISIONS, probe
from webapp.store.sqlite import FileGone, FileId, FileReplaced

UPGRADE_PATIENCE = 600
"""Seconds for another upgrade to end, and for each step."""
_UPGRADE_LOCK = 7_311_058_002
"""A number that stands for the upgrade among PostgreSQL's advisory locks."""


READ_ONLY = "the store is read-only"
FULL = "the store is full"
STORE_BUSY = "the store is busy"
UNREACHABLE = "the store can't be reached"
NO_FILE = "the store's file can't be opened or made: the dashboard's user must be allowed to write to its folder"
FILE_GONE = "the store's file was moved or deleted: put it back, or restart the dashboard, which then begins a new one"
FILE_REPLACED = "the store's file was replaced while the dashboard runs: restart the dashboard"
REFUSED = "the store refused the dashboard's user name or password"
NOT_LET_IN = "the store lets nobody of the dashboard's user name in from this machine, or not without TLS"
NO_DATABASE = "the store has no such database"
MAY_NOT_CREATE = (
    "the dashboard's user may not make tables in the store:"
    " run GRANT CREATE ON SCHEMA public TO that user, as the database's owner"
)
NOT_ITS_OWN = "the store's tables belong to another user, who has to bring them up to date"
NO_ROOT_CERTIFICATE = (
    "the store's certificate can't be checked, since there is no root certificate: name its file in DATABASE_URL"
    " (sslrootcert=/path/to/root.crt)"
)
NOT_TRUSTED = "the store's certificate is not trusted: it has to fit the host and sslrootcert in DATABASE_URL"
NO_TLS = "the store takes no connections by TLS, which sslmode in DATABASE_URL asks for"

# By PostgreSQL's SQLSTATE, or its first two characters.
_STATES = {
    "08": UNREACHABLE,
    "25006": READ_ONLY,
    "25P03": UNREACHABLE,  # it has ended a transaction that was idle for too long
    "28": NOT_LET_IN,
    "28P01": REFUSED,
    "3D000": NO_DATABASE,
    "40": STORE_BUSY,
    "42501": READ_ONLY,  # a plan that is over its limit may look, but not write
    "53": STORE_BUSY,
    "53100": FULL,
    "55000": UNREACHABLE,
    "55P03": STORE_BUSY,
    "57014": STORE_BUSY,
    "57": UNREACHABLE,
}

# What libpq itself says, always in English, before the server has said anything.
_TLS = {
    "root certificate file": NO_ROOT_CERTIFICATE,
    "certificate": NOT_TRUSTED,
    "does not support SSL": NO_TLS,
}

T = TypeVar("T")


class StoreError(Exception):
    """The store can't do what is asked of it. Its words are for whoever runs the dashboard; they name nobody."""


class AlreadyThere(StoreError):
    """What can be kept only once is there already."""


class Unreachable(StoreError):
    """The connection could not be made, or broke: whether a transaction that was to be committed was, is not known."""


class Store:
    """One team's store. Safe between threads; to be made in the process that uses it: no connection survives a fork."""

    def __init__(self, url: str, *, time_left: TimeLeft = lambda: math.inf) -> None:
        """Take the store's address, which `engine.check_url` accepts. Nothing is opened by that.

        Args:
            url: the address.
            time_left: says how many seconds whoever uses the store can still wait.

        """
        self._url = url
        self._file = store_file(url)
        self.engine = make_engine(url, self._file, time_left=time_left)
        self._opened = False
        self._clock: float | None = None

    @property
    def file_id(self) -> FileId | None:
        """Which file was opened; None where there is none, or not yet."""
        return self._file.known if self._file else None

    def expect_file(self, known: FileId | None) -> None:
        """Use no other file than that one."""
        if self._file:
            self._file.known = known

    def now(self) -> datetime:
        """Return the moment by the store's clock, which all machines share that use PostgreSQL together.

        Raises:
            StoreError: when that clock was never read, and can't be.

        """
        if self._clock is None:
            with self.read():
                pass
        return datetime.now(UTC) + timedelta(seconds=self._clock or 0)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Open a transaction that only reads.

        Raises:
            StoreError: when the store can't be read.

        """
        with _translated():
            self._open()
            with self.engine.begin() as connection:
                self._clock = connection.info.get("clock", 0.0)
                yield connection

    @contextmanager
    def write(self, *, patience: float | None = None) -> Iterator[Connection]:
        """Open a transaction that writes; it is committed at the end, and undone by an error.

        Args:
            patience: seconds that others who write to the file may take first, where that is not worth waiting for.

        Raises:
            Unreachable: when the connection breaks. If that happens at the end, all of it may have been kept.
            StoreError: when the store can't be written to. Nothing of it has then been kept.

        """
        with _translated():
            self._open()
            options = {"writes": True, "patience": patience}
            with self.engine.connect() as connection, connection.execution_options(**options).begin():
                self._clock = connection.info.get("clock", 0.0)
                yield connection
                if self._file:
                    self._file.check(connection.info["files"])

    def write_repeatedly(self, change: Callable[[Connection], T], *, patience: float | None = None) -> T:
        """Write something that may be written twice: where the connection breaks, it is written once more.

        Args:
            change: writes it, and does no harm if it was written before.
            patience: as for `write`.

        Raises:
            StoreError: when the store can't be written to.

        """
        try:
            with self.write(patience=patience) as connection:
                return change(connection)
        except Unreachable:
            with self.write(patience=patience) as connection:
                return change(connection)

    def try_out(self) -> None:
        """Try whether the store is this code's own, and can be written to.

        Raises:
            StoreError: saying why not.

        """
        with _translated():
            self._open(again=True)
        with self.write() as connection:
            made = connection.execute(insert(probe).returning(probe.c.id)).scalar_one()
            connection.execute(delete(probe).where(probe.c.id == made))

    def upgrade(self) -> str:
        """Bring the store up to date, and return the revision that it had ("" if it was empty). One at a time.

        Raises:
            StoreError: when it is ahead of this code, or can't be written to.

        """
        from webapp.store.migrations import (
            migrate,  # Alembic is loaded where there is something to do, not by every worker
        )

        engine = make_engine(self._url, self._file, patience=UPGRADE_PATIENCE)
        try:
            with _translated(), engine.connect() as connection, connection.execution_options(writes=True).begin():
                if is_postgresql(engine):
                    connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_UPGRADE_LOCK})")
                before = _revision(connection)
                if before != REVISIONS[-1]:
                    _check_rights(connection)
                    with _translated({"42501": NOT_ITS_OWN}):
                        migrate(connection)
                return before
        finally:
            engine.dispose()

    def close(self) -> None:
        """Close its connections; used again, it opens new ones."""
        self.engine.dispose()

    def _open(self, *, again: bool = False) -> None:
        """Make sure, once, that the store is this code's own.

        One in a file belongs to this machine alone, so it is made or brought up to date on the spot. PostgreSQL is
        shared with other machines, maybe of another version: `python -m webapp upgrade-store` does it.
        """
        if self._opened and not again:
            return
        with self.engine.begin() as connection:
            behind = _revision(connection) != REVISIONS[-1]
            if behind:
                _check_rights(connection)
        if behind and is_postgresql(self.engine):
            raise StoreError("the store is older than the dashboard: run python -m webapp upgrade-store")
        if behind:
            self.upgrade()
        self._opened = True


def temporary_url() -> str:
    """Make a place for a store that lasts as long as this process, and return its address."""
    folder = Path(tempfile.mkdtemp(prefix="phonebook-dashboard-"))
    owner = os.getpid()

    def remove() -> None:
        if os.getpid() == owner:  # forked workers inherit this call
            shutil.rmtree(folder, ignore_errors=True)

    atexit.register(remove)
    return sqlite_url(folder / "store.sqlite3")


def _revision(connection: Connection) -> str:
    """Return the revision of a store, "" for an empty one.

    Raises:
        StoreError: when it is of a later version of the dashboard, or can't hold every name.

    """
    if is_postgresql(connection.engine):
        from webapp.store.postgresql import server_encoding

        encoding = server_encoding(connection)
        if encoding != "UTF8":
            raise StoreError(
                f"the store's database is in {encoding}, which can't hold every name: make one in UTF8"
                " (CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0)"
            )
    if not inspect(connection).has_table("alembic_version"):
        return ""
    revision = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar() or ""
    if revision and revision not in REVISIONS:
        raise StoreError("the store is ahead of the dashboard: a later version of the dashboard has used it")
    return revision


def _check_rights(connection: Connection) -> None:
    """Raise StoreError where PostgreSQL would not let the dashboard's user make tables."""
    if is_postgresql(connection.engine):
        may_create = select(func.has_schema_privilege(func.current_schema(), "CREATE"))
        if not connection.execute(may_create).scalar():
            raise StoreError(MAY_NOT_CREATE)


@contextmanager
def _translated(states: Mapping[str, str] | None = None) -> Iterator[None]:
    """Raise StoreError in place of the errors of the database; `states` has other words for some SQLSTATEs."""
    try:
        yield
    except FileGone:
        raise StoreError(FILE_GONE) from None
    except FileReplaced:
        raise StoreError(FILE_REPLACED) from None
    except PoolTimeout as error:
        raise StoreError(STORE_BUSY) from error
    except IntegrityError:
        raise AlreadyThere("the store has this already") from None
    except DBAPIError as error:
        # PostgreSQL's words may hold a whole row, with names in it: none of them goes on, to where it may be logged.
        words = _words(error, states or {})
        raise (Unreachable if words == UNREACHABLE else StoreError)(words) from None
    except SQLAlchemyError as error:
        raise StoreError(f"the store failed ({type(error).__name__})") from error


def _words(error: DBAPIError, states: Mapping[str, str]) -> str:
    # Neither driver's words name a person where they are passed on here.
    said = str(error.orig)
    if isinstance(error.orig, sqlite3.Error):
        known = {"readonly": READ_ONLY, "full": FULL, "locked": STORE_BUSY, "unable to open": NO_FILE}
        return next((words for part, words in known.items() if part in said), f"the store failed ({said})")
    if state := getattr(error.orig, "sqlstate", None):
        states = {**_STATES, **states}
        return states.get(state) or states.get(state[:2]) or f"the store failed ({state})"
    return next((words for part, words in _TLS.items() if part in said), UNREACHABLE)
