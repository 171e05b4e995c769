"""Pages of a phonebook with 50,000 contacts, served by the sandbox, whose answers come 50 ms late."""

import contextlib
import statistics
import subprocess
import sys
from collections.abc import Iterator

import requests

from bench.load import load
from bench.report import Goal, Section
from bench.servers import MAX_SECONDS, dashboard

AT = "50,000 contacts, 500 groups, API 50 ms"


def measure_contacts_pages(seconds: float, turns: int) -> Section:
    """Measure each page right after a start and later, and the list of contacts after changes. There is one worker."""
    section = Section(f"Pages with {AT}", ("page", "first, ms", "later, ms", "CPU later, ms", "peak memory, MiB"))
    with _sandbox() as (url, group):
        for name, path, limit in (
            ("contacts", "/contacts", 2),
            ("a group of 10,000", f"/groups/{group}", 2),
            ("delete a group of 10,000", f"/groups/{group}/delete", 5),
        ):
            with dashboard(url, WEB_CONCURRENCY="1") as server:
                server.path = path
                first = load(server).times[0]
                later = load(server, seconds=seconds)
                section.add_row(name, first, later.quantile(0.5), later.cpu, server.peak_memory())
            section.goals.append(Goal(f"first answer: {name}", AT, limit, first / 1000, "s"))
        cpu = statistics.median(_cpu_after_changes(url, turns))
    section.goals.append(Goal("CPU of /contacts after a change, a worker", AT, 450, cpu, "ms"))
    return section


def _cpu_after_changes(url: str, changes: int) -> Iterator[float]:
    """Change a contact before every request for the list, and yield the worker's processor time in milliseconds."""
    contacts = f"{url}/phonebook/contacts"
    with dashboard(url, WEB_CONCURRENCY="1") as server, requests.Session() as api:
        api.auth = ("user", "password")
        number = api.get(contacts, timeout=MAX_SECONDS).json()["contacts"][0]["phoneNumber"]
        server.path = "/contacts"
        load(server, warm_up=1)
        for change in range(changes):
            new = {"firstName": f"Change {change}"}
            api.patch(f"{contacts}/{number}", json=new, timeout=MAX_SECONDS).raise_for_status()
            yield load(server).cpu


@contextlib.contextmanager
def _sandbox() -> Iterator[tuple[str, str]]:
    """Serve sample data and a group of 10,000 contacts; yield the API's address and that group's id."""
    options = [
        "--port=0",
        "--username=user",
        "--password=password",
        "--groups=500",
        "--contacts=50000",
        "--group-sizes=10000",
    ]
    command = [sys.executable, "-m", "webapp.sandbox", *options, "--fault=* * slow:0.05"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, stderr=subprocess.DEVNULL) as process:
        assert process.stdout
        url = process.stdout.readline().split()[-1]
        answer = requests.get(f"{url}/phonebook/groups", auth=("user", "password"), timeout=MAX_SECONDS)
        group = next(group["id"] for group in answer.json()["groups"] if group["name"] == "Group of 10,000")
        yield url, group
        process.terminate()
