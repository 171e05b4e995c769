"""The dashboard as it is deployed: gunicorn with its configuration, in its own processes."""

import os
import queue
import re
import secrets
import socket
import subprocess
import sys
import tempfile
import threading
from contextlib import suppress
from pathlib import Path
from typing import Self

import requests

ROOT = Path(__file__).parents[2]
PATIENCE = 60
"""Seconds after which something that should happen counts as not happening."""


def environment(**settings: str) -> dict[str, str]:
    """Return an environment with these settings and without the caller's."""
    return {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "HOME": os.environ.get("HOME", "/"),
    } | settings


def free_port() -> str:
    """Find a free port, below those that the system gives to other sockets before a server has opened it."""
    while True:
        port = secrets.choice(range(10_000, 32_000))
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return str(port)


def procfile(process: str = "web") -> list[str]:
    """Return the command line that the Procfile gives a process, for a shell."""
    commands = dict(line.split(": ", 1) for line in (ROOT / "Procfile").read_text().splitlines())
    return ["sh", "-c", commands[process]]


def run(*command: str, typed: str = "", **settings: str) -> "subprocess.CompletedProcess[str]":
    """Run a command to its end as an operator would, without a terminal, and with text as its standard input.

    Without a program's name, it runs `python -m webapp`.
    """
    return subprocess.run(
        command if "/" in command[0] or command[0] == "sh" else [sys.executable, "-m", "webapp", *command],
        cwd=ROOT,
        env=environment(**settings),
        input=typed,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
        start_new_session=True,
    )


class Deployment:
    """A running dashboard, with a store of its own unless DATABASE_URL is among its settings.

    `lines` has its output so far; `url` is the address that it printed.
    """

    def __init__(self, *command: str, **settings: str) -> None:
        self.lines: list[str] = []
        self.session = requests.Session()
        self.session.trust_env = False
        self._folder = tempfile.TemporaryDirectory()
        self._queue: queue.Queue[str | None] = queue.Queue()
        self.process = subprocess.Popen(
            command or ("gunicorn",),
            cwd=ROOT,
            env=environment(
                **{
                    "PORT": free_port(),
                    "DATABASE_URL": f"sqlite:///{self._folder.name}/store.sqlite3",
                    "BACKGROUND_WORK": "0",  # few tests need it, and it takes a second or two to start
                }
                | settings
            ),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))
            self._queue.put(line)
        self._queue.put(None)

    def line(self, pattern: str) -> "re.Match[str]":
        """Wait for a line that the dashboard writes from now on."""
        while True:
            line = self._queue.get(timeout=PATIENCE)
            assert line is not None, (self.process.args, self.lines)
            if found := re.search(pattern, line):
                return found

    def __enter__(self) -> Self:
        try:
            self.url = self.line(r"dashboard is at (\S+)")[1]
        except BaseException:
            self.__exit__()  # no process is left to disturb the tests that follow
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.session.close()
        if self.process.poll() is None:
            self.process.terminate()
        self.wait()

    def wait(self) -> int:
        """Wait for the end, and return the exit code."""
        code = self.process.wait(2 * PATIENCE)  # a request in flight may take as long as a page may
        self._reader.join(PATIENCE)
        self._folder.cleanup()
        assert self.process.stdout is not None
        self.process.stdout.close()
        return code

    def children(self) -> list[int]:
        """The processes that the master has started and that are there still."""
        lists = Path(f"/proc/{self.process.pid}/task").glob("*/children")  # one for each thread that has started some
        return [int(each) for listed in lists for each in listed.read_text().split()]

    def is_ready(self) -> bool:
        """Whether the store could be written to in time; a busy machine may need several tries."""
        return self.get("/health/ready").text == "ready\n"

    def get(self, path: str) -> requests.Response:
        return self.session.get(self.url + path, timeout=PATIENCE)
