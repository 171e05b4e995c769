"""The store as the rest of the dashboard uses it: transactions, and what is wrong where there can be none."""

import atexit
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, delete, insert, inspect
from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from webapp.store.engine import is_postgresql, make_engine, sqlite_url
from webapp.store.schema import REVISIONS, probe

UPGRADE_PATIENCE = 600
"""Seconds for another upgrade to end, and for each step."""
_UPGRADE_LOCK = 7_311_058_002
"""A number that stands for the upgrade among PostgreSQL's advisory locks."""


READ_ONLY = "the store is read-only"
FULL = "the store is full"
BUSY = "the store is busy"
UNREACHABLE = "the store can't be reached"
NO_FILE = "the store's file can't be opened or made: the dashboard's user must be allowed to write to its folder"

# By PostgreSQL's SQLSTATE, or its first two characters.
_STATES = {
    "08": UNREACHABLE,
    "25006": READ_ONLY,
    "42501": READ_ONLY,  # a plan that is over its limit may look, but not write
    "53100": FULL,
    "55P03": BUSY,
    "57014": BUSY,
    "57": UNREACHABLE,
}


_REFUSALS = {
    "authentication failed": "the store refused the dashboard's user name or password",
    "does not exist": "the store has no such database or user",
    "too many": BUSY,
    "remaining connection slots": BUSY,
}


class StoreError(Exception):
    """The store can't do what is asked of it. Its words are for whoever runs the dashboard; they name nobody."""


class AlreadyThere(StoreError):
    """What can be kept only once is there already."""


class Store:
    """One team's store. Safe between threads; to be made in the process that uses it: no connection survives a fork."""

    def __init__(self, url: str) -> None:
        """Take the store's address, which `engine.check_url` accepts. Nothing is opened by that."""
        self._url = url
        self.engine = make_engine(url)
        self._opened = False

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Open a transaction that only reads.

        Raises:
            StoreError: when the store can't be read.

        """
        with _translated():
            self._open()
            with self.engine.begin() as connection:
                yield connection

    @contextmanager
    def write(self, *, patience: float | None = None) -> Iterator[Connection]:
        """Open a transaction that writes; it is committed at the end, and undone by an error.

        Args:
            patience: seconds that others who write to the file may take first, where that is not worth waiting for.

        Raises:
            StoreError: when the store can't be written to. Nothing of it has then been kept.

        """
        with _translated():
            self._open()
            options = {"writes": True, "patience": patience}
            with self.engine.connect() as connection, connection.execution_options(**options).begin():
                yield connection

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
        from webapp.store.migrations import run  # Alembic is loaded where there is something to do, not by every worker

        engine = make_engine(self._url, patience=UPGRADE_PATIENCE)
        try:
            with _translated(), engine.connect() as connection, connection.execution_options(writes=True).begin():
                if is_postgresql(engine):
                    connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_UPGRADE_LOCK})")
                before = _revision(connection)
                if before != REVISIONS[-1]:
                    run(connection)
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
        if behind and is_postgresql(self.engine):
            raise StoreError("the store is older than the dashboard: run python -m webapp upgrade-store")
        if behind:
            self.upgrade()
        self._opened = True


def throwaway_url() -> str:
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
        StoreError: when it is of a later version of the dashboard.

    """
    if not inspect(connection).has_table("alembic_version"):
        return ""
    revision = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar() or ""
    if revision and revision not in REVISIONS:
        raise StoreError("the store is ahead of the dashboard: a later version of the dashboard has used it")
    return revision


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except PoolTimeout as error:
        raise StoreError(BUSY) from error
    except IntegrityError:
        raise AlreadyThere("the store has this already") from None
    except DBAPIError as error:
        # PostgreSQL's words may hold a whole row, with names in it: none of them goes on, to where it may be logged.
        raise StoreError(_words(error)) from None
    except SQLAlchemyError as error:
        raise StoreError(f"the store failed ({type(error).__name__})") from error


def _words(error: DBAPIError) -> str:
    # Neither driver's words name a person where they are passed on here.
    if isinstance(error.orig, sqlite3.Error):
        said = str(error.orig)
        known = {"readonly": READ_ONLY, "full": FULL, "locked": BUSY, "unable to open": NO_FILE}
        return next((words for part, words in known.items() if part in said), f"the store failed ({said})")
    state = getattr(error.orig, "sqlstate", None)
    if state is None:  # no connection came about: what the server said is in the words alone
        said = str(error.orig)
        return next((words for part, words in _REFUSALS.items() if part in said), UNREACHABLE)
    return _STATES.get(state) or _STATES.get(state[:2]) or f"the store failed ({state})"
