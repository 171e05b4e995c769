"""What is to be reached, and whether it was."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from bench.clients import Listed
from bench.contacts import Page
from bench.load import Result
from bench.moments import Ended, Start
from bench.pages import Case, Measured


@dataclass(frozen=True)
class Goal:
    """One figure: what it is of, what it should be at most (or at least), and what it is."""

    measure: str
    at: str
    goal: float
    reached: float
    unit: str = "×"
    least: bool = False

    @property
    def met(self) -> bool:
        """Whether it is as it should be."""
        return self.reached >= self.goal if self.least else self.reached <= self.goal

    @property
    def cells(self) -> tuple[str, ...]:
        """What a table says of it."""
        sign = "≥" if self.least else "≤"
        reached = f"{self.reached:.2f}" if abs(self.reached) < 10 else f"{self.reached:,.0f}"
        return (
            self.measure,
            self.at,
            f"{sign} {self.goal:g} {self.unit}",
            f"{reached} {self.unit}",
            "yes" if self.met else "**no**",
        )


@dataclass
class Found:
    """All that was measured."""

    clients: Mapping[tuple[int, bool, str], Listed]
    pages: Mapping[Case, Sequence[Measured]]
    databases: Mapping[Case, Sequence[Measured]]
    at_once: Result
    health: Result
    ended: Ended
    start: Start
    weight: tuple[int, int]
    others: Sequence[Page]


def goals(found: Found) -> Iterator[Goal]:
    """Hold what was measured against what is to be reached."""
    yield from _of_the_client(found.clients)
    yield from _of_the_page(found.pages)
    for groups in (1000, 10_000):
        ours, *others = found.databases[Case(groups)]
        for other, goal in zip(others, (6, 12), strict=True):
            reached = ours.result.a_second / other.result.a_second
            yield Goal(f"pages a second / {other.name}'s", f"{groups:,} groups", goal, reached, least=True)
    _, busy = found.pages[Case(10_000, 50, 32)]
    at = "10,000 groups, API 50 ms, 32 connections"
    yield Goal("pages a second", at, 300, busy.result.a_second, "/s", least=True)
    yield Goal("p99 / the API's latency", at, 4, busy.result.p99 / 50)
    yield Goal("200 users at once: p99", "100 groups, API 100 ms", 1.1, found.at_once.p99 / 1000, "s")
    yield Goal("200 users at once: errors", "", 0, found.at_once.errors, "")
    yield Goal("health check: p99", "40 stalled calls, 40 half-sent requests", 250, found.health.p99, "ms")
    yield Goal("SIGTERM under load: requests lost", f"{found.ended.stops} times", 0, found.ended.lost, "")
    yield Goal("SIGTERM under load: the longest exit", f"{found.ended.stops} times", 25, found.ended.longest, "s")
    start = found.start
    yield Goal("cold start to the first page / floor's", "1,000 groups", 2.5, start.dashboard / start.floor)
    yield Goal("peak memory of a worker after load", "1,000 groups, 32 connections", 100, start.small, "MiB")
    yield Goal("peak memory of a worker after load", "100,000 groups, 32 connections", 280, start.large, "MiB")
    yield Goal("the same", "and a group renamed before every call", 280, start.changing, "MiB")
    yield Goal("page and stylesheet, gzipped", "50 rows", 6, sum(found.weight) / 1000, "kB")
    yield from _of_other_pages(found.others)


def _of_other_pages(pages: Sequence[Page]) -> Iterator[Goal]:
    at = "50,000 contacts, 500 groups, API 50 ms, after a start"
    for name, goal in (("a group of 10,000", 2), ("contacts", 2), ("delete a group of 10,000", 5)):
        first = next(page.first for page in pages if page.name == name)
        yield Goal(f"page: {name}", at, goal, first / 1000, "s")
    yield Goal("peak memory of a worker", at, 280, max(page.memory for page in pages), "MiB")


def _of_the_client(clients: Mapping[tuple[int, bool, str], Listed]) -> Iterator[Goal]:
    def ratio(groups: int, changing: bool, what: str) -> float:
        ours, theirs = (clients[groups, changing, kind] for kind in ("ours", "theirs"))
        return float(getattr(ours, what) / getattr(theirs, what))

    yield Goal("client's time / vendor's client's", "10 groups", 1.5, ratio(10, False, "time"))
    for groups in (10_000, 100_000):
        at = f"{groups:,} groups"
        yield Goal("vendor's client's time / client's", at, 12, 1 / ratio(groups, False, "time"), least=True)
        yield Goal("client's memory / vendor's client's", at, 0.4, ratio(groups, False, "memory"))


def _of_the_page(pages: Mapping[Case, Sequence[Measured]]) -> Iterator[Goal]:
    for case, goal in (
        (Case(1000), 1.8),
        (Case(10_000), 1.3),
        (Case(100_000), 0.7),
        (Case(10_000, changing=True), 4.5),
    ):
        floor, ours = pages[case]
        at = f"{case.groups:,} groups, {'changed every time' if case.changing else 'unchanged'}"
        yield Goal("CPU a page / floor's", at, goal, ours.cpu / floor.cpu)
    for changing, goal in ((False, 4), (True, 12)):
        floor, ours = pages[Case(10_000, 50, changing=changing)]
        at = f"10,000 groups, API 50 ms, {'changed every time' if changing else 'unchanged'}"
        yield Goal("p50 beyond the floor's", at, goal, ours.result.p50 - floor.result.p50, "ms")
