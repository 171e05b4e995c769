"""What happens at some moment: many come at once, connections stall, it starts, it is told to stop."""

import gzip
import http.client
import re
import socket
import tempfile
import threading
import time
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from bench.deployments import Api, dashboard, dashboard_server, floor, sign_in
from bench.load import Result, at_once, load
from bench.server import Server


def two_hundred_at_once(*, quick: bool) -> Result:
    """Have 200 users come at the same moment, some times over; the API takes 100 ms, and has 100 groups."""
    found = Result()
    with Api() as api, dashboard(api.url) as server:
        api.set(groups=100, latency=100)
        for _ in range(2 if quick else 5):
            found += at_once(server.page, server.cookie, users=200)
            time.sleep(0.5)
    print(f"200 at once: p50 {found.p50:.0f} ms, p99 {found.p99:.0f} ms, {found.errors} errors", flush=True)
    return found


def _half_a_request(server: Server, number: int) -> socket.socket:
    parts = urlsplit(server.url)
    made = socket.create_connection((parts.hostname, parts.port))
    host = f"Host: {parts.netloc}\r\nCookie: {server.cookie}\r\n"
    made.sendall(
        [
            b"GET /gro",
            f"GET /groups HTTP/1.1\r\n{host}".encode(),
            f"POST /groups/new HTTP/1.1\r\n{host}Content-Length: 1000\r\n\r\nname=".encode(),
            b"",
        ][number % 4]
    )
    return made


def health_while_stalled() -> Result:
    """Ask for the health check while 40 calls to the API don't come back, and 40 requests are sent in part."""
    found = Result()
    with ExitStack() as stack:
        api = stack.enter_context(Api())
        server = stack.enter_context(dashboard(api.url))
        api.set(groups=10, latency=15_000)
        stuck = [stack.enter_context(_half_a_request(server, number)) for number in range(40)]
        for _ in range(40):
            parts = urlsplit(server.url)
            stalled = stack.enter_context(closing(http.client.HTTPConnection(parts.hostname or "", parts.port)))
            stalled.request("GET", "/groups", headers={"Cookie": server.cookie})
            stuck.append(stalled.sock)
        time.sleep(0.5)
        for _ in range(100):  # each over a new connection, as platforms ask
            found += at_once(f"{server.url}/health/ready", users=1)
            time.sleep(0.05)
    print(f"health check: p50 {found.p50:.1f} ms, p99 {found.p99:.1f} ms, {found.errors} errors", flush=True)
    return found


@dataclass(frozen=True)
class Ended:
    """What came of stops under load."""

    stops: int
    lost: int
    answered: int
    longest: float


def stop_under_load(*, quick: bool) -> Ended:
    """Send SIGTERM to the master while 16 readers ask; a request whose answer never comes is lost."""
    lost = answered = 0
    longest = 0.0
    times = 3 if quick else 20
    with Api() as api:
        api.set(groups=1000, latency=100)
        for _ in range(times):
            with dashboard(api.url) as server:
                reader = _Readers(server, 16)
                time.sleep(0.4)
                began = time.perf_counter()
                server.stop()
                longest = max(longest, time.perf_counter() - began)
                reader.join()
                lost += reader.lost
                answered += reader.answered
    print(f"{times} stops: {lost} requests lost of {answered}, the longest took {longest:.1f} s", flush=True)
    return Ended(times, lost, answered, longest)


class _Readers:
    """Readers that ask until there is nobody to ask, each time over a new connection.

    Once it stands, the system has taken it in for the server: a request over it that gets no answer is lost.
    """

    def __init__(self, server: Server, count: int) -> None:
        self.lost = self.answered = 0
        self._parts, self._cookie = urlsplit(server.page), server.cookie
        self._threads = [threading.Thread(target=self._read) for _ in range(count)]
        for thread in self._threads:
            thread.start()

    def join(self) -> None:
        for thread in self._threads:
            thread.join()

    def _read(self) -> None:
        while True:
            with closing(http.client.HTTPConnection(self._parts.hostname or "", self._parts.port, timeout=30)) as asked:
                try:
                    asked.connect()
                except OSError:
                    return
                try:
                    asked.request("GET", self._parts.path, headers={"Cookie": self._cookie})
                    answer = asked.getresponse()
                    answer.read()
                except (OSError, http.client.HTTPException):
                    self.lost += 1
                    continue
                self.answered += answer.status == 200
                self.lost += answer.status != 200


@dataclass(frozen=True)
class Start:
    """Seconds until the first page, by server, and the most MiB of a worker after loads."""

    floor: float
    dashboard: float
    small: float
    large: float
    changing: float


def cold_start(*, quick: bool) -> Start:
    """Start the floor and the dashboard in turn, whose reader is signed in already; then look at the memory."""
    floors, dashboards = [], []
    with Api() as api, tempfile.TemporaryDirectory() as folder:
        api.set(groups=1000, latency=0)
        store = Path(folder, "store.sqlite3")
        with dashboard_server(api.url, store) as server:
            server.wait_for("/health/ready")
            cookie = sign_in(server)
        for _ in range(2 if quick else 5):
            with floor(api.url) as server:
                floors.append(server.wait_for("/groups"))
            with dashboard_server(api.url, store) as server:
                dashboards.append(server.wait_for("/groups", cookie))
    with Api() as api, dashboard(api.url) as server:
        api.set(groups=1000, latency=0)
        load(server.page, server.cookie, connections=32, seconds=2)
        small = server.memory()
        large = []
        for changing in (False, True):
            api.set(groups=100_000, latency=0, changing=changing)
            load(server.page, server.cookie, connections=32, seconds=2, least=1, warm_up=1)
            large.append(server.memory())
    found = Start(min(floors), min(dashboards), small, *large)
    print(
        f"cold start: floor {found.floor:.2f} s, dashboard {found.dashboard:.2f} s;"
        f" {small:.0f} MiB a worker at 1,000 groups, {found.large:.0f} at 100,000, {found.changing:.0f} changing",
        flush=True,
    )
    return found


def weight() -> tuple[int, int]:
    """Return the bytes that the list's page and its stylesheet are on the wire."""
    with Api() as api, dashboard(api.url) as server:
        api.set(groups=1000)
        page = _body(server, "/groups")
        style = re.search(rb'href="(/static/style[^"]*)"', gzip.decompress(page))
        found = len(page), len(_body(server, style[1].decode())) if style else 0
    print(f"weight: page {found[0]} bytes, stylesheet {found[1]}", flush=True)
    return found


def _body(server: Server, path: str) -> bytes:
    parts = urlsplit(server.url)
    with closing(http.client.HTTPConnection(parts.hostname or "", parts.port)) as asked:
        asked.request("GET", path, headers={"Cookie": server.cookie, "Accept-Encoding": "gzip"})
        return asked.getresponse().read()
