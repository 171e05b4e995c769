"""A phonebook API that answers at once: every answer is made before it is asked for.

`python -m bench.api PORT`. GET /control?groups=&latency=&changing= sets how many groups there are, how long an answer
takes (in milliseconds), and whether a group is changed before every answer; it says how many calls there were.
One thread a connection: each waits for the latency, and gives the processor away while it sends.
"""

import contextlib
import itertools
import socket
import sys
import threading
import time
from dataclasses import dataclass, field
from functools import cache
from urllib.parse import parse_qsl, urlsplit

from bench.data import as_json, group

HEAD = b"HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"


@dataclass(frozen=True)
class Body:
    """A list in JSON, and where each of its rows begins and ends."""

    data: bytearray
    rows: tuple[tuple[int, int], ...]


@dataclass
class State:
    """What is answered."""

    groups: int = 0
    latency: float = 0
    changing: bool = False
    turns: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))
    lock: threading.Lock = field(default_factory=threading.Lock)
    calls: "itertools.count[int]" = field(default_factory=itertools.count)

    def control(self, query: dict[str, str]) -> bytes:
        """Do as is said, and tell how many calls there have been since the last time."""
        self.groups = int(query.get("groups", self.groups))
        self.latency = float(query.get("latency", self.latency * 1000)) / 1000
        self.changing = query.get("changing", str(int(self.changing))) == "1"
        _groups(self.groups)
        made, self.calls = next(self.calls), itertools.count()
        return as_json({"calls": made})


@cache
def _groups(count: int) -> Body:
    parts = [as_json(group(number)) for number in range(count)]
    start = len(b'{"groups":[')
    rows = []
    for part in parts:
        rows.append((start, start + len(part)))
        start += len(part) + 1
    return Body(bytearray(b'{"groups":[' + b",".join(parts) + b"]}"), tuple(rows))


def _pieces(state: State) -> list[bytes | bytearray]:
    body = _groups(state.groups)
    head = HEAD % (b"200 OK", len(body.data))
    if not state.changing or not body.rows:
        return [head + body.data] if len(body.data) < 64 * 1024 else [head, body.data]
    with state.lock:
        turn = next(state.turns)
        number = turn * 7919 % len(body.rows)
        start, end = body.rows[number]
        body.data[start:end] = as_json(group(number, turn))
        return [head, bytes(body.data)]


def _serve(connection: socket.socket, state: State) -> None:
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    received = b""
    with connection:
        while True:
            while b"\r\n\r\n" not in received:
                part = connection.recv(65536)
                if not part:
                    return
                received += part
            head, _, received = received.partition(b"\r\n\r\n")
            target = urlsplit(head.split(b" ", 2)[1].decode())
            if target.path == "/control":
                answer = state.control(dict(parse_qsl(target.query)))
                connection.sendall(HEAD % (b"200 OK", len(answer)) + answer)
                continue
            next(state.calls)
            pieces = _pieces(state)
            if state.latency:
                time.sleep(state.latency)
            for piece in pieces:
                connection.sendall(piece)


def _answer(connection: socket.socket, state: State) -> None:
    with contextlib.suppress(OSError):  # whoever asked may have gone
        _serve(connection, state)


def main() -> None:
    """Serve until the process is ended."""
    state = State()
    with socket.create_server(("127.0.0.1", int(sys.argv[1])), backlog=512) as listener:
        print("ready", flush=True)
        while True:
            connection, _ = listener.accept()
            threading.Thread(target=_answer, args=(connection, state), daemon=True).start()


if __name__ == "__main__":
    main()
