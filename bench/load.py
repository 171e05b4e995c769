"""Requests to a server over keep-alive connections, as browsers send them."""

import math
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.client import HTTPException

from bench.servers import MAX_SECONDS, Server


@dataclass
class Result:
    """What the turns of one server took: `times` and `cpu` in milliseconds a page, the latter in the cheapest turn."""

    times: list[float] = field(default_factory=list)
    seconds: float = 0
    cpu: float = math.inf
    errors: int = 0

    def quantile(self, part: float) -> float:
        """Return the milliseconds that this part of the pages took at most."""
        return sorted(self.times)[round((len(self.times) - 1) * part)]

    @property
    def per_second(self) -> float:
        """Pages a second."""
        return len(self.times) / self.seconds


def load(server: Server, into: Result | None = None, *, users: int = 1, seconds: float = 0, warm_up: int = 0) -> Result:
    """Have users request a page over and over, each over a connection of its own, and add to a result.

    Each user requests `warm_up` pages that don't count, then at least one that does; all begin those at one moment.
    Without a warm-up, connecting is part of the first page's time.
    """
    result = into or Result()
    times, began, cpu = list[float](), 0.0, 0.0

    def start() -> None:
        nonlocal began, cpu
        began, cpu = time.perf_counter(), server.cpu()

    def read(_user: int) -> None:
        connection = server.connect()
        for _ in range(warm_up):
            server.get(connection)
        barrier.wait()
        while True:
            asked = time.perf_counter()
            try:
                server.get(connection)
            except ConnectionRefusedError:
                break  # the server has been stopped
            except (HTTPException, OSError):
                result.errors += 1
                connection.close()  # the next request opens it again
            else:
                times.append((time.perf_counter() - asked) * 1000)
            if time.perf_counter() >= began + seconds:
                break
        connection.close()

    barrier = threading.Barrier(users, start, MAX_SECONDS)
    with ThreadPoolExecutor(users) as pool:
        list(pool.map(read, range(users)))
    result.seconds += time.perf_counter() - began
    result.cpu = min(result.cpu, (server.cpu() - cpu) / max(1, len(times)))
    result.times += times
    return result
