"""Ordered faults: the client's errors, the phonebook afterwards, and the syntax."""

import json
import os
import re
import select
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.sandbox.conftest import Api, error
from webapp.sandbox.app import create_app
from webapp.sandbox.database import Database
from webapp.sandbox.faults import Faults
from webapp.sandbox.server import Server

ROOT = Path(__file__).parents[2]
COMMAND = [sys.executable, "-m", "webapp.sandbox", "--port", "0", "--groups", "0", "--contacts", "0"]

HEAD = b" HTTP/1.1\r\nHost: sandbox\r\nAuthorization: Basic c2FuZGJveDpzYW5kYm94\r\n"
LIST = b"GET /v1/phonebook/groups" + HEAD + b"\r\n"
CREATE = b"POST /v1/phonebook/groups" + HEAD + b"Content-Type: application/json\r\nContent-Length: 15\r\n\r\n"
CREATE += b'{"name": "New"}'
BOTH = pytest.mark.parametrize("request_", [LIST, CREATE], ids=["read", "write"])


@pytest.fixture
def faults() -> Faults:
    return Faults()


@pytest.fixture
def server(database: Database, faults: Faults) -> Iterator[Server]:
    database.create_group("Staff")
    with Server(create_app(database), faults=faults) as server:
        yield server


@contextmanager
def asked(server: Server, request: bytes) -> Iterator[socket.socket]:
    """Send a raw request, and yield the connection for its answer."""
    with socket.create_connection((server.host, server.port), timeout=10) as connection:
        connection.sendall(request)
        yield connection


def until_cut(connection: socket.socket) -> bytes:
    """Return everything that arrives before the connection ends."""
    return b"".join(iter(lambda: connection.recv(4096), b""))


def pieces(connection: socket.socket) -> Iterator[bytes]:
    """Yield an answer as it arrives, until its headers and body are complete."""
    answer = b""
    while not (whole := re.match(rb"(?s).*Content-Length: (\d+)\r\n.*\r\n\r\n(.*)", answer)) or len(whole[2]) < int(
        whole[1]
    ):
        piece = connection.recv(4096)
        assert piece
        answer += piece
        yield piece


def names(database: Database) -> list[str]:
    return [group["name"] for group in database.fetch_groups()]


def after(request: bytes) -> list[str]:
    """Return the names of the groups after the request."""
    return ["Staff", "New"] if request is CREATE else ["Staff"]


@BOTH
def test_cut_before(server: Server, faults: Faults, database: Database, request_: bytes) -> None:
    faults.replace("* * cut-before")
    with asked(server, request_) as connection:
        assert until_cut(connection) == b""
    assert names(database) == ["Staff"]


@BOTH
def test_cut_after(server: Server, faults: Faults, database: Database, request_: bytes) -> None:
    faults.replace("* * cut-after")
    with asked(server, request_) as connection:
        assert until_cut(connection) == b""
    assert names(database) == after(request_)


@BOTH
def test_cut_body(server: Server, faults: Faults, database: Database, request_: bytes) -> None:
    faults.replace("* * cut-body")
    with asked(server, request_) as connection:
        head, _, body = until_cut(connection).partition(b"\r\n\r\n")
    promised = re.search(rb"Content-Length: (\d+)", head)
    assert promised
    assert 0 < len(body) == int(promised[1]) // 2
    assert names(database) == after(request_)


def test_a_connection_is_cut_after_the_whole_request_was_read(server: Server, faults: Faults) -> None:
    """Otherwise the client might or might not get a reset."""
    faults.replace("* * cut-before")
    with asked(server, CREATE.replace(b": 15", b": 1000000") + b" " * 999_985) as connection:
        assert until_cut(connection) == b""


@BOTH
def test_slow(server: Server, faults: Faults, database: Database, request_: bytes) -> None:
    faults.replace("* * slow:0.3")
    started = time.monotonic()
    with asked(server, request_) as connection:
        while names(database) != after(request_):
            assert time.monotonic() < started + 10
        assert b"Staff" in (answer := b"".join(pieces(connection))) or b"New" in answer
    assert time.monotonic() - started >= 0.3


