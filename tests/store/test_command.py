"""`python -m webapp upgrade-store`, the places that call it, and the commands in docs/store.md."""

import json
import os
import re
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.actions.store_fixtures import add_change, all_changes
from tests.faults.faulty_wire import until
from tests.page_client import PASSWORD, SECRET_KEY
from tests.phonebook_state import PhonebookState
from tests.postgresql import PostgreSQL, programs
from tests.serving.deployment import ROOT, Deployment, environment, free_port, procfile, run
from webapp.store import Store
from webapp.store.engine import sqlite_url
from webapp.store.schema import REVISIONS

REAL = {"MESSENTE_API_USERNAME": "sandbox", "MESSENTE_API_PASSWORD": PASSWORD, "SECRET_KEY": SECRET_KEY}


@pytest.mark.long
def test_it_reports_success(empty_store: str) -> None:
    ran = [run("upgrade-store", DATABASE_URL=empty_store, **REAL) for _ in range(2)]
    assert [each.returncode for each in ran] == [0, 0]
    assert [each.stdout for each in ran] == [
        f"The store is at revision {REVISIONS[-1]}, and was empty before.\n",
        f"The store is at revision {REVISIONS[-1]}.\n",
    ]


def test_it_reports_failure() -> None:
    ran = run("upgrade-store", DATABASE_URL=f"postgres://dashboard:canary@127.0.0.1:{free_port()}/store", **REAL)
    assert ran.returncode == 1
    assert ran.stderr == "The store can't be brought up to date: the store can't be reached.\n"
    assert "canary" not in ran.stdout + ran.stderr


def test_an_address_that_cannot_be_used_stops_the_start() -> None:
    deployment = Deployment(DATABASE_URL="postgres://user:canary@host:port/store", **REAL)
    assert deployment.wait() == 1
    output = "\n".join(deployment.lines)
    assert "  - DATABASE_URL is no address" in output
    assert "canary" not in output
    assert "Booting worker" not in output


@pytest.mark.long
def test_the_embedded_sandbox_has_a_store_that_ends_with_it(tmp_path: Path) -> None:
    assert "makes a store of its own" in run("upgrade-store", SANDBOX="1").stdout
    with Deployment(SANDBOX="1", DATABASE_URL="", TMPDIR=str(tmp_path)) as deployment:
        assert until(deployment.is_ready)
        assert [path.name for path in tmp_path.glob("*/store.sqlite3")] == ["store.sqlite3"]
    assert list(tmp_path.glob("phonebook-dashboard-*")) == []


@pytest.mark.long
def test_the_release_upgrades_the_store_of_the_web_process(postgresql: PostgreSQL, phonebook: PhonebookState) -> None:
    settings = {
        "SANDBOX": "1",
        "MESSENTE_API_URL": phonebook.url,
        "DATABASE_URL": postgresql.new_database(),
        "WEB_CONCURRENCY": "1",
    }
    with Deployment(*procfile(), **settings) as deployment:
        assert deployment.get("/health/ready").status_code == 503
        assert run(*procfile("release"), **settings).returncode == 0
        assert until(deployment.is_ready)


@pytest.mark.long
def test_the_container_starts_by_upgrading() -> None:
    """Its command line is run directly, because there may be no engine to build the image."""
    line = re.search(r"^CMD (.*)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert line is not None
    with Deployment(*json.loads(line[1]), SANDBOX="1", WEB_CONCURRENCY="1") as deployment:
        assert any(each.startswith("The store is at revision") for each in deployment.lines)
        assert until(deployment.is_ready)


def commands() -> list[str]:
    """The commands for backing up and restoring, in the order of the docs."""
    part = (ROOT / "docs" / "store.md").read_text().partition("## Backing up")[2].partition("\n## ")[0]
    return re.findall(r"```sh\n(.*?)```", part, re.DOTALL)


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_the_documented_backup_brings_everything_back(
    kind: str, tmp_path: Path, postgresql: PostgreSQL, open_store: Callable[[str], Store]
) -> None:
    back_up, restore = commands()[:2] if kind == "sqlite" else commands()[2:]
    url = sqlite_url(tmp_path / "instance" / "store.sqlite3") if kind == "sqlite" else postgresql.new_database()
    bin_folder = programs()

    def run(command: str) -> None:
        variables = {"DATABASE_URL": url, "PATH": f"{bin_folder}:{os.environ['PATH']}"}
        subprocess.run(["sh", "-ec", command], cwd=tmp_path, env=environment() | variables, check=True)

    store = open_store(url)
    store.upgrade()
    add_change(store, after="Kept")
    run(back_up)
    [backup] = tmp_path.glob("backup.*")
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    add_change(store, after="Lost")
    store.close()
    run(restore)
    assert [entry["after"] for entry in all_changes(store)] == ["Kept"]
    store.try_out()
