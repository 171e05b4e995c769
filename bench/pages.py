"""The list's page beside the floor, and beside lists that read the same rows from a database."""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field

from bench.deployments import Api, admin_list, dashboard, floor
from bench.load import Result, load
from bench.server import Server


@dataclass(frozen=True)
class Case:
    """What is asked for, and how."""

    groups: int
    latency: int = 0
    connections: int = 1
    changing: bool = False


@dataclass
class Measured:
    """What came of one server in one case, over all its turns."""

    name: str
    result: Result = field(default_factory=Result)
    cpu_turns: list[float] = field(default_factory=list)
    calls: float = 0
    memory: float = 0

    @property
    def cpu(self) -> float:
        """Milliseconds of processor time a page: the best turn, the least disturbed by what else ran."""
        return min(self.cpu_turns)

    @property
    def spread(self) -> float:
        """How far its turns lie apart, as a part of the best."""
        return max(self.cpu_turns) / min(self.cpu_turns) - 1


def compare(api: Api, servers: Sequence[Server], case: Case, *, turns: int, seconds: float) -> list[Measured]:
    """Load one server after the other, and all of them so many times."""
    found = [Measured(server.name) for server in servers]
    heavy = case.groups >= 100_000 and case.connections > 1
    for _ in range(turns):
        for server, measured in zip(servers, found, strict=True):
            api.set(groups=case.groups, latency=case.latency, changing=case.changing)
            before = server.cpu()
            result = load(
                server.page,
                server.cookie,
                connections=case.connections,
                seconds=seconds,
                least=1 if heavy else 4,
                warm_up=1 if heavy else 3,
            )
            pages = result.asked
            measured.cpu_turns.append((server.cpu() - before) / pages)
            measured.calls = api.set() / pages
            measured.memory = server.memory()
            measured.result += result
    return found


CASES = [
    Case(groups, latency, connections, changing)
    for groups in (10, 1000, 10_000, 100_000)
    for latency in (0, 50)
    for connections in (1, 8, 32)
    for changing in (False, True)
]
QUICK = [
    Case(1000),
    Case(10_000),
    Case(10_000, changing=True),
    Case(10_000, 50),
    Case(10_000, 50, changing=True),
    Case(10_000, 50, 32),
    Case(100_000),
]


def beside_the_floor(*, quick: bool) -> dict[Case, list[Measured]]:
    """Measure the floor and the dashboard in every case."""
    with ExitStack() as stack:
        api = stack.enter_context(Api())
        servers = [stack.enter_context(floor(api.url)), stack.enter_context(dashboard(api.url))]
        found = {}
        for case in QUICK if quick else CASES:
            told = (case.groups, case.connections, case.changing) in _TOLD
            heavy = case.groups >= 100_000 and case.connections > 1
            seconds, turns = (1.5, 3) if told else (0.3, 1 if heavy else 2)
            found[case] = compare(api, servers, case, turns=turns, seconds=seconds)
            print(line(case, found[case]), flush=True)
        return found


_TOLD = {
    (1000, 1, False),
    (10_000, 1, False),
    (10_000, 1, True),
    (10_000, 32, False),
    (100_000, 1, False),
}
"""The cases that goals are about take their time."""


def beside_databases(*, quick: bool) -> dict[Case, list[Measured]]:
    """Measure the dashboard, Flask-Admin and Django admin, which read the groups from SQLite."""
    found = {}
    for groups in (1000, 10_000) if quick else (10, 1000, 10_000, 100_000):
        with ExitStack() as stack:
            api = stack.enter_context(Api())
            servers = [
                stack.enter_context(dashboard(api.url)),
                stack.enter_context(admin_list("Flask-Admin", groups)),
                stack.enter_context(admin_list("Django admin", groups)),
            ]
            for connections in (1,) if quick else (1, 8, 32):
                case = Case(groups, connections=connections)
                found[case] = compare(api, servers, case, turns=2, seconds=1.0 if groups in (1000, 10_000) else 0.3)
                print(line(case, found[case]), flush=True)
    return found


def line(case: Case, found: Sequence[Measured]) -> str:
    """Say in one line what came of a case."""
    words = f"{case.groups:>7,} groups, API {case.latency:>2} ms, {case.connections:>2} connections"
    words += ", changing" if case.changing else ""
    return words + "".join(
        f" | {each.name}: {each.result.a_second:.0f}/s p50 {each.result.p50:.1f} p99 {each.result.p99:.1f}"
        f" cpu {each.cpu:.2f} (+{each.spread:.0%})" + (f" {each.result.errors} ERRORS" if each.result.errors else "")
        for each in found
    )