@BOTH
@pytest.mark.parametrize("part", ["headers", "body"])
def test_drip(server: Server, faults: Faults, database: Database, request_: bytes, part: str) -> None:
    with asked(server, request_) as connection:
        head, _, body = b"".join(pieces(connection)).partition(b"\r\n\r\n")
    length = len(head) if part == "headers" else len(body)
    faults.replace(f"* * drip-{part}:0.002")
    started = time.monotonic()
    with asked(server, request_) as connection:
        dripped = list(pieces(connection))
    assert time.monotonic() - started >= length * 0.002
    assert max(map(len, dripped)) >= (len(body) if part == "headers" else len(head))
    assert len(dripped) > length / 4  # a busy machine may read several bytes at once
    assert b"".join(dripped).startswith(b"HTTP/1.1 20")
    assert names(database)[:2] == after(request_)


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(
    ("fault", "media_type"), [("malformed", "application/json"), ("html", "text/html; charset=utf-8")]
)
def test_bodies(api: Api, faults: Faults, database: Database, fault: str, media_type: str, method: str) -> None:
    faults.replace(f"* * {fault}")
    response = api.call(method, "/groups", {"name": "New"})
    assert response.status_code == {"GET": 200, "POST": 201}[method]
    assert response.headers["Content-Type"] == media_type
    assert response.text.startswith("<!doctype html>" if fault == "html" else '{"group')
    with pytest.raises(json.JSONDecodeError):
        json.loads(response.text)
    assert names(database) == (["Staff", "New"] if method == "POST" else ["Staff"])


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(
    ("status", "documented"),
    [
        (401, ("202", "Unauthorized")),
        (404, ("203", "Missing resource")),
        (429, ("244", "Client error")),
        (503, ("205", "General error")),
    ],
)
@pytest.mark.parametrize("fault", ["status", "status-after"])
def test_statuses(
    api: Api, faults: Faults, database: Database, fault: str, status: int, documented: tuple[str, str], method: str
) -> None:
    faults.replace(f"* * {fault}:{status}")
    response = api.call(method, "/groups", {"name": "New"})
    assert response.status_code == status
    assert error(response) == documented
    carried_out = fault == "status-after" and method == "POST"
    assert names(database) == (["Staff", "New"] if carried_out else ["Staff"])


@pytest.mark.parametrize("fault", ["html", "malformed", "status:204", "status-after:304", "drip-body:1", "slow:0"])
def test_no_body_where_http_forbids_one(server: Server, api: Api, faults: Faults, fault: str) -> None:
    """It would be the answer to the next request on the connection."""
    group_id = api.create_group()
    faults.replace(f"DELETE * {fault}")
    with asked(
        server, LIST.replace(b"GET /v1/phonebook/groups", f"DELETE /v1/phonebook/groups/{group_id}".encode())
    ) as connection:
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += connection.recv(4096)
        assert b"Content-Length" not in head
        connection.sendall(LIST)
        assert next(pieces(connection)).startswith(b"HTTP/1.1 200 ")


def test_once_and_always(api: Api, faults: Faults) -> None:
    faults.replace("GET * status:500 once", "GET * status:501 once", "POST * status:502")
    assert [api.call("GET", "/groups").status_code for _ in range(3)] == [500, 501, 200]
    assert [api.call("POST", "/groups").status_code for _ in range(3)] == [502, 502, 502]
    faults.replace()
    assert api.call("POST", "/groups", {"name": "New"}).status_code == 201


