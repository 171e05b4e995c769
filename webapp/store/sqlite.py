"""SQLite: the store's file, readable by its owner only and checked at every use, and its engine."""

import contextlib
import os
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import Connection, Engine, create_engine, event

TimeLeft = Callable[[], float]
"""Returns how many seconds the current request can still wait for the store."""

FileId = tuple[int, int]
"""Device and inode of a file."""

FILES = ("", "-wal", "-shm")
"""Suffixes of the files that SQLite uses together."""


class FileGone(Exception):
    """The file was moved or deleted while it was in use."""


class FileReplaced(Exception):
    """The file was replaced by another one while it was in use."""


class StoreFile:
    """A SQLite file that must stay the same: the one opened first, or the one with the id `known`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.known: FileId | None = None

    def connect(self, patience: float) -> sqlite3.Connection:
        """Open the file, and create it on first use.

        Args:
            patience: seconds to wait for other connections that are opening a new file.

        Raises:
            FileGone: if the file has been moved or deleted since it was first used.
            FileReplaced: if another file is in its place.
            sqlite3.Error: if it can't be opened or created.

        """
        if self.known is None:
            with contextlib.suppress(OSError):  # SQLite will report what is wrong
                self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                # SQLite gives its other files the same mode.
                os.close(os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        else:
            self._check(file_ids(self.path)[0], self.known)
        address = f"file:{quote(str(self.path))}?mode=rw"
        connection = sqlite3.connect(address, uri=True, check_same_thread=False, isolation_level=None)
        try:
            _set_up(connection, patience)
        except sqlite3.Error:
            connection.close()
            raise
        self.known = self.known or file_ids(self.path)[0]
        return connection

    def check(self, opened: list[FileId | None]) -> None:
        """Check that a connection's files have not been moved, deleted or replaced.

        Args:
            opened: the result of `file_ids` when the connection was opened.

        Raises:
            FileGone: if one of them has been moved or deleted.
            FileReplaced: if another file is in its place.

        """
        current = file_ids(self.path)
        if current != opened:
            for now, then in zip(current, opened, strict=True):
                if then:
                    self._check(now, then)

    @staticmethod
    def _check(now: FileId | None, then: FileId) -> None:
        if now is None:
            raise FileGone
        if now != then:
            raise FileReplaced


def file_ids(path: Path) -> list[FileId | None]:
    """Return the id of each file in FILES, or None if it doesn't exist."""
    ids: list[FileId | None] = []
    for suffix in FILES:
        try:
            seen = os.stat(f"{path}{suffix}")  # noqa: PTH116 - a Path would take as long as the call
        except OSError:
            ids.append(None)
        else:
            ids.append((seen.st_dev, seen.st_ino))
    return ids


def make_sqlite_engine(
    url: str, file: StoreFile, bounds: tuple[float, float], time_left: TimeLeft, **options: Any
) -> Engine:
    """Create an engine. It opens no connection yet.

    Args:
        url: the store's URL.
        file: the store's file.
        bounds: the least and the most seconds to wait for a lock.
        time_left: a further limit.
        options: of the engine.

    """
    least, most = bounds

    def connect() -> object:
        return file.connect(max(least, min(most, time_left())))

    engine = create_engine(url, creator=connect, **options)

    @event.listens_for(engine, "connect")
    def note_files(_connection: object, record: Any) -> None:
        record.info["files"] = file_ids(file.path)

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        file.check(connection.info["files"])
        wanted = connection.get_execution_options()
        patience = max(least, min(wanted.get("patience") or most, most, time_left()))
        connection.connection.cursor().execute(f"PRAGMA busy_timeout = {round(patience * 1000)}")
        # Lock at the start: a transaction that reads before it writes would fail if another one wrote in between.
        connection.exec_driver_sql("BEGIN IMMEDIATE" if wanted.get("writes") else "BEGIN")

    return engine


def _set_up(connection: sqlite3.Connection, patience: float) -> None:
    connection.execute("PRAGMA busy_timeout = 50")
    end = time.monotonic() + patience
    while True:  # SQLite's busy timeout doesn't apply when several connections open a new file at once
        try:
            connection.execute("PRAGMA journal_mode = WAL")  # readers don't wait for a writer
            connection.execute("PRAGMA user_version").fetchone()  # opens the other files
            break
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > end:
                raise
    connection.execute("PRAGMA synchronous = FULL")  # a claimed form must stay claimed after a power failure
