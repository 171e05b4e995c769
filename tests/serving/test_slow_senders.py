"""A client that sends a slow or incomplete request, or never hangs up, holds a thread only for a limited time."""

import contextlib
import http.client
import socket
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
import requests

from tests.serving.deployment import PATIENCE, Deployment

HURRIED = ("gunicorn", "-c", "tests/serving/short_timeout.py", "--threads", "1")
HEAD = b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n"
FORM = b"POST /groups/new HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n"
NOT_WHOLE = {
    "a length": FORM + b"Content-Length: 10\r\n\r\nname=",
    "chunks": FORM + b"Transfer-Encoding: chunked\r\n\r\n5\r\nname=\r\n5\r\n",
}

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def one_thread() -> Iterator[Deployment]:
    """A dashboard that serves one request at a time, and waits for each for a second."""
    with Deployment(*HURRIED, SANDBOX="1", WEB_CONCURRENCY="1") as deployment:
        yield deployment


def connect(deployment: Deployment) -> socket.socket:
    parts = urlsplit(deployment.url)
    return socket.create_connection((parts.hostname or "", parts.port or 0), PATIENCE)


def rest(connection: socket.socket) -> bytes:
    """Return everything that arrives until the other side hangs up."""
    return b"".join(iter(lambda: connection.recv(65536), b""))


def test_incomplete_headers_time_out(one_thread: Deployment) -> None:
    with connect(one_thread) as slow:
        slow.sendall(HEAD)
        assert rest(slow) == b""
    assert one_thread.get("/health/live").text == "live\n"


def test_headers_sent_byte_by_byte_time_out_too(one_thread: Deployment) -> None:
    with connect(one_thread) as slow:
        slow.sendall(HEAD)
        slow.settimeout(0.1)
        sent = 0
        with contextlib.suppress(ConnectionError):
            while sent < 10 * PATIENCE:
                slow.sendall(b"X")
                sent += 1
                with contextlib.suppress(TimeoutError):
                    assert slow.recv(1) == b""
                    break
    assert sent < 10 * PATIENCE
    assert one_thread.get("/health/live").text == "live\n"


@pytest.mark.parametrize("begun", NOT_WHOLE.values(), ids=list(NOT_WHOLE))
def test_an_incomplete_form_gets_an_error(one_thread: Deployment, begun: bytes) -> None:
    with connect(one_thread) as slow:
        slow.sendall(begun)
        answer = rest(slow).decode()
    assert answer.startswith("HTTP/1.1 408 ")
    assert "This form did not arrive completely" in answer
    assert answer.count("HTTP/1.1 ") == 1
    assert one_thread.get("/health/live").text == "live\n"


def test_each_request_over_one_connection_has_its_own_time(one_thread: Deployment) -> None:
    parts = urlsplit(one_thread.url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=PATIENCE)
    with contextlib.closing(connection):
        for _ in range(2):
            connection.request("GET", "/health/live")
            assert connection.getresponse().read() == b"live\n"
            connection.auto_open = 0  # the next one goes over the same connection, or fails
            time.sleep(1.2)
        connection.request("GET", "/health/live")
        assert connection.getresponse().read() == b"live\n"


def test_open_connections_do_not_block_others() -> None:
    """Each of them is waited for, at the end of the connection, for two seconds."""
    with Deployment(SANDBOX="1", WEB_CONCURRENCY="1") as deployment, contextlib.ExitStack() as left_open:
        for _ in range(30):
            connection = left_open.enter_context(connect(deployment))
            connection.sendall(HEAD + b"Connection: close\r\n\r\n")
        assert requests.get(f"{deployment.url}/health/live", timeout=20).text == "live\n"
