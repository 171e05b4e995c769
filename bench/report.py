"""The results, written for people."""

import os
import platform
import subprocess
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from bench.deployments import PEERS, shipped
from bench.goals import Found, goals
from bench.pages import Case, Measured
from bench.server import ROOT

RESULTS = ROOT / "bench" / "RESULTS.md"


def write(found: Found, *, quick: bool) -> None:
    """Write all of it."""
    RESULTS.write_text("\n".join(_lines(found, quick=quick)) + "\n")


def _lines(found: Found, *, quick: bool) -> Iterator[str]:
    yield "# How fast it is\n"
    yield "Written by `make bench`; `bench/README.md` says what is measured, and how.\n"
    yield f"{datetime.now(UTC):%-d %B %Y}{', in short (QUICK=1)' if quick else ''}. {_machine()}\n"
    yield f"{_versions()}\n"
    settings = ", ".join(f"`{name}` {value}" for name, value in shipped().items())
    yield f"All servers run under the gunicorn settings that ship: {settings}.\n"
    yield "## What is to be reached\n"
    yield from _table(("measure", "at", "goal", "reached", "met"), (goal.cells for goal in goals(found)))
    yield "\n## The list beside the floor\n"
    yield "Milliseconds; CPU is that of the workers, a page.\n"
    yield from _pages(found.pages)
    yield "\n## The list beside lists over a database\n"
    yield from _pages(found.databases)
    yield "\n## The other pages\n"
    yield "On the sandbox, whose answers take 50 ms and what it needs to write them; 50,000 contacts in 500 groups.\n"
    yield from _table(
        ("page", "ms after a start", "ms afterwards", "CPU, ms", "calls to the API", "MiB, peak"),
        (
            (each.name, *(f"{value:.0f}" for value in (each.first, each.later, each.cpu, each.calls, each.memory)))
            for each in found.others
        ),
    )
    yield "\n## The client beside the vendor's\n"
    yield from _table(
        ("groups", "answer", "client", "ms, median", "MiB, peak"),
        (
            (f"{groups:,}", "changed" if changing else "same", kind, f"{each.time:.2f}", f"{each.memory:.0f}")
            for (groups, changing, kind), each in found.clients.items()
        ),
    )


def _pages(pages: Mapping[Case, Sequence[Measured]]) -> Iterator[str]:
    heads = (
        "groups",
        "API",
        "connections",
        "answer",
        "server",
        "p50",
        "p99",
        "pages/s",
        "CPU",
        "/ first",
        "calls",
        "MiB",
    )
    return _table(heads, (_cells(case, each, found[0]) for case, found in pages.items() for each in found))


def _cells(case: Case, each: Measured, first: Measured) -> tuple[str, ...]:
    return (
        f"{case.groups:,}",
        f"{case.latency} ms",
        str(case.connections),
        "changed" if case.changing else "same",
        each.name,
        f"{each.result.p50:.1f}",
        f"{each.result.p99:.1f}",
        f"{each.result.a_second:.0f}",
        f"{each.cpu:.2f}",
        f"{each.cpu / first.cpu:.2f}",
        f"{each.calls:.0f}",
        f"{each.memory:.0f}",
    )


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(heads)} |"
    yield f"|{' --- |' * len(heads)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"


def _machine() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    model = next((line.partition(":")[2].strip() for line in lines if "model name" in line), platform.machine())
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    load = os.getloadavg()[0]
    return f"{os.cpu_count()} cores ({model}), {memory:.0f} GiB, Linux {platform.release()}, load {load:.1f}."


def _versions() -> str:
    names = ("flask", "gunicorn", "requests", "msgspec", "sqlalchemy", "messente-api")
    ours = ", ".join(f"{name} {version(name)}" for name in names)
    asked = "from importlib.metadata import version as v; print(v('flask-admin'), v('django'))"
    done = subprocess.run([PEERS / "python", "-c", asked], capture_output=True, text=True, check=True)
    flask_admin, django = done.stdout.split()
    return f"Python {platform.python_version()}, {ours}; Flask-Admin {flask_admin}, Django {django}."
