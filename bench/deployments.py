"""The dashboard as it is deployed, and its peers, all under the gunicorn settings that ship."""

import contextlib
import json
import os
import re
import runpy
import secrets
import socket
import sqlite3
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import requests

from bench.data import created, group, group_id
from bench.server import PATIENCE, ROOT, Server

PEERS = ROOT / ".venv-bench" / "bin"
NAME, PASSWORD = "Mari", secrets.token_urlsafe(16)
SECRET_KEY = secrets.token_hex(32)


def free_port() -> int:
    """Find a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Api:
    """The fake API, in a process of its own."""

    def __init__(self) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}/v1"

    def __enter__(self) -> "Api":
        command = [sys.executable, "-m", "bench.api", str(self.port)]
        self._process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE)
        assert self._process.stdout is not None
        self._process.stdout.readline()
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()

    def set(self, **settings: float) -> int:
        """Set what it answers (see `bench.api`), and return how many calls there were since the last time."""
        query = "&".join(f"{name}={int(value)}" for name, value in settings.items())
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/control?{query}", timeout=PATIENCE) as answer:
            return int(json.load(answer)["calls"])


def shipped() -> dict[str, Any]:
    """Return the gunicorn settings that ship."""
    os.environ |= {"SANDBOX": "1", "DATABASE_URL": "sqlite:////nowhere"}
    found = runpy.run_path(str(ROOT / "gunicorn.conf.py"))
    return {name: found[name] for name in ("workers", "worker_class", "threads", "keepalive")}


def _peer_command(python: Path, module: str, port: int) -> list[str]:
    options = [
        f"--{name.replace('_', '-').replace('keepalive', 'keep-alive')}={value}" for name, value in shipped().items()
    ]
    gunicorn = [str(python / "python"), "-m", "gunicorn", "--config", "python:bench.peers", "--no-control-socket"]
    return [*gunicorn, f"--bind=127.0.0.1:{port}", *options, f"{module}:app"]


@contextlib.contextmanager
def floor(api: str) -> Iterator[Server]:
    """Start the floor."""
    port = free_port()
    environment = {"MESSENTE_API_URL": api, "BENCH_THREADS": str(shipped()["threads"])}
    command = _peer_command(Path(sys.executable).parent, "bench.peers.floor", port)
    with Server("the floor", command, f"http://127.0.0.1:{port}", environment=environment) as server:
        server.wait_for("/groups")
        yield server


def dashboard_server(api: str, store: Path, **settings: str) -> Server:
    """Make the dashboard, which is not started by that."""
    from webapp.accounts.passwords import make_hash

    port = free_port()
    line = re.search(r"^web: (.*)$", (ROOT / "Procfile").read_text(), re.MULTILINE)
    assert line
    environment = {
        "MESSENTE_API_URL": api,
        "MESSENTE_API_USERNAME": "user",
        "MESSENTE_API_PASSWORD": "password",
        "SECRET_KEY": SECRET_KEY,
        "DATABASE_URL": f"sqlite:///{store}",
        "DASHBOARD_USERS": f"{NAME}:editor:{make_hash(PASSWORD)}",
        "PORT": str(port),
        **settings,
    }
    return Server("the dashboard", ["sh", "-c", line[1]], f"http://127.0.0.1:{port}", environment=environment)


def sign_in(server: Server) -> str:
    """Sign in, and return the cookie."""
    with requests.Session() as session:
        page = session.get(f"{server.url}/sign-in", timeout=PATIENCE).text
        form = dict(re.findall(r'<input[^>]* name="([^"]+)"[^>]* value="([^"]*)"', page))
        form |= {"username": NAME, "password": PASSWORD}
        session.post(f"{server.url}/sign-in", data=form, timeout=PATIENCE, allow_redirects=False).raise_for_status()
        session.get(f"{server.url}/groups", timeout=PATIENCE)  # as browsers do: it puts a token into the session
        return "; ".join(f"{cookie.name}={cookie.value}" for cookie in session.cookies)


@contextlib.contextmanager
def dashboard(api: str, **settings: str) -> Iterator[Server]:
    """Start the dashboard, and sign in."""
    with (
        tempfile.TemporaryDirectory() as folder,
        dashboard_server(api, Path(folder, "store.sqlite3"), **settings) as server,
    ):
        server.wait_for("/health/ready")
        server.cookie = sign_in(server)
        server.wait_for("/groups", server.cookie)
        yield server


def make_database(path: Path, groups: int) -> None:
    """Put the groups into a table, for peers that read them from there."""
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute(
            "CREATE TABLE groups (id VARCHAR(36) PRIMARY KEY, name VARCHAR(250), contacts INTEGER, created DATETIME)"
        )
        rows = (
            (
                str(group_id(number)),
                group(number)["name"],
                group(number)["contactsCount"],
                datetime.fromisoformat(created(number)).strftime("%Y-%m-%d %H:%M:%S.%f"),
            )
            for number in range(groups)
        )
        connection.executemany("INSERT INTO groups VALUES (?, ?, ?, ?)", rows)
        for column in ("name", "contacts", "created"):
            connection.execute(f"CREATE INDEX by_{column} ON groups ({column})")
        connection.commit()


@contextlib.contextmanager
def admin_list(kind: str, groups: int) -> Iterator[Server]:
    """Start "Flask-Admin" or "Django admin" on a database of its own."""
    module, path = {
        "Flask-Admin": ("flask_admin_list", "/groups/"),
        "Django admin": ("django_list", "/admin/auth/phonebookgroup/"),
    }[kind]
    with tempfile.TemporaryDirectory() as folder:
        database, port, cookie = Path(folder, "groups.sqlite3"), free_port(), ""
        make_database(database, groups)
        environment = {"BENCH_DATABASE": str(database)}
        if kind == "Django admin":
            made = subprocess.run(
                [PEERS / "python", "-c", f"from bench.peers.{module} import sign_in; sign_in()"],
                cwd=ROOT,
                env=os.environ | environment,
                capture_output=True,
                text=True,
                check=True,
                timeout=PATIENCE,
            )
            cookie = made.stdout
        command = _peer_command(PEERS, f"bench.peers.{module}", port)
        with Server(kind, command, f"http://127.0.0.1:{port}", path, environment, cookie) as server:
            server.wait_for(path, cookie)
            yield server
