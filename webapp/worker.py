"""gunicorn's threaded worker, which takes in no more than it can serve, and ends without leaving anybody unanswered.

What gunicorn's own does otherwise:

- It takes every connection, even where its threads are all busy, and another worker's are not.
- It waits for a request as long as a byte of it comes now and then, and a thread waits with it. Where it closes a
  connection, its main loop waits for the other end to do the same, and with it everybody else.
- Asked to end, it stops at once. Connections that the system has accepted for it by then, and those that come until its
  last request is answered, are reset.
"""

import ctypes
import errno
import os
import socket
import struct
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from gunicorn.http.unreader import SocketUnreader
from gunicorn.workers.gthread import TConn, ThreadWorker

REQUEST_WITHIN = 20.0
"""Seconds in which a request has to come, its form included: for 64 kB, three kilobytes a second are enough."""

MASTER_CLOSES_WITHIN = 1.0
"""Seconds. If the master listens for longer, it goes on, with other workers: then nothing has to be closed."""

ON_THE_WAY = 0.25
"""Seconds that a connection may take to be made, and its request to come."""

SILENT = 2.0
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
        self.parser.unreader.until = time.monotonic() + REQUEST_WITHIN

    def close(self, graceful: bool = False) -> None:
        """Close it once."""
        if not self._is_closed:
            self._is_closed = True
            super().close(graceful)


class Worker(ThreadWorker):
    """Takes a connection when it has a thread for it; at the end it takes the last ones, and then closes the door."""

    def accept(self, listener: Any) -> None:
        """Take a connection, and no other until there is a thread for it."""
        with suppress(BlockingIOError, ConnectionAbortedError):  # another worker was quicker, or it is gone
            client, address = listener.accept()
            self.nr_conns += 1
            self.enqueue_req(Connection(self.cfg, client, address, listener.getsockname()))
        if self.alive and self._is_busy():
            super().set_accept_enabled(False)

    def handle(self, conn: Connection) -> Any:
        """Serve a request, and close the connection in this thread where it is the last one."""
        goes_on = super().handle(conn)
        if not goes_on:
            with suppress(OSError):
                conn.close(graceful=True)
        return goes_on

    def _is_busy(self) -> bool:
        waiting = len(self.keepalived_conns) + len(self.pending_conns)
        return bool(self.nr_conns - waiting >= self.cfg.threads)

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
        self._serve_while(self._master_listens, MASTER_CLOSES_WITHIN)
        if not self._master_listens():
            for listener in self.sockets:
                _let_nobody_begin(listener)
            self._serve_while(lambda: True, ON_THE_WAY)
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
            connection.timeout = min(connection.timeout, time.monotonic() + SILENT)


def _let_nobody_begin(listener: Any) -> None:
    """Leave every wish for a new connection unanswered, in all processes that share the listener."""
    if sys.platform != "linux":
        return
    code = ctypes.create_string_buffer(FILTER, len(FILTER))
    program = struct.pack("HP", len(FILTER) // 8, ctypes.addressof(code))
    with suppress(OSError):  # kernels without it reset whoever connects in the last microseconds
        listener.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, program)
