"""A sandbox of one's own: a child process that lives no longer than the process that started it."""

import atexit
import os
import subprocess  # nosec B404 - its one use is below
import sys
from pathlib import Path
from typing import IO, cast

PROJECT = Path(__file__).parents[2]


def start_sandbox() -> str:
    """Start a sandbox on a free port, and return its URL.

    It ends with this process: atexit ends it, and if this process is killed before that, so does the end of its
    standard input, which this process and its forks alone hold open. Its session is its own, so that Ctrl-C on the
    terminal doesn't end it while the workers still finish their requests. Nor does SIGTERM, which some platforms send
    to every process.

    Raises:
        RuntimeError: if the sandbox ends before it serves. What it had to say is on standard error.

    """
    process = subprocess.Popen(  # nosec B603 - no shell, and nothing from outside
        [sys.executable, "-m", "webapp.sandbox", "--port", "0", "--until-stdin-closes"],
        cwd=PROJECT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    atexit.register(_stop, process, os.getpid())
    with cast(IO[str], process.stdout) as output:
        line = output.readline()
    if not line:
        raise RuntimeError(f"The sandbox ended with status {process.wait()} before it served.")
    return line.split()[-1]


def _stop(process: subprocess.Popen[str], owner: int) -> None:
    if os.getpid() == owner:  # forked workers inherit this call, and must leave the sandbox to the others
        process.kill()
        process.wait()
