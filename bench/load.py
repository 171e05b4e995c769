"""Readers that ask for one page again and again, each over a connection of its own."""

import asyncio
import math
import time
from dataclasses import dataclass, field
from urllib.parse import urlsplit

PATIENCE = 30
"""Seconds after which no answer is waited for."""


@dataclass
class Result:
    """What came of a load. Times are in milliseconds."""

    times: list[float] = field(default_factory=list)
    errors: int = 0
    elapsed: float = 0
    size: int = 0
    asked: int = 0
    """Pages in all, with those that are not timed."""

    def quantile(self, part: float) -> float:
        """Return the time that this part of the answers took at most."""
        ordered = sorted(self.times)
        return ordered[max(0, math.ceil(part * len(ordered)) - 1)] if ordered else math.nan

    @property
    def p50(self) -> float:
        """The median."""
        return self.quantile(0.5)

    @property
    def p99(self) -> float:
        """What 99 of 100 take at most."""
        return self.quantile(0.99)

    @property
    def a_second(self) -> float:
        """Pages a second."""
        return len(self.times) / self.elapsed if self.elapsed else 0

    def __iadd__(self, other: "Result") -> "Result":
        self.times += other.times
        self.errors += other.errors
        self.elapsed += other.elapsed
        self.size = other.size or self.size
        return self


class _Connection(asyncio.Protocol):
    """One keep-alive connection; what it sends is ready made, and of an answer it reads the status and the length."""

    def __init__(self, request: bytes) -> None:
        self.request = request
        self.transport: asyncio.Transport | None = None
        self.received = bytearray()
        self.length = -1
        self.answer: asyncio.Future[tuple[int, int]] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.received += data
        if self.length < 0:
            end = self.received.find(b"\r\n\r\n")
            if end < 0:
                return
            head = bytes(self.received[:end]).lower()
            found = head.partition(b"\r\ncontent-length:")[2].partition(b"\r\n")[0]
            self.length = end + 4 + int(found or 0)
        if len(self.received) >= self.length and self.answer and not self.answer.done():
            status = int(self.received[9:12])
            self.answer.set_result((status, self.length))
            self.received.clear()
            self.length = -1

    def connection_lost(self, _error: Exception | None) -> None:
        if self.answer and not self.answer.done():
            self.answer.set_result((0, 0))

    async def ask(self) -> tuple[int, int]:
        """Send the request, and wait for its answer: its status (0 where there was none in time), and its size."""
        if self.transport is None or self.transport.is_closing():
            return 0, 0
        loop = asyncio.get_running_loop()
        self.answer = loop.create_future()
        patience = loop.call_later(PATIENCE, self.transport.abort)
        self.transport.write(self.request)
        try:
            return await self.answer
        finally:
            patience.cancel()


def request_for(url: str, cookie: str = "", close: bool = False) -> bytes:
    """Make a request as a browser would send it."""
    parts = urlsplit(url)
    lines = [
        f"GET {parts.path}{'?' + parts.query if parts.query else ''} HTTP/1.1",
        f"Host: {parts.netloc}",
        "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
        "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
        "Accept-Language: en",
        "Accept-Encoding: gzip, deflate, br, zstd",
        *([f"Cookie: {cookie}"] if cookie else []),
        *(["Connection: close"] if close else []),
    ]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


async def _connect(url: str, cookie: str) -> _Connection:
    parts = urlsplit(url)
    request = request_for(url, cookie)
    _, made = await asyncio.get_running_loop().create_connection(
        lambda: _Connection(request), parts.hostname or "", parts.port or 80
    )
    return made


async def _load(url: str, cookie: str, connections: int, seconds: float, least: int, warm_up: int) -> Result:
    result = Result()
    readers = [await _connect(url, cookie) for _ in range(connections)]
    for _ in range(warm_up):
        await asyncio.gather(*(reader.ask() for reader in readers))
    start = time.perf_counter()

    async def read(reader: _Connection) -> None:
        turns = 0
        while time.perf_counter() < start + seconds or turns < least:
            turns += 1
            began = time.perf_counter()
            status, size = await reader.ask()
            if status != 200:
                result.errors += 1
                return
            result.times.append((time.perf_counter() - began) * 1000)
            result.size = size

    await asyncio.gather(*(read(reader) for reader in readers))
    result.elapsed = time.perf_counter() - start
    result.asked = len(result.times) + result.errors + warm_up * connections
    _close(readers)
    return result


async def _at_once(url: str, cookie: str, users: int) -> Result:
    result = Result()
    start = time.perf_counter()

    async def read() -> None:
        reader = await _connect(url, cookie)
        status, result.size = await reader.ask()
        result.times.append((time.perf_counter() - start) * 1000)
        result.errors += status != 200
        _close([reader])

    await asyncio.gather(*(read() for _ in range(users)))
    result.elapsed = time.perf_counter() - start
    return result


def _close(readers: list[_Connection]) -> None:
    for reader in readers:
        if reader.transport:
            reader.transport.abort()


def load(
    url: str, cookie: str = "", *, connections: int = 1, seconds: float = 1, least: int = 4, warm_up: int = 3
) -> Result:
    """Ask over so many connections for so long; each asks again as soon as it has its answer.

    Args:
        url: of the page.
        cookie: of somebody who is signed in.
        connections: at a time.
        seconds: for so long.
        least: answers that each connection waits for, however long that takes.
        warm_up: answers of each that are not timed: whatever process serves it has then seen what it serves.

    """
    return asyncio.run(_load(url, cookie, connections, seconds, least, warm_up))


def at_once(url: str, cookie: str = "", *, users: int) -> Result:
    """Have so many readers come at the same moment, each over a new connection; the times count from that moment."""
    return asyncio.run(_at_once(url, cookie, users))
