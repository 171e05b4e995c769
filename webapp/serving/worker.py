"""gunicorn's threaded worker, which takes in no more than it can serve, and ends without leaving anybody unanswered.

What gunicorn's own does otherwise:

- It takes every connection, even where its threads are all busy, and another worker's are not. Each new one holds a
  thread until something is asked over it. Where the process may open no more, the worker ends.
- It waits for a request as long as a byte of it comes now and then, and a thread waits with it; likewise until somebody
  takes an answer. Where it closes a connection, its main loop waits for the other end to do the same, and with it
  everybody else.
- Asked to end, it stops at once. Connections that the system has accepted for it by then, and those that come until its
  last request is answered, are reset.
"""

import ctypes
import errno
import os
import selectors
import socket
import struct
import sys
import time
from contextlib import suppress
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

from gunicorn.http.unreader import SocketUnreader
from gunicorn.workers.gthread import TConn, ThreadWorker

REQUEST_SECONDS = 20.0
"""Seconds in which a request has to come, its form included: for 64 kB, three kilobytes a second are enough."""

TAKEN_WITHIN = 20.0
"""Seconds that may be spent on waiting for somebody to take an answer, beyond what its length allows."""

LEAST_RATE = 5_000
"""Bytes a second at which an answer has to be taken."""

PIECE = 64 * 1024
"""Bytes that are sent at a time: so often it is seen how fast they are taken."""

PAUSE = 1.0
"""Seconds in which no connection is taken after the system could open none."""

ROOM = 32
"""Connections that are closed then, if nothing is asked over them: other files have to be opened, too."""

MASTER_CLOSE_SECONDS = 1.0
"""Seconds. If the master listens for longer, it goes on, with other workers: then nothing has to be closed."""

BACKLOG_SECONDS = 0.25
"""Seconds that a connection may take to be made, and its request to come."""

SILENT_SECONDS = 2.0
"""Seconds that a connection over which nothing was ever asked is still kept: as long as gunicorn keeps the others."""

SO_ATTACH_FILTER = 26  # of Linux; Python has no name for it
FILTER = b"".join(
    struct.pack("=HBBI", *instruction)
    for instruction in (
        (0x30, 0, 0, 13),  # the flags of the TCP header
        (0x54, 0, 0, 0x12),  # of them SYN and ACK
        (0x15, 0, 1, 0x02),  # SYN alone asks for a new connection
        (0x06, 0, 0, 0),  # which gets no answer
        (0x06, 0, 0, 0xFFFFFFFF),  # the rest passes
    )
)


class _Client(socket.socket):
    """Sends until the time that its bytes allow is spent; then whoever takes them counts as gone."""

    patience = 0.0
    """Seconds left that may be spent on waiting."""

    def sendall(self, data: Any, flags: int = 0) -> None:
        """Send all of it.

        Raises:
            ConnectionResetError: when it is taken too slowly.

        """
        if self.gettimeout() is not None:  # whoever set that knows how long to wait
            return super().sendall(data, flags)
        for start in range(0, len(data), PIECE):
            piece = memoryview(data)[start : start + PIECE]
            self.patience = min(max(self.patience, 0.001) + len(piece) / LEAST_RATE, TAKEN_WITHIN)
            began = time.monotonic()
            self.settimeout(self.patience)
            try:
                super().sendall(piece, flags)
            except TimeoutError:
                raise ConnectionResetError(errno.ECONNRESET, "the answer is not taken in time") from None
            finally:
                self.settimeout(None)
            self.patience -= time.monotonic() - began
        return None

    def send(self, data: Any, flags: int = 0) -> int:
        """Send all of it; raises as `sendall` does."""
        self.sendall(data, flags)
        return len(data)


class _InTime(SocketUnreader):
    """Reads a request until its time is over; then whoever sends it counts as gone."""

    until = 0.0

    def chunk(self, size_hint: int | None = None) -> bytes:
        """Return what has come, after waiting for it."""
        patience, left = self.sock.gettimeout(), self.until - time.monotonic()
        if patience is not None and patience < left:
            return bytes(super().chunk(size_hint))
        self.sock.settimeout(max(left, 0.001))  # to 0 there would be another meaning
        try:
            return bytes(super().chunk(size_hint))
        except TimeoutError:
            raise ConnectionResetError(errno.ECONNRESET, "the request has not come in time") from None
        finally:
            self.sock.settimeout(patience)


class Connection(TConn):
    """A connection that is waited for no longer than it may take, and closed where nobody else has to wait for that."""

    _is_closed = False

    def init(self) -> None:
        """Be ready to read the next request."""
        if not self.initialized:
            super().init()
            self.parser.unreader = _InTime(self.sock)
        self.parser.unreader.until = time.monotonic() + REQUEST_SECONDS

    def close(self, graceful: bool = False) -> None:
        """Close it once."""
        if not self._is_closed:
            self._is_closed = True
            super().close(graceful)


