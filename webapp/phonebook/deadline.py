"""A deadline for a whole call: connecting, TLS, sending the request, and reading headers and body.

A socket's timeout limits each `recv`, so a server that sends a byte now and then can hold a call open forever. Here a
watchdog thread shuts the connection down at the deadline. It can't interrupt a DNS lookup: the operating system offers
no way to do that. How long calls may take is decided in `webapp/web/time_budget.py`.
"""

import http.client
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import certifi
import requests.adapters
import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError
from urllib3.util.connection import allowed_gai_family, create_connection
from urllib3.util.ssl_ import create_urllib3_context

SAFE_IDLE_SECONDS = 1.0
"""Idle seconds after which the server may have dropped a connection without a notice. Writes then use a new one."""

MAX_IDLE_SECONDS = 60.0
"""Idle seconds after which a connection is never used again."""

IDLE_READ_SHARE = 1 / 3
"""The part of a read's remaining time to wait for the first byte over an idle connection."""

SOCKET_OPTIONS = [
    *HTTPConnection.default_socket_options,
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
    # First probe after 30 seconds, then every 10, three times. Not every system has these options.
    *(
        (socket.IPPROTO_TCP, getattr(socket, name), value)
        for name, value in (("TCP_KEEPIDLE", 30), ("TCP_KEEPINTVL", 10), ("TCP_KEEPCNT", 3))
        if hasattr(socket, name)
    ),
]


@dataclass(eq=False)
class Call:
    """A call to the API in progress.

    `expires` is a time of `time.monotonic()`; `max_idle` is how many seconds its connection may have been idle.
    """

    expires: float
    max_idle: float = SAFE_IDLE_SECONDS
    expired: bool = False
    handles: list[socket.socket] = field(default_factory=list)
    """Duplicates of closed sockets, which are closed when the call ends."""
    _connection: socket.socket | None = None

    @property
    def remaining(self) -> float:
        """Seconds left, never zero: a socket with a timeout of zero would not block."""
        return max(self.expires - time.monotonic(), 0.001)

    def check(self) -> None:
        """Raise TimeoutError if the call has expired."""
        if self.expired:
            raise TimeoutError("the deadline has passed")

    def use(self, connection: socket.socket | None) -> None:
        """Set the connection that the call uses from now on."""
        self._connection = connection
        if self.expired:
            self.expire()

    def expire(self) -> None:
        """Shut down the connection, which wakes up the thread that waits for it."""
        self.expired = True
        if self._connection is not None:
            with suppress(OSError):  # already closed
                self._connection.shutdown(socket.SHUT_RDWR)


class Watchdog:
    """Expires calls at their deadlines, from one thread that runs while there are calls."""

    def __init__(self) -> None:
        self._calls: set[Call] = set()
        self._changed = threading.Condition()
        self._wakes_at = 0.0
        self._thread: threading.Thread | None = None

    @contextmanager
    def watch(self, expires: float, *, max_idle: float = SAFE_IDLE_SECONDS) -> Iterator[Call]:
        """Shut down the connections that this thread uses in the `with` block when `expires` has passed.

        A `max_idle` above SAFE_IDLE_SECONDS allows idle connections. If the server doesn't respond over one, the call
        fails early with ConnectionResetError, so use this for idempotent requests only.
        """
        call = _current.call = Call(expires, max_idle)
        with self._changed:
            self._calls.add(call)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="watchdog", daemon=True)
                self._thread.start()
            elif expires < self._wakes_at:  # otherwise the thread wakes up early enough
                self._changed.notify()
        try:
            yield call
        finally:
            with self._changed:
                self._calls.discard(call)
            _current.call = None
            for handle in call.handles:
                handle.close()

    def _run(self) -> None:
        with self._changed:
            while True:
                now = time.monotonic()
                for call in [call for call in self._calls if call.expires <= now]:
                    call.expire()
                    self._calls.discard(call)
                if not self._calls:
                    self._thread = None
                    return
                self._wakes_at = min(call.expires for call in self._calls)
                self._changed.wait(self._wakes_at - now)


class _Current(threading.local):
    call: Call | None = None


_current = _Current()


_Response: Any = http.client.HTTPResponse  # typeshed doesn't know `_read_status`