def test_once_is_once_for_many_threads() -> None:
    faults = Faults(*["* * html once"] * 20)
    taken: list[str] = []
    together = threading.Barrier(8)

    def take() -> None:
        together.wait()
        taken.extend(faults.take("GET", "/").kind for _ in range(10))

    threads = [threading.Thread(target=take) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert taken.count("html") == 20


@pytest.mark.parametrize(
    ("line", "fits"),
    [
        ("* * html", True),
        ("GET * html", True),
        ("POST * html", False),
        ("* /v1/phonebook/contacts html", False),
        ("* /v1/phonebook/contacts/* html", True),
        ("* /v1/phonebook/contacts/+3725100000? html", True),
        ("* */contacts/* html", True),
        ("* /V1/* html", False),
        ("* /v1/phonebook/contacts/*groupIds* html", False),
        ("  GET\t/v1/*   html  once ", True),
    ],
)
def test_a_fault_matches_method_and_path(api: Api, faults: Faults, line: str, fits: bool) -> None:
    faults.replace(line)
    response = api.call("GET", "/contacts/%2B37251000000?groupIds=1")
    assert ("text/html" in response.headers["Content-Type"]) is fits


@pytest.mark.parametrize(
    "line",
    [
        "",
        "POST *",
        "POST html",
        "PSOT * html",
        "post * html",
        "POST groups html",
        "POST * htm",
        "POST * html:1",
        "POST * html:",
        "POST * slow",
        "POST * slow:",
        "POST * slow:-1",
        "POST * slow:nan",
        "POST * slow:1e9",
        "POST * slow:999999",
        "POST * status",
        "POST * status:1.5",
        "POST * status:100",
        "POST * status:5000",
        "POST * status-before:500",
        "POST * html twice",
        "POST * html once once",
    ],
)
def test_lines_that_cannot_be_read(faults: Faults, line: str) -> None:
    faults.replace("GET * html")
    with pytest.raises(ValueError, match=re.escape(f"{line!r} is not of the form METHOD PATH FAULT [once]")):
        faults.replace("POST * html", line)
    assert (faults.take("GET", "/").kind, faults.take("POST", "/").kind) == ("html", "none")


@pytest.mark.parametrize("fault", ["slow:600", "drip-headers:600", "drip-body:600"])
def test_stopping_ends_slow_answers(database: Database, faults: Faults, fault: str) -> None:
    others = set(threading.enumerate())
    faults.replace(f"* * {fault}")
    with Server(create_app(database), faults=faults) as server, asked(server, CREATE) as connection:
        head = b""
        if fault.startswith("drip-body"):
            while not head.endswith(b"\r\n\r\n"):
                head += connection.recv(4096)
        while names(database) != ["New"]:
            pass
        started = time.monotonic()
        server.__exit__()
        assert time.monotonic() - started < 5
        assert until_cut(connection) == b""
        assert set(threading.enumerate()) <= others


def test_a_control_file_is_read_again_when_it_changes(
    tmp_path: Path, database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "faults"

    def order(text: str | bytes) -> None:
        (tmp_path / "next").write_bytes(text if isinstance(text, bytes) else text.encode())
        (tmp_path / "next").replace(file)

    def statuses() -> list[int]:
        return [api.call("GET", "/groups").status_code for _ in range(3)]

    faults = Faults("GET * status:500 once", file=file)
    with Server(create_app(database), faults=faults) as server, Api(server.url) as api:
        order("# Comments and blank lines\n\n  \n\t# mean nothing\nGET * status:501 once\nGET * status:502")
        assert statuses() == [500, 501, 502]
        order("GET * status:501 once\n")
        assert statuses() == [501, 200, 200]
        order("GET * status:501 once\n")
        assert statuses() == [501, 200, 200]
        os.utime(file, ns=(0, 0))
        assert statuses() == [501, 200, 200]
        order("GET * status:502 once\n")
        os.utime(file, ns=(0, 0))
        assert statuses() == [502, 200, 200]
        with file.open("a") as lines:
            lines.write("GET * status:503")
        assert statuses() == [502, 503, 503]
        assert capsys.readouterr().err == ""
        for unreadable in ("GET * status:504\nGET * nonsense", b"\xff"):
            order(unreadable)
            assert statuses() == [503, 503, 503]
            assert capsys.readouterr().err.count(f"{file} can't be read: ") == 1
        file.unlink()
        assert statuses() == [200, 200, 200]
        file.mkdir()
        assert statuses() == [200, 200, 200]
        file.rmdir()
        order("GET * status:501 once\n")
        assert statuses() == [501, 200, 200]


def test_the_command_line(tmp_path: Path) -> None:
    file = tmp_path / "faults"
    file.write_text("GET * status:502 once")
    options = ["--fault", "GET * status:500 once", "--fault", "GET * status:501 once", "--faults", str(file)]
    with subprocess.Popen([*COMMAND, *options], cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            assert select.select([process.stdout], [], [], 20)[0], "it says nothing"
            with Api(process.stdout.readline().split()[-1]) as api:
                assert [api.call("GET", "/groups").status_code for _ in range(4)] == [500, 501, 502, 200]
                file.write_text("GET * status:503 once\n")
                assert [api.call("GET", "/groups").status_code for _ in range(2)] == [503, 200]
        finally:
            process.terminate()


@pytest.mark.long
def test_a_start_with_faults_that_cannot_be_read(tmp_path: Path) -> None:
    file = tmp_path / "faults"
    file.write_text("GET * html\nGET * in-file")
    for options, message in (
        (["--fault", "GET * given"], "'GET * given' is not of the form METHOD PATH FAULT"),
        (["--faults", str(file)], "'GET * in-file' is not of the form METHOD PATH FAULT"),
    ):
        command = [*COMMAND, *options]
        process = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=30, check=False)
        assert process.returncode == 2
        assert message in process.stderr
        assert "Traceback" not in process.stderr
        assert process.stdout == ""