class Worker(ThreadWorker):
    """Takes connections while it has a thread to spare; at the end it takes the last ones, and then closes the door."""

    _rests_until = 0.0

    def accept(self, listener: Any) -> None:
        """Take a connection, and wait, without a thread, until something is asked over it."""
        if not self._accepting:  # since a moment ago
            return
        try:
            client, address = listener.accept()
        except (BlockingIOError, ConnectionAbortedError):  # another worker was quicker, or it is gone
            return
        except OSError as error:  # most often the process may open no more
            self.log.warning("No connection can be taken: %s", os.strerror(error.errno or 0))
            self._rests_until = time.monotonic() + PAUSE
            self._drop_the_oldest(ROOM)
            super().set_accept_enabled(not self.alive)
        else:
            client = _Client(fileno=client.detach())
            client.patience = TAKEN_WITHIN
            connection = Connection(self.cfg, client, address, listener.getsockname())
            connection.timeout = time.monotonic() + self.cfg.keepalive
            self.nr_conns += 1
            self.pending_conns.append(connection)
            self.poller.register(client, selectors.EVENT_READ, partial(self.on_pending_socket_readable, connection))
            if self.nr_conns >= self.worker_connections:
                self._drop_the_oldest(1)

    def wait_for_and_dispatch_events(self, timeout: float) -> None:
        """Serve what is asked, and take connections after that: it shows whether there is a thread for them."""
        for key, _ in sorted(self.poller.select(timeout), key=lambda event: bool(event[0].data == self.accept)):
            key.data(key.fileobj)

    def enqueue_req(self, conn: Connection) -> None:
        """Have a request served, and take no connection until there is a thread for it."""
        super().enqueue_req(conn)
        if self.alive and self._is_busy():
            super().set_accept_enabled(False)

    def _drop_the_oldest(self, count: int) -> None:
        """Close the connections over which nothing has been asked for longest: somebody else may ask something."""
        for connection in islice(self.pending_conns or self.keepalived_conns, count):
            connection.timeout = 0.0
        self.murder_pending()
        self.murder_keepalived()

    def handle(self, conn: Connection) -> Any:
        """Serve a request, and close the connection in this thread where it is the last one."""
        goes_on = super().handle(conn)
        if not goes_on:
            with suppress(OSError):
                conn.close(graceful=True)
        return goes_on

    def _is_busy(self) -> bool:
        waiting = len(self.keepalived_conns) + len(self.pending_conns)
        return time.monotonic() < self._rests_until or bool(self.nr_conns - waiting >= self.cfg.threads)

    def set_accept_enabled(self, enabled: bool) -> None:
        """Take connections, or stop that; gunicorn stops it when the worker is to end, and when it has too many."""
        if not enabled and not self.alive:
            super().set_accept_enabled(True)
            self._take_the_last()
            super().set_accept_enabled(False)
            for listener in self.sockets:
                listener.close()
            self._forget_the_silent()
        else:
            super().set_accept_enabled(enabled and not (self.alive and self._is_busy()))

    def _take_the_last(self) -> None:
        """Go on until the master listens no more, then let nobody else begin, and take who has begun.

        Without that filter, whoever connects between the last look and the closing would be reset. With it they are
        told a second later, when their system asks again, that nobody listens here.
        """
        self._serve_while(self._master_listens, MASTER_CLOSE_SECONDS)
        if not self._master_listens():
            for listener in self.sockets:
                _let_nobody_begin(listener)
            self._serve_while(lambda: True, BACKLOG_SECONDS)
        for listener in self.sockets:
            before = -1
            while before != self.nr_conns:
                before = self.nr_conns
                self.accept(listener)

    def _serve_while(self, condition: Any, seconds: float) -> None:
        until = time.monotonic() + seconds
        while condition() and time.monotonic() < until:
            self.notify()
            self.wait_for_and_dispatch_events(timeout=0.02)

    def _master_listens(self) -> bool:
        """Whether the master still holds a listener; where that can't be seen, it is taken for granted."""
        held = {f"socket:[{os.fstat(listener.fileno()).st_ino}]" for listener in self.sockets}
        try:
            open_files = list(Path(f"/proc/{self.ppid}/fd").iterdir())
        except OSError:
            return True
        found = set()
        for file in open_files:
            with suppress(OSError):  # it has been closed since
                found.add(str(file.readlink()))
        return not held.isdisjoint(found)

    def _forget_the_silent(self) -> None:
        """Wait for those who have connected and said nothing no longer than for those who have said all they had to."""
        for connection in self.pending_conns:
            connection.timeout = min(connection.timeout, time.monotonic() + SILENT_SECONDS)


def _let_nobody_begin(listener: Any) -> None:
    """Leave every wish for a new connection unanswered, in all processes that share the listener."""
    if sys.platform != "linux":
        return
    code = ctypes.create_string_buffer(FILTER, len(FILTER))
    program = struct.pack("HP", len(FILTER) // 8, ctypes.addressof(code))
    with suppress(OSError):  # kernels without it reset whoever connects in the last microseconds
        listener.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, program)
