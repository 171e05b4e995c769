"""The dashboard's client of the API beside the vendor's own: each in a process of its own, over one open connection."""

import json
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bench.deployments import Api
from bench.server import ROOT

SIZES = (10, 10_000, 100_000)


@dataclass(frozen=True)
class Listed:
    """What listing all groups took: milliseconds (the median), and MiB beyond what the process had before."""

    time: float
    memory: float


def compare_clients(*, quick: bool) -> dict[tuple[int, bool, str], Listed]:
    """Measure both clients, by (groups, changing, client)."""
    found: dict[tuple[int, bool, str], list[Listed]] = {}
    with Api() as api:
        for _ in range(2):
            for groups in SIZES:
                for changing in (False, True):
                    for kind in ("ours", "theirs"):
                        api.set(groups=groups, latency=0, changing=changing)
                        seconds = 0.3 if quick else 0.6
                        command = [sys.executable, "-m", "bench.clients", kind, api.url, str(seconds)]
                        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
                        found.setdefault((groups, changing, kind), []).append(Listed(*json.loads(done.stdout)))
    best = {
        key: Listed(min(each.time for each in many), min(each.memory for each in many)) for key, many in found.items()
    }
    for (groups, changing, kind), listed in best.items():
        words = f"{groups:>7,} groups{', changing' if changing else ''}, {kind}"
        print(f"{words}: {listed.time:.2f} ms, {listed.memory:.0f} MiB", flush=True)
    return best


def _ours(url: str) -> Callable[[], object]:
    from webapp.phonebook import PhonebookClient, Transport

    return PhonebookClient(Transport(url, "user", "password")).list_groups


def _theirs(url: str) -> Callable[[], object]:
    from messente_api.api.groups_api import GroupsApi
    from messente_api.api_client import ApiClient
    from messente_api.configuration import Configuration

    return GroupsApi(ApiClient(Configuration(host=url, username="user", password="password"))).fetch_groups


def _memory(what: str) -> float:
    found = re.search(rf"{what}:\s+(\d+) kB", Path("/proc/self/status").read_text())
    return int(found[1]) / 1024 if found else 0


def main() -> None:
    """Measure one client, and print what it took."""
    kind, url, seconds = sys.argv[1:]
    fetch = {"ours": _ours, "theirs": _theirs}[kind](url)
    before, times = _memory("VmRSS"), list[float]()
    fetch()
    end = time.perf_counter() + float(seconds)
    while time.perf_counter() < end or len(times) < 5:
        began = time.perf_counter()
        fetch()
        times.append((time.perf_counter() - began) * 1000)
    print(json.dumps([statistics.median(times), _memory("VmHWM") - before]))


if __name__ == "__main__":
    main()
