"""Faults on demand: whether the change was carried out, and what came back."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.sandbox.conftest import Api
from webapp.sandbox.app import create_app
from webapp.sandbox.database import Database
from webapp.sandbox.faults import Fault, Faults, parse
from webapp.sandbox.server import Server

ROOT = Path(__file__).parents[2]


@pytest.fixture
def faults() -> Faults:
    return Faults()


@pytest.fixture
def server(database: Database, faults: Faults) -> Iterator[Server]:
    with Server(create_app(database), faults=faults) as server:
        yield server


def meet(faults: Faults, line: str) -> None:
    faults.replace(Fault.parse(line))


def create(api: Api) -> requests.Response:
    return api.call("POST", "/groups", {"name": "Staff"})


@pytest.mark.parametrize(("fault", "carried_out"), [("cut-before", 0), ("cut-after", 1), ("cut-body", 1)])
def test_cuts(api: Api, database: Database, faults: Faults, fault: str, carried_out: int) -> None:
    meet(faults, f"POST * {fault}")
    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        create(api)
    assert len(database.fetch_groups()) == carried_out


@pytest.mark.parametrize(("fault", "carried_out"), [("status:503", 0), ("status:409", 0), ("status-after:500", 1)])
def test_statuses(api: Api, database: Database, faults: Faults, fault: str, carried_out: int) -> None:
    meet(faults, f"POST * {fault}")
    response = create(api)
    assert response.status_code == int(fault[-3:])
    assert response.json()["errors"][0]["detail"]
    assert len(database.fetch_groups()) == carried_out


@pytest.mark.parametrize(("fault", "kind"), [("malformed", "application/json"), ("html", "text/html; charset=utf-8")])
def test_bad_bodies(api: Api, database: Database, faults: Faults, fault: str, kind: str) -> None:
    meet(faults, f"* * {fault}")
    response = create(api)
    assert (response.status_code, response.headers["Content-Type"].split(";")[0]) == (201, kind.split(";")[0])
    with pytest.raises(requests.exceptions.JSONDecodeError):
        response.json()
    assert len(database.fetch_groups()) == 1
    assert api.call("GET", "/groups").status_code == 200


@pytest.mark.parametrize("fault", ["slow:0.3", "drip-headers:0.003", "drip-body:0.003"])
def test_late_answers(api: Api, database: Database, faults: Faults, fault: str) -> None:
    meet(faults, f"POST * {fault}")
    started = time.monotonic()
    assert create(api).json()["group"]["name"] == "Staff"
    assert time.monotonic() - started >= 0.25
    assert len(database.fetch_groups()) == 1


def test_once_is_one_time_and_else_is_always(api: Api, faults: Faults) -> None:
    faults.replace(*parse(["# not this one", "", "GET * status:500 once", "POST * status:502"]))
    assert [api.call("GET", "/groups").status_code for _ in range(3)] == [500, 200, 200]
    assert [create(api).status_code for _ in range(2)] == [502, 502]


def test_only_what_fits_goes_wrong(api: Api, faults: Faults) -> None:
    meet(faults, "GET /v1/phonebook/groups status:500")
    assert api.call("GET", "/groups").status_code == 500
    assert api.call("GET", "/contacts").status_code == 200
    assert create(api).status_code == 201
    meet(faults, "get /v1/phonebook/groups/* status:500")
    assert api.call("GET", "/groups").status_code == 200
    assert api.call("GET", "/groups/x").status_code == 500


def test_the_end_of_the_server_wakes_slow_answers(database: Database, faults: Faults) -> None:
    faults.replace(Fault.parse("* * slow:600"), Fault.parse("* * drip-body:600"))
    asked = threading.Event()

    def app(environ: dict[str, object], start_response: object) -> list[bytes]:
        asked.set()
        start_response("200 OK", [("Content-Length", "0")])  # type: ignore[operator]
        return []

    with Server(app, faults=faults) as server:
        thread = threading.Thread(target=lambda: requests.get(server.url, timeout=30))
        thread.start()
        assert asked.wait(10)
    thread.join(10)
    assert not thread.is_alive()


@pytest.mark.parametrize(
    "line",
    [
        *["", "POST", "POST *", "POST * once", "POST * broken", "POST * html twice", "POST * html once more"],
        *["POST * slow", "POST * slow:x", "POST * slow:-1", "POST * slow:nan", "POST * cut-after:1"],
        *["POST * status:99", "POST * status:2.5"],
    ],
)
def test_lines_that_cannot_be_read(line: str) -> None:
    with pytest.raises(ValueError, match="is n"):
        Fault.parse(line)


def test_a_file_is_read_again_whenever_it_changes(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "faults"
    faults = Faults(file=file)
    assert faults.take("GET", "/") is None
    for moment, (text, kind) in enumerate([("GET * html", "html"), ("GET * oops", "html"), ("", None)]):
        file.write_text(text)
        os.utime(file, (moment, moment))
        taken = faults.take("GET", "/")
        assert (taken.kind if taken else None) == kind
    assert "'oops' is none of" in capfd.readouterr().err
    file.write_text("* * cut-after")
    assert faults.take("GET", "/") is not None
    file.unlink()
    assert faults.take("GET", "/") is None


def sandbox(*arguments: str) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "webapp.sandbox", "--port", "0", "--groups", "0", "--contacts", "0", *arguments]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_the_command_line(tmp_path: Path) -> None:
    file = tmp_path / "faults"
    with sandbox("--fault", "GET * status:500 once", "--faults", str(file)) as process:
        assert process.stdout
        with Api(process.stdout.readline().split()[-1]) as api:
            assert [api.call("GET", "/groups").status_code for _ in range(2)] == [500, 200]
            file.write_text("GET * status:418")
            assert api.call("GET", "/groups").status_code == 418
        process.terminate()


def test_the_command_line_refuses_what_it_cannot_read() -> None:
    with sandbox("--fault", "GET * broken") as process:
        told = process.communicate(timeout=20)[1]
    assert process.returncode == 2
    assert "'broken' is none of slow:SECONDS, drip-headers:SECONDS" in told
