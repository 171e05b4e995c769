"""The embedded sandbox: it lives as long as the process that starts it, or that process's last fork."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import pytest
import requests

from tests.sandbox.conftest import Api
from webapp.sandbox import embedded

ROOT = Path(__file__).parents[2]

# A master with one worker, like a forking server. It waits for signals, so that none arrives too early.
MASTER = """
import os, signal, sys
from webapp.sandbox import embedded

url = embedded.start_sandbox()
signals = {signal.SIGTERM, signal.SIGCHLD}
signal.pthread_sigmask(signal.SIG_BLOCK, signals)
worker = os.fork()
if worker:
    print(url, worker, flush=True)
while signal.sigwait(signals) == signal.SIGCHLD:
    os.waitpid(worker, 0)
    print("the worker has ended", flush=True)
sys.exit()
"""


class Master(NamedTuple):
    process: subprocess.Popen[str]
    worker: int
    url: str

    def hear(self) -> str:
        """Return the next line that the master prints."""
        assert self.process.stdout
        return self.process.stdout.readline().strip()


@pytest.fixture
def master() -> Iterator[Master]:
    with subprocess.Popen([sys.executable, "-c", MASTER], cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        url, worker = process.stdout.readline().split()
        yield Master(process, int(worker), url)
        with suppress(ProcessLookupError):
            os.kill(int(worker), signal.SIGKILL)
        process.kill()


def answers(url: str) -> bool:
    with Api(url) as api:
        try:
            return api.call("GET", "/groups").ok
        except requests.RequestException:  # refused, or cut in the middle
            return False


def children(pid: int) -> set[int]:
    return {int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()}


def test_it_serves_and_has_a_session_of_its_own(master: Master) -> None:
    assert answers(master.url)
    (sandbox,) = children(master.process.pid) - {master.worker}
    assert os.getsid(sandbox) == sandbox


@pytest.mark.long
def test_a_worker_that_exits_leaves_it_running(master: Master) -> None:
    os.kill(master.worker, signal.SIGTERM)
    assert master.hear() == "the worker has ended"
    assert answers(master.url)


@pytest.mark.long
def test_it_ends_with_the_master(master: Master) -> None:
    """The worker still holds its standard input open: it is the master that ends it, and waits for that."""
    master.process.terminate()
    assert master.process.wait(timeout=10) == 0
    os.kill(master.worker, 0)
    assert not answers(master.url)


@pytest.mark.long
def test_sigterm_to_every_process_ends_it_only_with_its_master(master: Master) -> None:
    (sandbox,) = children(master.process.pid) - {master.worker}
    os.kill(sandbox, signal.SIGTERM)
    os.kill(master.worker, signal.SIGTERM)
    assert master.hear() == "the worker has ended"
    assert answers(master.url)


def test_killed_masters_and_workers_leave_no_orphan(master: Master) -> None:
    master.process.kill()
    master.process.wait(timeout=10)
    assert answers(master.url)
    os.kill(master.worker, signal.SIGKILL)
    until = time.monotonic() + 10
    while answers(master.url):
        assert time.monotonic() < until
        time.sleep(0.01)


def test_a_sandbox_that_cannot_start_is_an_error_and_no_zombie(monkeypatch: pytest.MonkeyPatch) -> None:
    before = children(os.getpid())
    monkeypatch.setattr(sys, "executable", shutil.which("false"))
    with pytest.raises(RuntimeError, match=r"^The sandbox ended with status 1 before it served\.$"):
        embedded.start_sandbox()
    assert children(os.getpid()) == before
