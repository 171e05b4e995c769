"""The other pages, on the sandbox with 50 ms of latency: 50,000 contacts in 500 groups, one of 10,000."""

import contextlib
import re
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bench.deployments import dashboard, free_port
from bench.load import load
from bench.server import PATIENCE, ROOT, Server

GROUPS, CONTACTS, MEMBERS = 500, 50_000, 10_000


@dataclass(frozen=True)
class Page:
    """What one page takes: milliseconds at first and, in the middle, afterwards; calls to the API; CPU afterwards."""

    name: str
    first: float
    later: float
    cpu: float
    calls: float
    memory: float


@contextlib.contextmanager
def _sandbox() -> Iterator[tuple[str, str]]:
    """Start the sandbox, and return its address and the group of 10,000."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "phonebook.sqlite3")
        with _serving(file):
            pass
        with contextlib.closing(sqlite3.connect(file)) as connection:
            (group,) = connection.execute("SELECT id FROM groups ORDER BY rowid DESC").fetchone()
            connection.execute("DELETE FROM memberships WHERE groupId = ?", (group,))
            connection.execute(
                "INSERT INTO memberships SELECT ?, phoneNumber FROM contacts ORDER BY phoneNumber LIMIT ?",
                (group, MEMBERS),
            )
            connection.execute(
                "UPDATE contacts SET scheduledDeletionDate = NULL"
                " WHERE phoneNumber IN (SELECT phoneNumber FROM memberships)"
            )
            connection.commit()
        with _serving(file, "--fault", "* * slow:0.05") as url:
            yield url, group


@contextlib.contextmanager
def _serving(file: Path, *more: str) -> Iterator[str]:
    port = free_port()
    sizes = ["--groups", str(GROUPS), "--contacts", str(CONTACTS), "--username", "user", "--password", "password"]
    command = [sys.executable, "-m", "webapp.sandbox", "--port", str(port), "--database", str(file), *sizes, *more]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            with contextlib.suppress(ConnectionError, OSError):
                urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=PATIENCE).close()
                break
            time.sleep(0.05)
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        process.terminate()
        process.wait(PATIENCE)


def other_pages(*, quick: bool) -> list[Page]:
    """Measure each page once after a start, and then again and again."""
    found = []
    with _sandbox() as (url, group):
        for name, path in (
            ("list of groups", "/groups"),
            ("a group of 10,000", f"/groups/{group}"),
            ("the same, searched", f"/groups/{group}?q=a&sort=company"),
            ("delete a group of 10,000", f"/groups/{group}/delete"),
            ("its contacts in no other group", f"/groups/{group}/only-here"),
            ("contacts", "/contacts"),
            ("contacts, searched", "/contacts?q=ma&sort=number"),
            ("contacts about to be deleted", "/contacts/leaving"),
            ("activity", "/activity"),
        ):
            with dashboard(url, WEB_CONCURRENCY="1") as server:
                found.append(_measure(server, name, path, 3 if quick else 10))
                each = found[-1]
                print(
                    f"{name}: {each.first:.0f} ms at first, {each.later:.0f} later, CPU {each.cpu:.0f} ms,"
                    f" {each.calls:.0f} calls, {each.memory:.0f} MiB",
                    flush=True,
                )
    return found


def _measure(server: Server, name: str, path: str, times: int) -> Page:
    first = load(server.url + path, server.cookie, warm_up=0, least=1, seconds=0)
    calls, cpu = _calls(server), server.cpu()
    later = load(server.url + path, server.cookie, warm_up=0, least=times, seconds=0)
    return Page(
        name,
        first.p50 if not first.errors else float("inf"),
        statistics.median(later.times) if not later.errors else float("inf"),
        (server.cpu() - cpu) / times,
        (_calls(server) - calls) / times,
        server.memory(),
    )


def _calls(server: Server) -> int:
    return len(re.findall(r'event="phonebook call"', server.log.read_text()))
