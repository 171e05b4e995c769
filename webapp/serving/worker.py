"""gunicorn's threaded worker: slow clients hold few threads, and at its end it answers every accepted request."""

import selectors
import socket
import time
from contextlib import suppress
from functools import partial
from typing import Any

from gunicorn.workers.gthread import STOP_KEEPALIVE_LINGER, TConn, ThreadWorker

from webapp.serving.client_socket import ClientSocket

SEND_BUFFER = 256 * 1024  # bytes: a page fits, so that no thread waits for a client to read it
STOP_SECONDS = 1.0  # for which a stopping worker still accepts; by then the master has closed its listener


class Worker(ThreadWorker):
    """Accepts a connection only while a thread is free, and gives it a thread only once a request has arrived."""

    _paused_until = 0.0

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Connections with a part of a request, and by when the rest has to arrive: the earliest first.
        self._arriving: dict[TConn, float] = {}

    def accept(self, listener: Any) -> bool:
        """Accept one connection; return whether there was one."""
        try:
            accepted, address = listener.accept()
        except OSError as error:
            if not isinstance(error, BlockingIOError | ConnectionAbortedError):  # usually no file descriptor is left
                self.log.warning("No connection can be accepted: %s", error.strerror)
                self._paused_until = time.monotonic() + 1.0
                self._expire_oldest_silent(32)  # requests open files, too
            return False
        conn = TConn(self.cfg, ClientSocket(fileno=accepted.detach()), address, listener.getsockname())
        conn.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
        conn.set_timeout()
        self.nr_conns += 1
        self.pending_conns.append(conn)
        self.poller.register(conn.sock, selectors.EVENT_READ, partial(self.on_pending_socket_readable, conn))
        self._expire_oldest_silent(max(0, self.nr_conns + 1 - self.worker_connections))  # room for the next one
        return True

    def _expire_oldest_silent(self, count: int) -> None:
        for conn in list(self.pending_conns or self.keepalived_conns)[:count]:
            conn.timeout = 0.0  # the main loop closes it

    def _busy(self) -> int:
        """Return how many connections have a thread, or wait for one."""
        return int(self.nr_conns - len(self.pending_conns) - len(self.keepalived_conns))

    def _may_accept(self) -> bool:
        return time.monotonic() >= self._paused_until and (self._busy() < self.cfg.threads or not self.alive)

    def wait_for_and_dispatch_events(self, timeout: float) -> None:
        """Handle requests before new connections: they may take the last free thread."""
        super().set_accept_enabled(self._may_accept())
        for key, _ in sorted(self.poller.select(timeout), key=lambda event: bool(event[0].data == self.accept)):
            if key.data != self.accept or self._may_accept():
                key.data(key.fileobj)
        now = time.monotonic()
        for conn in [conn for conn, until in self._arriving.items() if until <= now]:
            if conn.sock.fileno() < 0:  # closed meanwhile
                del self._arriving[conn]
            else:
                self.poller.get_key(conn.sock).data(conn.sock)

    def on_pending_socket_readable(self, conn: TConn, client: Any) -> None:
        """Give a new connection a thread if its request has arrived, or is late."""
        if self._is_due(conn):
            super().on_pending_socket_readable(conn, client)

    def on_client_socket_readable(self, conn: TConn, client: Any) -> None:
        """Give a kept connection a thread if its next request has arrived, or is late."""
        if self._is_due(conn):
            super().on_client_socket_readable(conn, client)

    def _is_due(self, conn: TConn) -> bool:
        now = time.monotonic()
        conn.sock.request_deadline = self._arriving.setdefault(conn, now + ClientSocket.request_seconds)
        is_due: bool = conn.sock.has_request() or conn.sock.request_deadline <= now
        if is_due:
            del self._arriving[conn]
        return is_due

    def handle(self, conn: TConn) -> Any:
        """Serve a request; close the connection here, since waiting for the client would block the main loop."""
        # If the request arrived with the one before, its time begins now.
        conn.sock.request_deadline = conn.sock.request_deadline or time.monotonic() + ClientSocket.request_seconds
        keepalive = super().handle(conn)
        conn.sock.request_deadline = 0.0
        conn.sock.end_response()
        if not keepalive:
            conn.close(graceful=self._busy() <= self.cfg.threads // 2)  # to wait for the client takes this thread
            conn.close = lambda **_: None  # gunicorn would close it again
        return keepalive

    def set_accept_enabled(self, enabled: bool) -> None:
        """Accept connections or not; gunicorn calls it with False when the worker stops."""
        super().set_accept_enabled(enabled)
        if enabled or self.alive:
            return
        until = time.monotonic() + STOP_SECONDS
        while time.monotonic() < until:
            self.wait_for_and_dispatch_events(timeout=0.1)
        super().set_accept_enabled(False)
        for listener in self.sockets:
            with suppress(AttributeError, OSError):  # only TCP on Linux tells how many wait in its queue
                # `accept` lets other threads run, and clients connect meanwhile; this look at the queue doesn't.
                while self.accept(listener) or any(listener.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 28)[24:]):
                    pass
            listener.close()
        self.sockets.clear()
        for conn in self.pending_conns:
            conn.timeout = min(conn.timeout, time.monotonic() + STOP_KEEPALIVE_LINGER)
