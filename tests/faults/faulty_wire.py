"""A proxy between the dashboard and the sandbox that can do to an answer anything that networks and bad servers do."""

import contextlib
import http.client
import socket
import struct
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from tests.phonebook.fake_api import FakeApi, Handler


@dataclass(frozen=True)
class Answer:
    """A whole answer, taken apart."""

    status: str
    headers: bytes
    body: bytes

    @property
    def head(self) -> bytes:
        return f"HTTP/1.1 {self.status}\r\n".encode() + self.headers + b"\r\n"

    @property
    def whole(self) -> bytes:
        return self.head + self.body


Reply = Callable[["Connection", Answer], None]


class Connection:
    """The dashboard's end of the wire, to which a fault writes."""

    def __init__(self, connection: socket.socket, closing: threading.Event) -> None:
        self._socket = connection
        self._closing = closing

    def send(self, data: bytes) -> None:
        self._socket.sendall(data)

    def drip(self, data: bytes, every: float = 0.05) -> None:
        """Send a byte now and then, until the other side hangs up."""
        for index in range(len(data)):
            self.send(data[index : index + 1])
            if self._closing.wait(every):
                return

    def flood(self, piece: bytes, times: int) -> None:
        """Send the same over and over."""
        for _ in range(times):
            self.send(piece)

    def silence(self) -> None:
        """Send nothing until the other side hangs up."""
        with contextlib.suppress(TimeoutError):
            self._socket.settimeout(30)
            while self._socket.recv(1024):
                pass

    def reset(self) -> None:
        """Reset the connection."""
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._socket.close()


class Wire:
    """Forwards requests to the sandbox, and its answers back. If a fault is set, it answers instead.

    `fault` acts on requests whose HTTP method is in `methods`: they reach the sandbox first if `carry_out`.
    """

    def __init__(self, sandbox: str) -> None:
        self._sandbox = urlsplit(sandbox)
        self._closing = threading.Event()
        self.fault: Reply | None = None
        self.methods: frozenset[str] = frozenset()
        self.carry_out = False
        self.requests: list[str] = []
        self._server = FakeApi(self._answer)
        self.url = self._server.url

    def __enter__(self) -> "Wire":
        self._server.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        self._server.__exit__()

    def stop(self) -> None:
        """Refuse every connection from now on."""
        self._server.stop()

    def _answer(self, handler: Handler) -> None:
        request = handler.request_bytes
        connection = Connection(handler.connection, self._closing)
        method, path = request.split(b" ", 2)[:2]
        self.requests.append(f"{method.decode()} {path.decode()}")
        faulty = self.fault is not None and method.decode() in self.methods
        genuine = self._pass_on(request) if self.carry_out or method == b"GET" or not faulty else UNANSWERED
        with contextlib.suppress(OSError):  # the dashboard has hung up: that is its right
            if faulty and self.fault is not None:
                self.fault(connection, genuine)
            else:
                connection.send(genuine.whole)

    def _pass_on(self, request: bytes) -> Answer:
        head, _, body = request.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        method, path, _ = first.split(" ")
        upstream = http.client.HTTPConnection(self._sandbox.hostname or "", self._sandbox.port)
        with contextlib.closing(upstream):
            headers = dict(line.split(": ", 1) for line in lines) | {"Connection": "close"}
            upstream.request(method, path, body, headers)
            response = upstream.getresponse()
            payload = response.read()
        length = b"" if response.status == 204 else b"Content-Length: %d\r\n" % len(payload)
        kind = b"Content-Type: application/json\r\nConnection: close\r\n"
        return Answer(f"{response.status} {response.reason}", kind + length, payload)


UNANSWERED = Answer("200 OK", b"Content-Length: 13\r\nConnection: close\r\n", b'{"groups":[]}')


def until(condition: Callable[[], bool], patience: float = 60) -> bool:
    """Wait until a condition is true; return whether it became true."""
    end = time.monotonic() + patience
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True
