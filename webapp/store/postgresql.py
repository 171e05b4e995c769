"""Connections to PostgreSQL. Imported only if DATABASE_URL names such a server."""

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

# Local to the transaction: behind a connection pooler, a plain SET would affect other clients.
_BEGIN = (
    "SELECT set_config('statement_timeout', %s, true), set_config('DateStyle', 'ISO', true),"
    " set_config('TimeZone', 'UTC', true), extract(epoch FROM clock_timestamp())::float8"
)


def check_postgresql_url(url: str) -> None:
    """Raise ValueError if libpq can't parse the URL. The error never contains the URL."""
    try:
        ports = str(conninfo_to_dict(url).get("port", "")).split(",")  # one for each host
    except psycopg.Error:
        ports = ["?"]
    if not all(port == "" or (port.isdecimal() and 0 < int(port) < 65536) for port in ports):
        raise ValueError("is no address that PostgreSQL's library understands")


class _Connection(psycopg.Connection[Any]):
    """A connection with a timeout on the client's side, for servers that hang or can't be reached any more."""

    patience: float = POSTGRESQL_CONNECT_TIMEOUT

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        """Wait for a response as psycopg does, but for `timeout` or `patience` seconds at most."""
        timeout = self.patience if timeout is None else timeout
        end = time.monotonic() + timeout
        try:
            return super().wait(gen, interval, timeout)
        except psycopg.Error:
            if time.monotonic() < end:
                raise
            self.pgconn.finish()  # a late response must not be taken for the next one
            raise psycopg.OperationalError("no answer in time") from None


def connector(url: str) -> Callable[[], psycopg.Connection[Any]]:
    """Return a function that connects to the URL. All parameters that libpq knows may be part of the URL."""
    ours = {"connect_timeout": POSTGRESQL_CONNECT_TIMEOUT, "application_name": "phonebook-dashboard"}
    parameters: dict[str, Any] = ours | conninfo_to_dict(url) | {"client_encoding": "UTF8"}

    def connect() -> psycopg.Connection[Any]:
        started = time.monotonic()
        try:
            # Behind some connection poolers, prepared statements are lost when a transaction ends.
            return _Connection.connect(**parameters, prepare_threshold=None)
        except psycopg.OperationalError as error:
            if error.pgconn and not error.sqlstate:  # a server was found
                left = started + POSTGRESQL_CONNECT_TIMEOUT - time.monotonic()
                # libpq would look the name up again, and no other thread could run meanwhile.
                found = {name: (getattr(error.pgconn, name) or b"").decode() for name in ("host", "hostaddr", "port")}
                here = {name: value for name, value in found.items() if value}
                error.sqlstate = _refusal(make_conninfo("", **parameters | here), left)
            raise

    return connect


def begin_postgresql(connection: Connection, patience: float) -> float:
    """Configure a transaction that has just begun, and return the server's time in seconds since 1970.

    Args:
        connection: of the transaction.
        patience: timeout of each statement in seconds.

    """
    driver: Any = connection.connection.driver_connection
    driver.patience = patience
    try:
        # 90 % of it, in milliseconds, so that the server's timeout usually comes before the client's.
        row = driver.execute(_BEGIN, [str(round(patience * 900))]).fetchone()
    except psycopg.Error as error:
        raise DBAPIError(None, None, error) from error
    return float(row[-1])


def server_encoding(connection: Connection) -> str:
    """Return the encoding of the database, such as "UTF8"."""
    driver: Any = connection.connection.driver_connection
    return str(driver.info.parameter_status("server_encoding"))


def _refusal(conninfo: str, seconds: float) -> str | None:
    """Return the SQLSTATE with which the server refuses a connection; None if it sends none.

    psycopg passes on the server's message only, which may be in any language. libpq can report the SQLSTATE in place of
    the message, but only if told so before the server responds, so this tries to connect once more.
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
