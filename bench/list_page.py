"""The page that lists the groups: beside the floor, beside admin pages, and the memory it takes."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass

from bench.fake_api import FakeApi
from bench.load import Result, load
from bench.report import Goal, Section
from bench.servers import ADMINS, Server, admin, dashboard, floor

HEADS = ("case", "server", "CPU a page, ms", "p50, ms", "p99, ms", "pages/s", "errors")


@dataclass(frozen=True)
class Case:
    """What the API answers, and how many milliseconds later."""

    groups: int
    changing: bool = False
    latency: int = 0

    def __str__(self) -> str:
        words = f"{self.groups:,} groups, {'changed every time' if self.changing else 'unchanged'}"
        return words + (f", API {self.latency} ms" if self.latency else "")


CPU_LIMITS = {Case(60): 2.5, Case(1000): 2.2, Case(10_000): 1.2, Case(100_000): 0.7}
CPU_LIMITS |= {Case(1000, changing=True): 4, Case(10_000, changing=True): 8}
CASES = [Case(groups, changing) for groups in (60, 1000, 10_000, 100_000) for changing in (False, True)]
CASES += [Case(10_000, latency=50), Case(10_000, True, latency=50)]


def compare_with_floor(seconds: float, turns: int) -> Section:
    """Measure the floor and the dashboard."""
    section = Section("List of groups beside the floor", HEADS)
    with FakeApi() as api, floor(api.url) as lowest, dashboard(api.url) as ours:
        for case in CASES:
            section.goals += _goals(case, *_measure(section, api, [lowest, ours], case, seconds, turns))
    return section


def _goals(case: Case, lowest: Result, ours: Result) -> Iterator[Goal]:
    if case.latency:
        beyond = ours.quantile(0.5) - lowest.quantile(0.5)
        yield Goal("p50 beyond the floor's", str(case), 25 if case.changing else 4, beyond, "ms")
    elif case in CPU_LIMITS:
        yield Goal("CPU a page / floor's", str(case), CPU_LIMITS[case], ours.cpu / lowest.cpu)


def compare_with_admins(seconds: float, turns: int) -> Section:
    """Measure the dashboard and the admin pages, which list the same groups from a database."""
    section = Section("List of groups beside admin pages", HEADS)
    for groups in (1000, 10_000):
        with ExitStack() as stack, FakeApi() as api:
            starting = [dashboard(api.url), *(admin(name, groups) for name in ADMINS)]
            servers = [stack.enter_context(server) for server in starting]
            ours, *others = _measure(section, api, servers, Case(groups), seconds, turns)
        for name, other, limit in zip(ADMINS, others, (5, 7), strict=True):
            ratio = ours.per_second / other.per_second
            section.goals.append(Goal(f"pages a second / {name}'s", f"{groups:,} groups", limit, ratio, at_least=True))
    return section


def _measure(
    table: Section, api: FakeApi, servers: list[Server], case: Case, seconds: float, turns: int
) -> list[Result]:
    """Load one server after the other, several times over, so that other work on the machine disturbs all of them."""
    results = [Result() for _ in servers]
    api.configure(case.groups, case.latency, changing=case.changing)
    for _ in range(turns):
        for server, result in zip(servers, results, strict=True):
            load(server, result, seconds=seconds, warm_up=3)
    for server, result in zip(servers, results, strict=True):
        times = result.quantile(0.5), result.quantile(0.99)
        table.add_row(str(case), server.name, result.cpu, *times, result.per_second, result.errors)
    return results


def measure_memory(seconds: float, _turns: int) -> Section:
    """Measure the peak memory after each load, of the same workers."""
    section = Section("Memory")
    with FakeApi() as api, dashboard(api.url) as server:
        for case, limit in ((Case(1000), 100), (Case(100_000), 280), (Case(100_000, changing=True), 280)):
            api.configure(case.groups, changing=case.changing)
            load(server, users=32, seconds=seconds)
            at = f"{case}, 32 connections"
            section.goals.append(Goal("peak memory of a worker", at, limit, server.peak_memory(), "MiB"))
    return section
