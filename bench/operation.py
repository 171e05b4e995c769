"""The dashboard in operation: its start, and 200 users at once. Tests show what slow clients and a stop do."""

from bench.fake_api import FakeApi
from bench.load import Result, load
from bench.report import Goal, Section
from bench.servers import dashboard, floor


def measure_operation(_seconds: float, turns: int) -> Section:
    """Measure each situation."""
    return Section("Operation", goals=[_start(turns), *_two_hundred_users(turns)])


def _start(turns: int) -> Goal:
    """Start the floor and the dashboard in turn."""
    floors, dashboards = [], []
    with FakeApi() as api:
        api.configure(1000)
        for _ in range(turns):
            with floor(api.url) as server:
                floors.append(server.start_seconds)
            with dashboard(api.url) as server:
                dashboards.append(server.start_seconds)
    return Goal("cold start to the first page / floor's", "1,000 groups", 2.5, min(dashboards) / min(floors))


def _two_hundred_users(turns: int) -> list[Goal]:
    result, at = Result(), "100 groups, API 100 ms"
    with FakeApi() as api, dashboard(api.url) as server:
        api.configure(100, latency=100)
        for _ in range(turns):
            load(server, result, users=200)
    p99 = Goal("200 users at once: p99", at, 1.1, result.quantile(0.99) / 1000, "s")
    return [p99, Goal("200 users at once: errors", at, 0, result.errors, "")]
