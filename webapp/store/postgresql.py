"""How PostgreSQL is reached. Loaded where DATABASE_URL names one."""

import time
from collections.abc import Callable
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict

CONNECT_TIMEOUT = 3
"""Seconds."""


def check(url: str) -> None:
    """Raise ValueError, which never repeats the address, where PostgreSQL's library can't read it."""
    try:
        ports = str(conninfo_to_dict(url).get("port", "")).split(",")  # one for each host, where there are several
    except psycopg.Error:
        ports = ["?"]
    if not all(port == "" or (port.isdecimal() and 0 < int(port) < 65536) for port in ports):
        raise ValueError("is no address that PostgreSQL's library understands")


class _Connection(psycopg.Connection[Any]):
    """A connection that gives up by itself: a server that is frozen, or cut off, never says that a statement failed."""

    patience: float = CONNECT_TIMEOUT

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


def connector(url: str, patience: float) -> Callable[[], psycopg.Connection[Any]]:
    """Connect as the PostgreSQL library reads the address, with all that may stand in it."""
    ours = {"connect_timeout": CONNECT_TIMEOUT, "application_name": "phonebook-dashboard"}
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
