"""`python -m webapp.sandbox`, as a process."""

import os
import re
import select
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from requests.auth import HTTPBasicAuth

from tests.sandbox.conftest import Api

ROOT = Path(__file__).parents[2]
COMMAND = [sys.executable, "-m", "webapp.sandbox"]


@contextmanager
def sandbox(*options: str) -> Iterator[str]:
    """Run the sandbox on a free port, and give its URL."""
    command = [*COMMAND, "--port", "0", *options]
    buffered = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    with subprocess.Popen(command, cwd=ROOT, env=buffered, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        try:
            assert select.select([process.stdout], [], [], 20)[0], "it says nothing"
            line = process.stdout.readline()
            assert re.fullmatch(r"Sandbox phonebook at http://127\.0\.0\.1:[1-9]\d*/v1\n", line), line
            yield line.split()[-1]
        finally:
            process.terminate()
        assert process.stdout.read() == ""


def group_names(api: Api) -> list[str]:
    return [group["name"] for group in api.call("GET", "/groups").json()["groups"]]


def test_it_serves_the_sample() -> None:
    with sandbox() as url, Api(url) as api:
        assert len(group_names(api)) == 60
        assert len(api.call("GET", "/contacts").json()["contacts"]) == 2500
        assert api.call("GET", "/blacklist").json()["phoneNumbers"]


def test_size_seed_and_credentials() -> None:
    options = ("--groups", "3", "--contacts", "4", "--seed", "7", "--username", "me", "--password", "pässword")
    with sandbox(*options) as url, Api(url) as api:
        assert api.call("GET", "/groups").status_code == 401
        api.auth = HTTPBasicAuth("me", "pässword".encode())
        groups = api.call("GET", "/groups").json()
        assert len(groups["groups"]) == 3
        assert len(api.call("GET", "/contacts").json()["contacts"]) == 4
    with sandbox(*options) as url, Api(url) as api:
        api.auth = HTTPBasicAuth("me", "pässword".encode())
        assert api.call("GET", "/groups").json() == groups


@pytest.mark.long
def test_a_file_keeps_the_phonebook_and_is_filled_once(tmp_path: Path) -> None:
    options = ("--groups", "2", "--contacts", "0", "--database", str(tmp_path / "phonebook.sqlite"))
    with sandbox(*options) as url, Api(url) as api:
        for group in api.call("GET", "/groups").json()["groups"]:
            api.call("DELETE", f"/groups/{group['id']}")
    with sandbox(*options) as url, Api(url) as api:
        assert group_names(api) == []
        api.create_group("Kept")
    with sandbox(*options) as url, Api(url) as api:
        assert group_names(api) == ["Kept"]


@pytest.mark.long
def test_a_process_without_a_file_keeps_nothing() -> None:
    with sandbox("--groups", "0", "--contacts", "0") as url, Api(url) as api:
        api.create_group("Forgotten")
    with sandbox("--groups", "0", "--contacts", "0") as url, Api(url) as api:
        assert group_names(api) == []


@pytest.mark.long
@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--port", "65536"], "must be from 0 to 65535"),
        (["--groups", "-1"], "must be from 0 to 1000000"),
        (["--contacts", "many"], "'many'"),
        (["--port", "0", "--database", "/nowhere/phonebook.sqlite"], "/nowhere/phonebook.sqlite can't be used"),
        (["--port", "0", "--database", __file__], "can't be used: file is not a database"),
    ],
)
def test_options_that_cannot_be_used(options: list[str], message: str) -> None:
    process = subprocess.run([*COMMAND, *options], cwd=ROOT, capture_output=True, text=True, timeout=30, check=False)
    assert process.returncode > 0
    assert message in process.stderr
    assert "Traceback" not in process.stderr
    assert process.stdout == ""


@pytest.mark.long
def test_a_port_in_use() -> None:
    with sandbox("--groups", "0", "--contacts", "0") as url:
        port = url.removesuffix("/v1").rpartition(":")[2]
        process = subprocess.run([*COMMAND, "--port", port], cwd=ROOT, capture_output=True, timeout=30, check=False)
        assert process.returncode > 0
        assert process.stdout == b""
