"""The store's interface: transactions and upgrades."""

import atexit
import math
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection, delete, event, func, insert, inspect, select
from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from webapp.store.engine import is_postgresql, make_engine, sqlite_url, store_file
from webapp.store.errors import (
    FILE_GONE,
    FILE_REPLACED,
    MAY_NOT_CREATE,
    NO_ANSWER,
    NOT_ITS_OWN,
    STORE_BUSY,
    UNREACHABLE,
    AlreadyThere,
    StoreError,
    Unreachable,
    explain,
)
from webapp.store.schema import REVISIONS, probe
from webapp.store.shared_call import SharedCall
from webapp.store.sqlite import FileGone, FileId, FileReplaced, TimeLeft

UPGRADE_PATIENCE = 600
"""Seconds to wait for another upgrade to end, and timeout of each statement."""
TRIAL_PATIENCE = 0.5
"""Seconds to wait for SQLite's write lock in a trial that must end soon."""
_UPGRADE_LOCK = 7_311_058_002
"""Key of the PostgreSQL advisory lock that an upgrade holds."""

T = TypeVar("T")


class Store:
    """The store. Thread-safe, but not fork-safe: create it in the process that uses it."""

    def __init__(self, url: str, *, time_left: TimeLeft = lambda: math.inf) -> None:
        """Configure the store; nothing is opened yet.

        Args:
            url: a URL that `engine.check_url` accepts.
            time_left: returns how many seconds the current request can still wait.

        """
        self._url = url
        self._file = store_file(url)
        self.engine = make_engine(url, self._file, time_left=time_left)
        self._opened = False
        self._clock: float | None = None
        self._trial = SharedCall(lambda: self.try_out(patience=TRIAL_PATIENCE))

    @property
    def file_id(self) -> FileId | None:
        """Id of the SQLite file that was opened; None before that and for PostgreSQL."""
        return self._file.known if self._file else None

    def expect_file(self, known: FileId | None) -> None:
        """Refuse to open any SQLite file but the one with this id."""
        if self._file:
            self._file.known = known

    def now(self) -> datetime:
        """Return the current time by the store's clock. With PostgreSQL that is the server's, shared by all machines.

        Raises:
            StoreError: if the clock has not been read yet and can't be read now.

        """
        if self._clock is None:
            with self.read():
                pass
        return datetime.now(UTC) + timedelta(seconds=self._clock or 0)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Open a transaction for reading.

        Raises:
            StoreError: if the store can't be read.

        """
        with _translated_errors():
            if not self._opened:
                self._open()
            with self.engine.begin() as connection:
                self._clock = connection.info.get("clock", 0.0)
                yield connection

    @contextmanager
    def write(self, *, patience: float | None = None) -> Iterator[Connection]:
        """Open a transaction for writing. It is committed at the end of the `with` block, or rolled back by an error.

        Args:
            patience: seconds to wait for SQLite's write lock or for a statement in PostgreSQL; the engine's by default.

        Raises:
            Unreachable: if the connection breaks. If it breaks during the commit, the data may have been written.
            StoreError: if the store can't be written to. Then nothing has been written.

        """
        with _translated_errors():
            if not self._opened:
                self._open()
            options = {"writes": True, "patience": patience}
            with self.engine.connect() as connection, connection.execution_options(**options).begin():
                self._clock = connection.info.get("clock", 0.0)
                yield connection
                if self._file:
                    self._file.check(connection.info["files"])

    def write_repeatedly(self, change: Callable[[Connection], T], *, patience: float | None = None) -> T:
        """Run an idempotent transaction, and retry it once if the connection breaks.

        Args:
            change: writes to the connection; it must be idempotent.
            patience: see `write`.

        Raises:
            StoreError: if the store can't be written to.

        """
        try:
            with self.write(patience=patience) as connection:
                return change(connection)
        except Unreachable:
            with self.write(patience=patience) as connection:
                return change(connection)

    def try_out_within(self, seconds: float) -> None:
        """Do `try_out`, but wait for it no longer than this, whatever the database, its disk or a name server does.

        Raises:
            StoreError: with the reason, or if it takes longer.

        """
        try:
            self._trial.wait(seconds)
        except TimeoutError:
            raise StoreError(NO_ANSWER) from None

    def try_out(self, *, patience: float | None = None) -> None:
        """Check that the store has this version's tables and can be written to.

        Args:
            patience: see `write`.

        Raises:
            StoreError: with the reason if it doesn't or can't.

        """
        with _translated_errors():
            self._open()
        with self.write(patience=patience) as connection:
            made = connection.execute(insert(probe).returning(probe.c.id)).scalar_one()
            connection.execute(delete(probe).where(probe.c.id == made))

    def upgrade(self) -> str:
        """Run the missing migrations, under a lock, and return the revision before ("" if the store was empty).

        Raises:
            StoreError: if a later version of the dashboard has used the store, or it can't be written to.

        """
        from webapp.store.migrations import (
            migrate,  # imported here, so that workers don't load Alembic
        )

        engine = make_engine(self._url, self._file, patience=UPGRADE_PATIENCE)
        try:
            with (
                _translated_errors(),
                engine.connect() as connection,
                connection.execution_options(writes=True).begin(),
            ):
                if is_postgresql(engine):
                    connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_UPGRADE_LOCK})")
                before = _revision(connection)
                if before != REVISIONS[-1]:
                    _check_rights(connection)
                    with _translated_errors({"42501": NOT_ITS_OWN}):
                        migrate(connection)
                return before
        finally:
            engine.dispose()

    def close(self) -> None:
        """Close all connections. Those in use, and those of later uses, are closed when they are no longer needed."""
        event.listen(self.engine, "checkin", lambda _, record: record.invalidate())
        self.engine.dispose()

    def _open(self) -> None:
        """Check that the store has this version's tables.

        A SQLite file is used by this machine only, so it is created or upgraded here. PostgreSQL may be shared with
        machines that run another version, so the operator upgrades it by `python -m webapp upgrade-store`.
        """
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
    """Create a temporary folder, removed when this process exits, and return the URL of a store in it."""
    folder = Path(tempfile.mkdtemp(prefix="phonebook-dashboard-"))
    owner = os.getpid()

    def remove() -> None:
        if os.getpid() == owner:  # forked workers inherit this exit handler
            shutil.rmtree(folder, ignore_errors=True)

    atexit.register(remove)
    return sqlite_url(folder / "store.sqlite3")


def _revision(connection: Connection) -> str:
    """Return the store's revision; "" if it is empty.

    Raises:
        StoreError: if a later version of the dashboard has used the store, or its encoding isn't UTF-8.

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


@contextmanager
def _translated_errors(states: Mapping[str, str] | None = None) -> Iterator[None]:
    """Translate the database's errors into StoreError. `states` overrides the messages of some SQLSTATEs."""
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
        # Drop PostgreSQL's message, also from the chain: it may quote a row with names in it and get logged.
        words = explain(error, states or {})
        raise (Unreachable if words == UNREACHABLE else StoreError)(words) from None
    except SQLAlchemyError as error:
        raise StoreError(f"the store failed ({type(error).__name__})") from error


def _check_rights(connection: Connection) -> None:
    """Raise StoreError if the dashboard's user may not create tables in PostgreSQL."""
    if is_postgresql(connection.engine):
        may_create = select(func.has_schema_privilege(func.current_schema(), "CREATE"))
        if not connection.execute(may_create).scalar():
            raise StoreError(MAY_NOT_CREATE)