class _FinalResponse(_Response):
    """The final response after any interim (1xx) ones. The standard library skips only 100."""

    def _read_status(self) -> tuple[str, int, str]:
        version, status, reason = super()._read_status()
        return version, http.client.CONTINUE if 100 <= status < 200 else status, reason


class _Watched(HTTPConnection):
    """A connection that belongs to its thread's current call and can be shut down by the watchdog."""

    response_class = _FinalResponse
    # A duplicate of the socket for the watchdog, since TLS takes over the original descriptor.
    _handle: socket.socket | None = None
    _used = 0.0
    _was_idle = False

    @property
    def is_connected(self) -> bool:
        """Whether the current call can use this connection."""
        longest = _current.call.max_idle if _current.call else MAX_IDLE_SECONDS
        return super().is_connected and time.monotonic() - self._used < longest

    def _new_conn(self) -> socket.socket:
        """Try each address until the deadline. urllib3 would give each one the full timeout."""
        try:
            addresses = socket.getaddrinfo(self._dns_host, self.port, allowed_gai_family(), socket.SOCK_STREAM)
        except (socket.gaierror, UnicodeError) as error:
            raise NameResolutionError(self.host, self, socket.gaierror(str(error))) from error
        failure: Exception = OSError("no address")
        for *_, address in addresses:
            patience = min(float(self.timeout or 0) or 60, _current.call.remaining if _current.call else 60)
            try:
                connection = create_connection(
                    (str(address[0]), int(address[1])), patience, socket_options=self.socket_options
                )
                try:
                    self._handle = connection.dup()
                except OSError:  # too many open files
                    connection.close()
                    raise
            except OSError as error:
                failure = error
            else:
                self._used = time.monotonic()
                if _current.call:
                    _current.call.use(self._handle)
                return connection
        kind = ConnectTimeoutError if isinstance(failure, TimeoutError) else NewConnectionError
        raise kind(self, f"Could not connect to {self.host}: {failure}") from failure

    def request(self, *args: Any, **kwargs: Any) -> None:
        """Send a request as part of the current call."""
        now = time.monotonic()
        self._was_idle, self._used = self.sock is not None and now - self._used >= SAFE_IDLE_SECONDS, now
        if _current.call:
            _current.call.use(self._handle)
        super().request(*args, **kwargs)

    def getresponse(self) -> Any:
        """Wait for the status and headers of the response.

        Raises:
            ConnectionResetError: if the server seems to have dropped an idle connection. The call may be retried.

        """
        call, patience = _current.call, self.timeout
        if not (call and self._was_idle and call.max_idle > SAFE_IDLE_SECONDS):
            return super().getresponse()
        self.timeout = call.remaining * IDLE_READ_SHARE
        with suppress(TimeoutError):
            response = super().getresponse()
            self.timeout = patience
            if self.sock:  # None if the server closes the connection after this response
                self.sock.settimeout(patience)
            return response
        raise ConnectionResetError("nothing came over a connection that had rested")

    def close(self) -> None:
        """Close the connection. During a call the handle stays open, since the body may still have to be read."""
        super().close()
        handle, self._handle = self._handle, None
        if handle is not None and _current.call is not None:
            _current.call.handles.append(handle)
        elif handle is not None:
            handle.close()


class _WatchedTLS(_Watched, HTTPSConnection):
    pass


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Watched


class _TLSPool(HTTPSConnectionPool):
    ConnectionCls = _WatchedTLS


@cache
def _context(bundle: str) -> ssl.SSLContext:
    context = create_urllib3_context()
    context.load_verify_locations(bundle)
    return context


class WatchedAdapter(requests.adapters.HTTPAdapter):
    """A requests adapter whose connections a `Watchdog` can shut down.

    All connections share one TLS context, because creating one means reading the whole CA bundle.
    """

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Create the connection pools."""
        super().init_poolmanager(*args, ssl_context=_context(certifi.where()), socket_options=SOCKET_OPTIONS, **kwargs)
        manager: urllib3.PoolManager = self.poolmanager
        manager.pool_classes_by_scheme = {"http": _Pool, "https": _TLSPool}

    def cert_verify(self, conn: Any, *_: Any, **__: Any) -> None:
        """Verify every certificate against the CA bundle of the shared context."""
        conn.cert_reqs = "CERT_REQUIRED"
