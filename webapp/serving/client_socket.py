"""The connection to a client, with limits for slow ones."""

import errno
import re
import socket
import threading
import time
from contextlib import suppress
from typing import Any

MAX_AWAITED = 32 * 1024  # bytes of a request that arrive before it gets a thread: all headers, and most forms
PIECE = 64 * 1024  # bytes that are sent at a time, to notice early that a client doesn't read

_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*([0-9]{1,18})[ \t]*(?:\r\n|$)", re.IGNORECASE)
_EXPECT = re.compile(rb"\r\nexpect:", re.IGNORECASE)


class ClientSocket(socket.socket):
    """A socket that raises ConnectionResetError when the client sends or reads too slowly."""

    request_seconds = 20.0
    """For a request to arrive."""
    send_seconds = 20.0
    """For the client to read, beyond the time that it takes at `min_send_rate`."""
    min_send_rate = 5_000
    """Bytes a second."""
    fast_rate = 1_000_000
    """Bytes a second."""
    slow_seconds = 5.0
    """A client is slow if it has been waited for so much longer than at `fast_rate`."""
    slow_readers = threading.BoundedSemaphore(16)
    """How many slow clients of a worker are waited for at once, each by a thread. Others are disconnected."""

    request_deadline = 0.0
    low_water = 1
    """How many bytes have to arrive for the socket to be readable."""
    _lateness = 0.0
    _slowness = 0.0
    _is_slow = False

    def has_request(self) -> bool:
        """Whether a request can be read without waiting; if not, the socket becomes readable only by further bytes.

        A request of more than MAX_AWAITED bytes can be read as soon as so many are there.
        """
        try:
            arrived = super().recv(MAX_AWAITED, socket.MSG_PEEK)
        except BlockingIOError:
            return False
        except OSError:
            return True  # the connection has failed, as reading it will show
        head, end, body = arrived.partition(b"\r\n\r\n")
        length = _LENGTH.search(head)
        is_whole = bool(end) and (not length or len(body) >= int(length[1]) or bool(_EXPECT.search(head)))
        # Nothing arrives at the end of a connection; fewer bytes than asked for, if the system can hold no more.
        if is_whole or len(arrived) in {0, MAX_AWAITED} or len(arrived) < self.low_water:
            self._set_low_water(1)
            return True
        self._set_low_water(len(arrived) + 1)
        return False

    def _set_low_water(self, size: int) -> None:
        if size != self.low_water:
            self.low_water = size
            self.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, size)

    def recv(self, *args: Any) -> Any:
        if self.gettimeout() is not None:  # gunicorn's own limit
            return super().recv(*args)
        self.settimeout(max(self.request_deadline - time.monotonic(), 0.001))
        try:
            return super().recv(*args)
        except TimeoutError:
            raise _too_slow() from None
        finally:
            self.settimeout(None)

    def sendall(self, data: Any, *args: Any) -> None:
        if self.gettimeout() is not None:
            return super().sendall(data, *args)
        rest = memoryview(data)
        try:
            while rest:
                rest = rest[self._send_some(rest[:PIECE], *args) :]
        finally:
            self.settimeout(None)
        return None

    send = sendall  # type: ignore[assignment]  # gunicorn sends "100 Continue" with it and ignores its result

    def _send_some(self, piece: memoryview, *args: Any) -> int:
        """Send what the system can take of a piece, as soon as it can take any; return how many bytes.

        It is none if the client has become slow meanwhile.
        """
        wait = self.send_seconds - self._lateness
        if not self._is_slow:
            wait = min(wait, self.slow_seconds - self._slowness)
        self.settimeout(max(wait, 0.001))  # 0 would mean non-blocking
        began, sent = time.monotonic(), 0
        with suppress(TimeoutError):
            sent = super().send(piece, *args)
        waited = time.monotonic() - began
        self._lateness = max(self._lateness + waited - sent / self.min_send_rate, 0.0)
        self._slowness = max(self._slowness + waited - sent / self.fast_rate, 0.0)
        if self._lateness >= self.send_seconds:
            raise _too_slow()
        if not sent and not self._is_slow:
            self._is_slow = self.slow_readers.acquire(blocking=False)
            if not self._is_slow:
                raise _too_slow()
        return sent

    def end_response(self) -> None:
        """Note that no thread waits for this client any more."""
        if self._is_slow:
            self._is_slow = False
            self.slow_readers.release()


def _too_slow() -> ConnectionResetError:
    return ConnectionResetError(errno.ECONNRESET, "the client is too slow")
