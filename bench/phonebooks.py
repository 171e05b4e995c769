"""Phonebooks in the sandbox: pages of large ones, and long work, each with its number of API calls."""

import contextlib
import math
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import requests

from bench.load import load
from bench.report import Goal, Section
from bench.servers import MAX_SECONDS, Server, dashboard

HEADS = ("contacts", "page", "API calls", "first, s", "later, s", "CPU later, s", "peak memory, MiB")
IMPORTED, BLOCKED = 1000, 2000
KEY = ("user", "pass")


def measure_pages(seconds: float, _turns: int) -> Section:
    """Measure each page right after a start and later. There is one worker."""
    section = Section("Pages of large phonebooks, API 50 ms", HEADS)
    for contacts, largest, limit, long_limit in ((50_000, 10_000, 2, 5), (500_000, 400_000, 6, 8)):
        with _sandbox(contacts, largest, 800, 300, latency=0.05) as (url, groups):
            group, *_ = groups
            for name, path, most in (
                ("overview", "/", limit),
                ("groups", "/groups", limit),
                ("contacts", "/contacts", limit),
                ("contacts, a search", "/contacts?q=mari+tamm", limit),
                ("contacts by company", "/contacts?sort=company", limit),
                (f"a group of {largest:,}", f"/groups/{group}", limit),
                ("delete a group of 800", f"/groups/{groups[1]}/delete", long_limit),
                ("who gets a message to three groups", "/audience?group=" + "&group=".join(groups), long_limit),
            ):
                at = f"{contacts:,} contacts, 500 groups, API 50 ms"
                with dashboard(url, WEB_CONCURRENCY="1") as server:
                    server.path, before = path, server.calls()
                    first = min(load(server).times, default=math.inf) / 1000
                    calls, later = server.calls() - before, load(server, seconds=seconds)
                    times = [first, later.quantile(0.5) / 1000, later.cpu / 1000] if later.times else [math.inf] * 3
                    section.add_row(f"{contacts:,}", name, calls, *times, server.peak_memory())
                section.goals.append(Goal(f"first answer: {name}", at, most, first, "s"))
    return section


def measure_long_work(_seconds: float, _turns: int) -> Section:
    """Measure an import and a job on many contacts, from the form to their end in the background."""
    section = Section("Long work in the background", ("work", "form, s", "until its end, s", "API calls", "calls/s"))
    rows = "".join(f"+3725{number:07}\tMari\tImported\n" for number in range(IMPORTED))
    with _sandbox(5000, BLOCKED) as (url, [group]), dashboard(url, BACKGROUND_WORK="1") as server:
        seen, now = -1, 0
        while not now or now != seen:  # until the daily comparison of groups' members has ended
            seen, now = now, server.log.read_text().count("groupIds=")
            time.sleep(1)
        user = requests.Session()
        user.cookies.update(dict(each.split("=", 1) for each in server.headers["Cookie"].split("; ")))
        page = _send(user, user.get(f"http://{server.address}/import"), pasted=f"Phone\tFirst name\tGroup\n{rows}")
        blacklist = f"http://{server.address}/bulk/add-to-blacklist?all=1&back=/groups/{group}"
        for name, count, limit, ask in (
            ("import", IMPORTED, 2.1, lambda: _send(user, page, existing="fill")),
            ("add to the blacklist", BLOCKED, 2.1, lambda: _send(user, user.get(blacklist))),
        ):
            asked, taken, calls = _run(user, server, ask)
            at = f"{count:,} contacts"
            section.add_row(f"{name}: {at}", asked, taken, calls, calls / taken)
            section.goals.append(Goal(f"API calls a contact: {name}", at, limit, calls / count, ""))
    return section


def _run(user: requests.Session, server: Server, ask: Callable[[], requests.Response]) -> tuple[float, float, int]:
    """Send a form and wait for the end of its work; return the seconds of both, and the API calls."""
    before, began = server.calls(), time.perf_counter()
    page = ask()
    asked = time.perf_counter() - began
    while "Refresh" in page.headers:
        time.sleep(0.1)
        page = user.get(page.url)
    return asked, time.perf_counter() - began, server.calls() - before


def _send(user: requests.Session, page: requests.Response, **fields: str) -> requests.Response:
    """Send the form on a page, with its hidden fields."""
    form = page.text.partition("<main")[2]
    hidden = re.findall(r'<input(?=[^>]*type="hidden")[^>]* name="([^"]+)"[^>]* value="([^"]*)"', form)
    answer = user.post(page.url, dict(hidden) | fields)
    answer.raise_for_status()
    return answer


@contextlib.contextmanager
def _sandbox(contacts: int, *sizes: int, latency: float = 0) -> Iterator[tuple[str, list[str]]]:
    """Serve a sample, and yield the API's address and the ids of its groups of these sizes."""
    options = ["--port=0", "--username=user", "--password=pass", "--groups=500", f"--contacts={contacts}"]
    options += [f"--fault=* * slow:{latency}", "--group-sizes", *map(str, sizes)]
    command = [sys.executable, "-m", "webapp.sandbox", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, stderr=subprocess.DEVNULL) as process:
        assert process.stdout
        try:
            url = process.stdout.readline().split()[-1]
            groups = requests.get(f"{url}/phonebook/groups", auth=KEY, timeout=MAX_SECONDS).json()["groups"]
            ids = {group["name"]: group["id"] for group in groups}
            yield url, [ids[f"Group of {size:,}"] for size in sizes]
        finally:
            process.terminate()
