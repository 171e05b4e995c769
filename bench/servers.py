"""The dashboard and its peers: each started in processes of its own, under the dashboard's gunicorn settings."""

import contextlib
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from http.client import HTTPConnection, HTTPException
from pathlib import Path

import requests
from argon2 import PasswordHasher

os.environ["NO_PROXY"] = "127.0.0.1"  # for requests
ROOT = Path(__file__).parents[1]
FIXED = {"MESSENTE_API_USERNAME": "user", "MESSENTE_API_PASSWORD": "pass", "API_RATE": "10000", "BACKGROUND_WORK": "0"}
USER, PASSWORD = "Mari", "only for the benchmark"
# The costs are those of the dashboard's own hashes; they show in the workers' memory.
PASSWORD_HASH = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1).hash(PASSWORD)
ADMINS = {
    "Flask-Admin": ("flask_admin_list", "/groups/", ""),
    "Django admin": ("django_list", "/admin/auth/phonebookgroup/", "/admin/login/"),
}
MAX_SECONDS = 60  # for a start, a stop, or a response


@dataclass
class Server:
    """A running gunicorn: its master, its address, the page to request, and the headers for that."""

    name: str
    process: subprocess.Popen[bytes]
    address: str
    path: str
    headers: dict[str, str]
    log: Path
    start_seconds: float = 0

    def connect(self) -> HTTPConnection:
        """Return a connection, which opens with its first request."""
        return HTTPConnection(self.address, timeout=MAX_SECONDS)

    def get(self, connection: HTTPConnection) -> bytes:
        """Request the page and return its compressed body. Raise HTTPException or OSError if it does not come."""
        connection.request("GET", self.path, headers=self.headers)
        response = connection.getresponse()
        body = response.read()
        if response.status != 200:
            raise HTTPException(f"{self.name} answered {response.status}")
        return body

    def wait(self) -> None:
        """Wait until the page is there. Raise RuntimeError if the server ends or needs more than MAX_SECONDS."""
        began = time.monotonic()
        while self.process.poll() is None and time.monotonic() < began + MAX_SECONDS:
            with contextlib.suppress(OSError, HTTPException):
                self.get(self.connect())
                self.start_seconds = self.start_seconds or time.monotonic() - began
                return
            time.sleep(0.005)
        raise RuntimeError(f"{self.name} did not start")

    def sign_in(self) -> None:
        """Sign in with the form on the page, and keep the cookies."""
        session, url = requests.Session(), f"http://{self.address}{self.path}"
        page = session.get(url, timeout=MAX_SECONDS).text
        fields = dict(re.findall(r'<input[^>]* name="([^"]+)"[^>]* value="([^"]*)"', page))
        session.post(url, fields | {"username": USER, "password": PASSWORD}, timeout=MAX_SECONDS).raise_for_status()
        self.headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in session.cookies.items())

    def stop(self) -> None:
        """Stop it by SIGTERM, and wait for its end."""
        self.process.terminate()
        self.process.wait(MAX_SECONDS)

    def workers(self) -> list[str]:
        """Return the process ids of the workers."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return children.read_text().split() if children.exists() else []

    def calls(self) -> int:
        """Return how many calls to the API its log has."""
        return self.log.read_text().count('event="phonebook call"')

    def cpu(self) -> float:
        """Return the processor time that the workers have used, in milliseconds."""
        # Linux derives the number of a process's clock from its id. /proc has only hundredths of a second.
        return sum(time.clock_gettime((~int(worker) << 3) | 2) for worker in self.workers()) * 1000

    def peak_memory(self) -> float:
        """Return the most resident memory that a worker has had, in MiB."""
        statuses = [Path(f"/proc/{worker}/status").read_text() for worker in self.workers()]
        return max(int(status.partition("VmHWM:")[2].split()[0]) for status in statuses) / 1024


def dashboard(api_url: str, **variables: str) -> contextlib.AbstractContextManager[Server]:
    """Start the dashboard as the Procfile does, and sign in."""
    environment = {
        "MESSENTE_API_URL": api_url,
        **FIXED,
        "SECRET_KEY": "only for the benchmark, and the same at every start",
        "DASHBOARD_USERS": f"{USER}:editor:{PASSWORD_HASH}",
    } | variables
    command = ["sh", "-c", re.findall(r"^web: (.*)$", (ROOT / "Procfile").read_text(), re.MULTILINE)[0]]
    return _run("dashboard", command, environment, "/groups", "/sign-in")


def floor(api_url: str) -> contextlib.AbstractContextManager[Server]:
    """Start the floor, which makes the one API call and nothing else."""
    return _run("floor", _gunicorn(sys.executable, "floor"), {"MESSENTE_API_URL": api_url}, "/groups")


def admin(name: str, groups: int) -> contextlib.AbstractContextManager[Server]:
    """Start one of ADMINS with so many groups in its database, and sign in where there is a page for it."""
    module, path, sign_in = ADMINS[name]
    command = [*_gunicorn(str(ROOT / ".venv-bench" / "bin" / "python"), module), "--preload"]
    environment = {"BENCH_GROUPS": str(groups), "BENCH_USER": USER, "BENCH_PASSWORD": PASSWORD}
    return _run(name, command, environment, path, sign_in)


@cache
def gunicorn_settings() -> list[str]:
    """Return the settings of gunicorn.conf.py that decide about speed, as options."""
    command = [sys.executable, "-m", "gunicorn", "--config", "gunicorn.conf.py", "--print-config"]
    shown = subprocess.check_output(command, cwd=ROOT, env={"PATH": os.environ["PATH"], "SANDBOX": "1"}, text=True)
    settings = re.findall(r"^(workers|worker_class|threads|keepalive) += (.*)$", shown, re.MULTILINE)
    return [f"--{name.replace('_', '-').replace('keepalive', 'keep-alive')}={value}" for name, value in settings]


def _gunicorn(python: str, module: str) -> list[str]:
    # Without a configuration of its own gunicorn would read the dashboard's.
    options = ["--config=python:bench.peers", "--no-control-socket", "--log-level=warning", *gunicorn_settings()]
    return [python, "-m", "gunicorn", *options, f"bench.peers.{module}:app"]


@contextlib.contextmanager
def _run(name: str, command: list[str], environment: dict[str, str], path: str, sign_in: str = "") -> Iterator[Server]:
    """Start a server and wait for the page to measure; stop it at the end of the block."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory() as home:
        variables = {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "HOME": home, "PORT": str(port)}
        variables |= {"DATABASE_URL": f"sqlite:///{home}/database", **environment}
        log = Path(home, "log")
        with log.open("wb") as output:
            process = subprocess.Popen(command, cwd=ROOT, env=variables, stdout=output)
        server = Server(name, process, f"127.0.0.1:{port}", sign_in or path, {"Accept-Encoding": "gzip"}, log)
        try:
            server.wait()
            if sign_in:
                server.sign_in()
                server.path = path
            yield server
        finally:
            server.stop()
