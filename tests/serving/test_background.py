"""The background worker that the web server starts: restarted if it dies, and never left behind."""

import os
import signal
import time
from pathlib import Path

import pytest

from tests.faults.faulty_wire import until
from tests.serving.deployment import PATIENCE, Deployment


def workers(dashboard: Deployment) -> list[int]:
    """Return the background workers among the web server's processes."""
    return [pid for pid in dashboard.children() if b"--beside-web" in _command(pid)]


def _command(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def is_alive(pid: int) -> bool:
    """Whether a process runs: a dead one that nobody has waited for has no command line."""
    return _command(pid) != b""


def wait_until_gone(pid: int) -> None:
    end = time.monotonic() + PATIENCE
    while is_alive(pid):
        assert time.monotonic() < end, "the background worker goes on alone"
        time.sleep(0.05)


@pytest.mark.long
def test_a_worker_that_died_is_started_again_and_ends_with_the_web_server() -> None:
    with Deployment(SANDBOX="1", BACKGROUND_WORK="1") as dashboard:
        dashboard.line("background worker started")
        [first] = workers(dashboard)
        os.kill(first, signal.SIGKILL)
        dashboard.line("background worker ended")
        dashboard.line("background worker started")
        [second] = workers(dashboard)
        assert second != first
        dashboard.process.terminate()
        assert dashboard.wait() == 0
        wait_until_gone(second)
    assert any("background worker stopped" in line for line in dashboard.lines)


@pytest.mark.long
def test_a_worker_ends_when_the_web_server_is_killed() -> None:
    with Deployment(SANDBOX="1", BACKGROUND_WORK="1") as dashboard:
        dashboard.line("background worker started")
        [worker] = workers(dashboard)
        dashboard.process.kill()
        wait_until_gone(worker)
    assert not is_alive(worker)


@pytest.mark.long
def test_no_worker_is_started_where_the_work_is_done_elsewhere() -> None:
    with Deployment(SANDBOX="1", BACKGROUND_WORK="0") as dashboard:
        assert until(dashboard.is_ready)
        assert workers(dashboard) == []
