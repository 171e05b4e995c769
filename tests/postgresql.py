"""A real PostgreSQL server for the tests; `python -m tests.postgresql` says whether the machine has one."""

import itertools
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

import psycopg

from tests.serving.deployment import PATIENCE, free_port
from webapp.store import Store

PASSWORD = "canary-database"


def programs() -> Path | None:
    """Find the folder with PostgreSQL's programs: where Debian has them, or on the PATH."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    found = debian[-1] if debian else shutil.which("initdb")
    return Path(found).resolve().parent if found else None


class PostgreSQL:
    """An empty server on loopback. PostgreSQL refuses to run as root, so root runs it as the user nobody."""

    def __init__(self, *options: str, certificate: Path | None = None, **variables: str) -> None:
        """Start it.

        Args:
            options: of the server's command line.
            certificate: with its key, for connections by TLS.
            variables: of its environment.

        """
        folder = programs()
        assert folder, "no initdb found: make test installs it"
        self._folder = Path(tempfile.mkdtemp(prefix="postgresql-"))
        self._numbers = itertools.count()
        self._template: str | None = None
        self._as: dict[str, Any] = {"cwd": self._folder, "stdout": subprocess.DEVNULL, "stderr": subprocess.STDOUT}
        self._as["env"] = os.environ | variables
        password = self._folder / "password"
        password.write_text(PASSWORD)
        own = [self._folder, password]
        if certificate:
            copy = Path(shutil.copy(certificate, self._folder))
            copy.chmod(0o600)
            own.append(copy)
            options += ("-c", "ssl=on", "-c", f"ssl_cert_file={copy}", "-c", f"ssl_key_file={copy}")
        if os.getuid() == 0:
            self._as |= {"user": "nobody", "group": "nogroup", "extra_groups": []}
            for path in own:
                shutil.chown(path, "nobody", "nogroup")
        data = str(self._folder / "data")
        subprocess.run(
            [folder / "initdb", "--no-sync", "--username=dashboard", "--auth=scram-sha-256", "--encoding=UTF8",
             "--locale=C.UTF-8", f"--pwfile={password}", data],
            check=True, **self._as,
        )  # fmt: skip
        self.port = free_port()  # only now: while initdb runs, somebody else may take it
        self._process = subprocess.Popen(
            [folder / "postgres", "-D", data, "-p", self.port, "-c", "listen_addresses=127.0.0.1", "-c", "fsync=off",
             "-c", "unix_socket_directories=", *options],
            **self._as,
        )  # fmt: skip

    def __enter__(self) -> Self:
        end = time.monotonic() + PATIENCE
        while True:
            try:
                self.run("SELECT 1")
            except psycopg.OperationalError:
                assert time.monotonic() < end
                assert self._process.poll() is None
                time.sleep(0.02)
            else:
                return self

    def __exit__(self, *_: object) -> None:
        self.stop(signal.SIGQUIT)  # at once: what is in it is thrown away
        shutil.rmtree(self._folder)

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """End the server, and every connection with it."""
        self._process.send_signal(how)
        self._process.wait(PATIENCE)

    def url(self, database: str = "postgres", scheme: str = "postgres") -> str:
        return f"{scheme}://dashboard:{PASSWORD}@127.0.0.1:{self.port}/{database}"

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Suspend the server and all its connections."""
        pid = self._process.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        processes = [pid, *map(int, children)]
        for each in processes:
            os.kill(each, signal.SIGSTOP)
        yield
        for each in reversed(processes):
            os.kill(each, signal.SIGCONT)

    def new_database(self, options: str = "") -> str:
        """Make an empty database, and return its address, in Heroku's form."""
        name = f"store{next(self._numbers)}"
        self.run(f"CREATE DATABASE {name} {options}")
        return self.url(name)

    def new_store(self) -> str:
        """Make a store with its tables and without rows, and return its address."""
        if self._template is None:
            url = self.new_database()
            Store(url).upgrade()
            self._template = url.rpartition("/")[2]
        return self.new_database(f"TEMPLATE {self._template}")

    def run(self, statement: str, url: str | None = None) -> None:
        """Run a statement, in the address's database, outside of a transaction."""
        with psycopg.connect(url or self.url(), autocommit=True) as connection:
            connection.execute(statement.encode())


if __name__ == "__main__":
    sys.exit(0 if programs() else 1)
