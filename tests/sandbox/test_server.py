"""The HTTP server itself: persistent connections, invalid HTTP, many connections, and stopping."""

import http.client
import json
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any

import pytest

from tests.sandbox.conftest import Api
from webapp.sandbox.app import create_app
from webapp.sandbox.database import Database
from webapp.sandbox.server import Server

HEAD = b" HTTP/1.1\r\nHost: sandbox\r\nAuthorization: Basic c2FuZGJveDpzYW5kYm94\r\n"
LIST = b"GET /v1/phonebook/groups" + HEAD
CREATE = b"POST /v1/phonebook/groups" + HEAD + b"Content-Type: application/json\r\n"


def answer(connection: socket.socket, request: bytes) -> tuple[int, bytes]:
    """Send a raw request, and read its answer."""
    connection.sendall(request)
    return receive(connection)


def receive(connection: socket.socket) -> tuple[int, bytes]:
    """Read an answer."""
    with closing(http.client.HTTPResponse(connection)) as response:
        response.begin()
        assert response.getheader("Content-Type") == "application/json"
        return response.status, response.read()


def test_a_connection_serves_one_request_after_another(server: Server) -> None:
    connection = http.client.HTTPConnection(server.host, server.port, timeout=10)
    connection.connect()
    own = connection.sock
    for _ in range(3):
        connection.request("GET", "/v1/phonebook/groups", headers={"Authorization": "Basic c2FuZGJveDpzYW5kYm94"})
        assert json.loads(connection.getresponse().read()) == {"groups": []}
        assert connection.sock is own
    connection.close()


@pytest.mark.parametrize(
    "refused",
    [
        b"POST /v1/phonebook/nowhere" + HEAD + b"Content-Length: 20\r\n\r\nGET / HTTP/1.1\r\n\r\n..",
        b"POST /v1/phonebook/groups HTTP/1.1\r\nHost: a\r\nContent-Length: 20\r\n\r\nGET / HTTP/1.1\r\n\r\n..",
        b"POST /v1/phonebook/groups" + HEAD + b"Transfer-Encoding: chunked\r\n\r\n2\r\nGE\r\n0\r\n\r\n",
        CREATE + b"Content-Length: 2000000\r\n\r\n" + b"x" * 2_000_000,
    ],
    ids=["nowhere", "stranger", "chunked", "huge"],
)
def test_the_body_of_a_refused_request_is_not_the_next_request(server: Server, refused: bytes) -> None:
    with socket.create_connection((server.host, server.port), timeout=10) as connection:
        assert 400 <= answer(connection, refused)[0] < 500
        assert answer(connection, LIST + b"\r\n") == (200, b'{"groups":[]}\n')


@pytest.mark.parametrize(
    "request_",
    [
        b"nonsense\r\n\r\n",
        b"GET\r\n\r\n",
        b'GET /v1/"quoted HTTP/x\r\n\r\n',
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /" + b"a" * 65_536 + HEAD + b"\r\n",
        LIST + b"X: " + b"a" * 65_536 + b"\r\n\r\n",
        LIST + b"X: a\r\n" * 200 + b"\r\n",
        b"GET /v1/phonebook/%ff\xff\x00" + HEAD + b"\r\n",
        b"GET http://[v1/phonebook" + HEAD + b"\r\n",
        b"GET http://a:b/v1/phonebook" + HEAD + b"\r\n",
        CREATE + b"Content-Length: -1\r\n\r\n{}",
        CREATE + b"Content-Length: many\r\n\r\n{}",
        CREATE + b"Transfer-Encoding: chunked\r\n\r\nmany\r\n{}",
        CREATE + b"Transfer-Encoding: chunked\r\n\r\n-1\r\n{}",
    ],
    ids=lambda request: repr(request[:30] + request[-30:]),
)
def test_invalid_http_is_refused_in_json(server: Server, api: Api, request_: bytes) -> None:
    with socket.create_connection((server.host, server.port), timeout=10) as connection:
        status, body = answer(connection, request_)
    assert 400 <= status < 500 or status == 505
    assert [error.keys() for error in json.loads(body)["errors"]] == [{"code", "title", "detail"}]
    assert api.call("GET", "/groups").json() == {"groups": []}


@pytest.mark.parametrize("body", [b"Content-Length: 50\r\n\r\n{}", b"Transfer-Encoding: chunked\r\n\r\nff\r\n{}"])
def test_an_incomplete_body_is_refused(server: Server, api: Api, body: bytes) -> None:
    with socket.create_connection((server.host, server.port), timeout=10) as connection:
        connection.sendall(CREATE + body)
        connection.shutdown(socket.SHUT_WR)
        assert receive(connection)[0] == 400
    assert api.call("GET", "/groups").json() == {"groups": []}


def test_a_body_is_sent_right_after_its_headers() -> None:
    """They are separate writes, between which Nagle's algorithm would wait for the client."""

    def tell(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", "1")])
        return [str(environ["werkzeug.socket"].getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)).encode()]

    with Server(tell) as server, socket.create_connection((server.host, server.port), timeout=10) as connection:
        assert answer(connection, LIST + b"\r\n") == (200, b"1")


def test_32_connections_at_once(server: Server) -> None:
    """Each creates groups and deletes every other one; nothing is lost and nothing fails."""
    together = threading.Barrier(32)

    def work(number: int) -> None:
        with Api(server.url) as api:
            together.wait(timeout=10)
            for turn in range(4):
                group_id = api.create_group(f"{number} {turn}")
                if turn % 2:
                    assert api.call("DELETE", f"/groups/{group_id}").status_code == 204
                assert api.call("GET", "/groups").status_code == 200

    with ThreadPoolExecutor(32) as pool:
        list(pool.map(work, range(32)))
    with Api(server.url) as api:
        names = {group["name"] for group in api.call("GET", "/groups").json()["groups"]}
    assert names == {f"{number} {turn}" for number in range(32) for turn in (0, 2)}


def test_stopping_cuts_connections_and_leaves_no_thread(database: Database) -> None:
    others = set(threading.enumerate())
    with Server(create_app(database)) as server:
        idle = socket.create_connection((server.host, server.port), timeout=10)
        assert answer(idle, LIST + b"\r\n")[0] == 200
    assert idle.recv(1) == b""
    assert set(threading.enumerate()) <= others
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((server.host, server.port), timeout=10)
    idle.close()


def test_stopping_after_clients_have_left(database: Database) -> None:
    with Server(create_app(database)) as server:
        for _ in range(3):
            with Api(server.url) as api:
                assert api.call("GET", "/groups").status_code == 200


def test_ipv6_is_written_in_brackets(database: Database) -> None:
    with Server(create_app(database), host="::1") as server, Api(server.url) as api:
        assert server.url == f"http://[::1]:{server.port}/v1"
        assert api.call("GET", "/groups").status_code == 200
