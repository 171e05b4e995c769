"""The embedded sandbox: a child process that ends with the process that started it."""

import atexit
import os
import subprocess  # nosec B404 - its one use is below
import sys
from pathlib import Path
from typing import IO, cast

PROJECT = Path(__file__).parents[2]


def start_sandbox() -> str:
    """Start a sandbox on a free port, and return its URL.

    An exit handler stops it. If this process is killed, the sandbox stops because its standard input is closed, which
    only this process and its forks hold open. It has a session of its own and ignores SIGTERM, so that neither Ctrl-C
    nor a platform that signals every process ends it while workers finish their requests.

    Raises:
        RuntimeError: if the sandbox ends before it serves. Its error message is on standard error.

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
    if os.getpid() == owner:  # forked workers inherit this exit handler, but must not stop the sandbox
        process.kill()
        process.wait()
