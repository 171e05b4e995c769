"""A deadline for a whole call: connecting, TLS, sending, headers and body together.

A socket's timeout bounds one `recv`, so a server that sends a byte now and then holds a call for as long as it likes.
Here a watchdog shuts the connection down at the deadline, whatever the call is doing then. Looking up a name is the one
thing that it can't end: the operating system offers no way.
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

RESTED = 1.0
"""Seconds without a request after which a connection may have been forgotten: no write is trusted to it."""

LONGEST_REST = 60.0
"""Seconds after which a connection is not used again at all."""

PART_OF_TIME = 1 / 3
"""Of what is left of a call: so long a read waits for the first word over a connection that has rested."""

SOCKET_OPTIONS = [
    *HTTPConnection.default_socket_options,
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
    # Not every system has them: after 30 seconds, every 10, three times.
    *(
        (socket.IPPROTO_TCP, getattr(socket, name), value)
        for name, value in (("TCP_KEEPIDLE", 30), ("TCP_KEEPINTVL", 10), ("TCP_KEEPCNT", 3))
        if hasattr(socket, name)
    ),
]


@dataclass(eq=False)
class Call:
    """One call to the API while it lasts.

    `expires` is a time of `time.monotonic()`, `longest_rest` the seconds that the connection it uses may have rested.
    """

    expires: float
    longest_rest: float = RESTED
    expired: bool = False
    handles: list[socket.socket] = field(default_factory=list)
    """To be closed when the call is over."""
    _connection: socket.socket | None = None

    @property
    def remaining(self) -> float:
        """Seconds left, but more than none: a socket takes zero as "don't wait at all"."""
        return max(self.expires - time.monotonic(), 0.001)

    def check(self) -> None:
        """Raise TimeoutError if the call has expired."""
        if self.expired:
            raise TimeoutError("the deadline has passed")

    def use(self, connection: socket.socket | None) -> None:
        """Name the connection that the call uses from now on."""
        self._connection = connection
        if self.expired:
            self.expire()

    def expire(self) -> None:
        """End the call: whoever waits on its connection wakes up."""
        self.expired = True
        if self._connection is not None:
            with suppress(OSError):  # it is closed already
                self._connection.shutdown(socket.SHUT_RDWR)


class Watchdog:
    """Expires calls at their deadlines, from one thread that runs while there are any."""

    def __init__(self) -> None:
        self._calls: set[Call] = set()
        self._changed = threading.Condition()
        self._wakes = 0.0
        self._thread: threading.Thread | None = None

    @contextmanager
    def watch(self, expires: float, *, longest_rest: float = RESTED) -> Iterator[Call]:
        """Make the connections that this thread uses in the `with` block end at `expires`.

        With a `longest_rest` above RESTED, the call breaks off early over a connection that has been forgotten: only
        what may be sent again may have that.
        """
        call = _current.call = Call(expires, longest_rest)
        with self._changed:
            self._calls.add(call)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="watchdog", daemon=True)
                self._thread.start()
            elif expires < self._wakes:  # else the thread wakes early enough by itself
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
                self._wakes = min(call.expires for call in self._calls)
                self._changed.wait(self._wakes - now)


class _Current(threading.local):
    call: Call | None = None


_current = _Current()


_Response: Any = http.client.HTTPResponse  # its types don't tell of `_read_status`


class _FinalResponse(_Response):
    """An answer behind all those that only announce it, where the standard library leaves out 100 alone."""

    def _read_status(self) -> tuple[str, int, str]:
        version, status, reason = super()._read_status()
        return version, http.client.CONTINUE if 100 <= status < 200 else status, reason


class _Watched(HTTPConnection):
    """A connection that belongs to the current call of its thread, and can be shut down from another."""

    response_class = _FinalResponse
    # TLS takes the socket's descriptor over, so the watchdog needs one of its own.
    _handle: socket.socket | None = None
    _used = 0.0
    _has_rested = False

    @property
    def is_connected(self) -> bool:
        """Whether it can be used by the current call."""
        longest = _current.call.longest_rest if _current.call else LONGEST_REST
        return super().is_connected and time.monotonic() - self._used < longest

    def _new_conn(self) -> socket.socket:
        """Connect to one address after another until the deadline, where urllib3 gives each address the full time."""
        try:
            found = socket.getaddrinfo(self._dns_host, self.port, allowed_gai_family(), socket.SOCK_STREAM)
        except (socket.gaierror, UnicodeError) as error:
            raise NameResolutionError(self.host, self, socket.gaierror(str(error))) from error
        failure: Exception = OSError("no address")
        for *_, address in found:
            patience = min(float(self.timeout or 0) or 60, _current.call.remaining if _current.call else 60)
            try:
                connection = create_connection(
                    (str(address[0]), int(address[1])), patience, socket_options=self.socket_options
                )
                try:
                    self._handle = connection.dup()
                except OSError:  # no more files can be opened
                    connection.close()
                    raise
            except OSError as error:
                failure = error
            else:
                self._used = time.monotonic()
                self._belong()
                return connection
        kind = ConnectTimeoutError if isinstance(failure, TimeoutError) else NewConnectionError
        raise kind(self, f"Could not connect to {self.host}: {failure}") from failure

    def request(self, *args: Any, **kwargs: Any) -> None:
        """Send a request, as part of the current call."""
        now = time.monotonic()
        self._has_rested, self._used = self.sock is not None and now - self._used >= RESTED, now
        self._belong()
        super().request(*args, **kwargs)

    def getresponse(self) -> Any:
        """Wait for the head of the answer.

        Raises:
            ConnectionResetError: when the connection seems to have been forgotten, and the call may be sent again.

        """
        call, patience = _current.call, self.timeout
        if not (call and self._has_rested and call.longest_rest > RESTED):
            return super().getresponse()
        self.timeout = call.remaining * PART_OF_TIME
        with suppress(TimeoutError):
            response = super().getresponse()
            self.timeout = patience
            if self.sock:  # else it is the last answer
                self.sock.settimeout(patience)
            return response
        raise ConnectionResetError("nothing came over a connection that had rested")

    def close(self) -> None:
        """Close the connection. Where that is done early, an answer's body is still to be read: the handle stays."""
        super().close()
        handle, self._handle = self._handle, None
        if handle is not None and _current.call is not None:
            _current.call.handles.append(handle)
        elif handle is not None:
            handle.close()

    def _belong(self) -> None:
        if _current.call is not None:
            _current.call.use(self._handle)


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
    """Makes a requests session use connections that a `Watchdog` can end.

    Certificates are checked by one context for all connections: each of its own would read the whole bundle anew.
    """

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Make the pools."""
        super().init_poolmanager(*args, ssl_context=_context(certifi.where()), socket_options=SOCKET_OPTIONS, **kwargs)
        manager: urllib3.PoolManager = self.poolmanager
        manager.pool_classes_by_scheme = {"http": _Pool, "https": _TLSPool}

    def cert_verify(self, conn: Any, *_: Any, **__: Any) -> None:
        """Have every certificate checked, by the context's bundle."""
        conn.cert_reqs = "CERT_REQUIRED"
