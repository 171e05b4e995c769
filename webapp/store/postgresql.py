"""How PostgreSQL is reached. Loaded where DATABASE_URL names one."""

import ctypes
import importlib
import re
import select
import time
from collections.abc import Callable
from typing import Any

import psycopg
from psycopg import pq
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

POSTGRESQL_CONNECT_TIMEOUT = 3
"""Seconds."""

_PQERRORS_SQLSTATE = 3
_SQLSTATE = re.compile(r":\s+([0-9A-Z]{5})\s*$", re.MULTILINE)

# Behind a connection pooler a plain SET would reach whoever gets the connection next.
_BEGIN = (
    "SELECT set_config('statement_timeout', %s, true), set_config('DateStyle', 'ISO', true),"
    " set_config('TimeZone', 'UTC', true), extract(epoch FROM clock_timestamp())::float8"
)


def check_postgresql_url(url: str) -> None:
    """Raise ValueError, which never repeats the address, where PostgreSQL's library can't read it."""
    try:
        ports = str(conninfo_to_dict(url).get("port", "")).split(",")  # one for each host, where there are several
    except psycopg.Error:
        ports = ["?"]
    if not all(port == "" or (port.isdecimal() and 0 < int(port) < 65536) for port in ports):
        raise ValueError("is no address that PostgreSQL's library understands")


class _Connection(psycopg.Connection[Any]):
    """A connection that gives up by itself: a server that is frozen, or cut off, never says that a statement failed."""

    patience: float = POSTGRESQL_CONNECT_TIMEOUT

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


def connector(url: str) -> Callable[[], psycopg.Connection[Any]]:
    """Connect as the PostgreSQL library reads the address, with all that may stand in it."""
    ours = {"connect_timeout": POSTGRESQL_CONNECT_TIMEOUT, "application_name": "phonebook-dashboard"}
    parameters: dict[str, Any] = ours | conninfo_to_dict(url) | {"client_encoding": "UTF8"}

    def connect() -> psycopg.Connection[Any]:
        started = time.monotonic()
        try:
            # Prepared statements don't outlive a transaction behind some connection poolers.
            return _Connection.connect(**parameters, prepare_threshold=None)
        except psycopg.OperationalError as error:
            left = started + POSTGRESQL_CONNECT_TIMEOUT - time.monotonic()
            error.sqlstate = error.sqlstate or _refusal(make_conninfo("", **parameters), left)
            raise

    return connect


def begin(connection: Connection, patience: float) -> float:
    """Prepare a transaction that has just begun, and return what the server's clock says, in seconds since 1970.

    Args:
        connection: of the transaction.
        patience: seconds in which each statement has to be answered.

    """
    driver: Any = connection.connection.driver_connection
    driver.patience = patience
    try:
        # A little less, so that where it can, the server itself says that it gave up.
        row = driver.execute(_BEGIN, [str(round(patience * 900))]).fetchone()
    except psycopg.Error as error:
        raise DBAPIError(None, None, error) from error
    return float(row[-1])


def server_encoding(connection: Connection) -> str:
    """Return the encoding of the database, such as UTF8."""
    driver: Any = connection.connection.driver_connection
    return str(driver.info.parameter_status("server_encoding"))


def _refusal(conninfo: str, seconds: float) -> str | None:
    """Return the SQLSTATE with which a server refuses a connection; None where it doesn't say one.

    The server's words may be in any language, and psycopg passes on nothing else. libpq writes the SQLSTATE in their
    place if it is told to before the server answers, so the connection is tried once more.
    """
    try:
        library = ctypes.CDLL(importlib.import_module(f"psycopg_{pq.__impl__}.pq").__file__)
        connection: Any = pq.PGconn.connect_start(conninfo.encode())
        library.PQsetErrorVerbosity(ctypes.c_void_p(connection.pgconn_ptr), _PQERRORS_SQLSTATE)
    except (ImportError, OSError, AttributeError, psycopg.Error):
        return None
    end = time.monotonic() + seconds
    try:
        while connection.status != pq.ConnStatus.BAD and (left := end - time.monotonic()) > 0:
            status = connection.connect_poll()
            if status not in {pq.PollingStatus.READING, pq.PollingStatus.WRITING}:
                break
            sockets, reads = [connection.socket], status == pq.PollingStatus.READING
            select.select(sockets if reads else [], [] if reads else sockets, [], left)
        said = _SQLSTATE.findall(connection.get_error_message("latin-1"))
    except (OSError, ValueError, psycopg.Error):
        return None
    finally:
        connection.finish()
    return str(said[-1]) if said else None
