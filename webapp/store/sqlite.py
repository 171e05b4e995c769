"""The file of a store in SQLite: made for its owner alone, and watched, since nobody locks a file by its name."""

import contextlib
import os
import sqlite3
import time
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import Connection

FileId = tuple[int, int]
"""The device and the inode of a file."""

FILES = ("", "-wal", "-shm")
"""What SQLite adds to the file's name for the files that belong together."""


class FileGone(Exception):
    """The file was moved or deleted while it was in use."""


class FileReplaced(Exception):
    """Another file has come in its place."""


class StoreFile:
    """The file that the first connection has opened, or that `known` names: no other one is used after it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.known: FileId | None = None

    def connect(self, patience: float) -> sqlite3.Connection:
        """Open the file; make it if none was used before.

        Args:
            patience: seconds to wait while others write to it.

        Raises:
            FileGone: if it has been moved or deleted since it was first used.
            FileReplaced: if another one is in its place.
            sqlite3.Error: if it can't be opened or made.

        """
        if self.known is None:
            with contextlib.suppress(OSError):  # the database's own words tell what is wrong
                self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                os.close(os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))  # the others follow its mode
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
        """Make sure that a connection's files are still the ones under their names.

        Args:
            opened: what `file_ids` said when the connection was made.

        Raises:
            FileGone: if one of them has been moved or deleted.
            FileReplaced: if another one is in its place.

        """
        for now, then in zip(file_ids(self.path), opened, strict=True):
            if then:
                self._check(now, then)

    @staticmethod
    def _check(now: FileId | None, then: FileId) -> None:
        if now is None:
            raise FileGone
        if now != then:
            raise FileReplaced


def file_ids(path: Path) -> list[FileId | None]:
    """Say which files are under a store's names now; None where there is none."""
    found: list[FileId | None] = []
    for suffix in FILES:
        try:
            seen = Path(f"{path}{suffix}").stat()
        except OSError:
            found.append(None)
        else:
            found.append((seen.st_dev, seen.st_ino))
    return found


def begin(connection: Connection, patience: float, *, writes: bool) -> None:
    """Begin a transaction, after waiting for others for so many seconds at most."""
    connection.connection.cursor().execute(f"PRAGMA busy_timeout = {round(patience * 1000)}")
    # One that reads first and writes later may find that somebody else has written: so it says so at the start.
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _set_up(connection: sqlite3.Connection, patience: float) -> None:
    connection.execute("PRAGMA busy_timeout = 50")
    end = time.monotonic() + patience
    while True:  # where several open a new file at once, SQLite itself does not wait for its turn
        try:
            connection.execute("PRAGMA journal_mode = WAL")  # readers don't wait for a writer
            connection.execute("PRAGMA user_version").fetchone()  # by which the other files are opened
            break
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > end:
                raise
    connection.execute("PRAGMA synchronous = FULL")  # what was claimed stays claimed when the power fails
