"""The dashboard in operation: its start, 200 users at once, stalled connections, and SIGTERM under load."""

import gzip
import re
import time
from concurrent.futures import ThreadPoolExecutor

from bench.fake_api import FakeApi
from bench.load import Result, load
from bench.report import Goal, Section
from bench.servers import MAX_SECONDS, dashboard, floor

POST = b"POST /sign-in HTTP/1.1\r\nContent-Length: 999\r\n\r\nusername="


def measure_operation(_seconds: float, turns: int) -> Section:
    """Measure each situation."""
    goals = [*_start(turns), *_two_hundred_users(turns), _health_while_stalled(), _stop_under_load(4 * turns)]
    return Section("Operation", goals=goals)


def _start(turns: int) -> list[Goal]:
    """Start the floor and the dashboard in turn, and weigh the list and its stylesheet."""
    floors, dashboards = [], []
    with FakeApi() as api:
        api.configure(1000)
        for _ in range(turns):
            with floor(api.url) as server:
                floors.append(server.start_seconds)
            with dashboard(api.url) as server:
                dashboards.append(server.start_seconds)
                page = server.get(server.connect())
                server.path = re.findall(r'href="(/static/[^"]*\.css[^"]*)"', gzip.decompress(page).decode())[0]
                stylesheet = server.get(server.connect())
    start = Goal("cold start to the first page / floor's", "1,000 groups", 2.5, min(dashboards) / min(floors))
    sizes = ("HTML of the list", 6, len(page)), ("stylesheet", 4.5, len(stylesheet))
    return [start, *(Goal(f"{what}, gzipped", "50 rows", limit, size / 1000, "kB") for what, limit, size in sizes)]


def _two_hundred_users(turns: int) -> list[Goal]:
    result, at = Result(), "100 groups, API 100 ms"
    with FakeApi() as api, dashboard(api.url) as server:
        api.configure(100, latency=100)
        for _ in range(turns):
            load(server, result, users=200)
    p99 = Goal("200 users at once: p99", at, 1.1, result.quantile(0.99) / 1000, "s")
    return [p99, Goal("200 users at once: errors", at, 0, result.errors, "")]


def _health_while_stalled() -> Goal:
    """Request the health check while 40 API calls stall and 40 requests have arrived in part only."""
    result = Result()
    with FakeApi() as api, dashboard(api.url) as server:
        api.configure(10, latency=10_000)
        connections = [server.connect() for _ in range(80)]
        for number in range(40):
            connections[number].send(POST[: number + 20])
            connections[40 + number].request("GET", server.path, headers=server.headers)
        time.sleep(0.5)  # so that the workers have accepted them
        server.path = "/health/ready"
        for _ in range(100):
            load(server, result)
    return Goal("health check: p99", "40 stalled API calls, 40 half-sent requests", 250, result.quantile(0.99), "ms")


def _stop_under_load(stops: int) -> Goal:
    """Send SIGTERM while 16 users request pages, each time over a new connection."""
    result = Result()
    with FakeApi() as api:
        api.configure(1000, latency=100)
        for _ in range(stops):
            with dashboard(api.url) as server, ThreadPoolExecutor(1) as pool:
                server.headers["Connection"] = "close"
                users = pool.submit(load, server, result, users=16, seconds=MAX_SECONDS)
                time.sleep(0.4)
                server.stop()
                users.result()
    return Goal("SIGTERM under load: requests lost", f"{stops} times", 0, result.errors, "")
