"""A client that reads its answer slowly or not at all holds a thread only for a limited time."""

import contextlib
import select
import socket
import threading
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from tests.faults.faulty_wire import until
from tests.serving.deployment import PATIENCE, Deployment
from webapp.serving.client_socket import ClientSocket

pytestmark = pytest.mark.long

ASKED = b"GET /static/style.css HTTP/1.1\r\nHost: localhost\r\n\r\n"
EXPECTS = b"POST /help HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 0\r\n\r\n"
"""The server itself says something to this before the dashboard does."""
OFTEN = 1000
"""So many answers are more than the system holds for a connection."""


@pytest.fixture(scope="module")
def one_thread() -> Iterator[Deployment]:
    """A dashboard that serves one request at a time, with all timeouts a tenth as long."""
    command = ("gunicorn", "-c", "tests/serving/short_timeout.py", "--threads", "1")
    with Deployment(*command, SANDBOX="1", WEB_CONCURRENCY="1") as deployment:
        yield deployment


def connect(deployment: Deployment) -> socket.socket:
    """Connect with a small receive buffer."""
    parts = urlsplit(deployment.url)
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 32 * 1024)
    connection.settimeout(PATIENCE)
    connection.connect((parts.hostname, parts.port))
    return connection


def note(deployment: Deployment) -> None:
    """Send a quick request, and wait until it is in the log."""
    deployment.line(f"request={deployment.get('/health/live').headers['X-Request-ID']}")


def ask(deployment: Deployment, connection: socket.socket, asked: bytes) -> None:
    """Send many requests, and wait until the first is answered."""
    note(deployment)
    connection.sendall(asked * OFTEN)
    deployment.line("rule=./static")


def until_only_others_are_served(deployment: Deployment) -> None:
    """Send other requests until none of the many requests is answered in between any more."""
    in_a_row = 0
    while in_a_row < 20:
        begin = len(deployment.lines)
        note(deployment)
        in_a_row = 0 if any("/static" in line for line in deployment.lines[begin:]) else in_a_row + 1


def taken(connection: socket.socket, size: int, pause: float = 0) -> int:
    """Read so many bytes at a time until the other side hangs up; return the number of answers."""
    came = bytearray()
    with contextlib.suppress(ConnectionError):
        while piece := connection.recv(size):
            came += piece
            time.sleep(pause)
    return came.count(b"HTTP/1.1 200 ")


@contextlib.contextmanager
def one_byte_at_a_time(connection: socket.socket) -> Iterator[None]:
    """Read a byte now and then."""
    is_over = threading.Event()

    def read() -> None:
        while not is_over.wait(0.05):
            connection.recv(1)

    reader = threading.Thread(target=read)
    reader.start()
    yield
    is_over.set()
    reader.join()


@pytest.mark.parametrize("asked", [ASKED, ASKED + EXPECTS], ids=["answers", "and a word before them"])
def test_clients_that_do_not_read_do_not_block_others(one_thread: Deployment, asked: bytes) -> None:
    with connect(one_thread) as slow:
        ask(one_thread, slow, asked)
        until_only_others_are_served(one_thread)
        assert taken(slow, 1024 * 1024) < OFTEN


def test_clients_that_read_single_bytes_do_not_block_others(one_thread: Deployment) -> None:
    with connect(one_thread) as slow:
        ask(one_thread, slow, ASKED)
        with one_byte_at_a_time(slow):
            until_only_others_are_served(one_thread)
        assert taken(slow, 1024 * 1024) < OFTEN


def test_slow_but_steady_readers_get_everything(one_thread: Deployment) -> None:
    """Ten times as fast as the slowest phone that has to be served."""
    with connect(one_thread) as slow:
        slow.sendall(ASKED * 400 + ASKED.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
        assert taken(slow, 20_000, 0.1) == 401


def test_no_connection_is_accepted_for_a_second_after_too_many_open_files() -> None:
    """Idle connections are closed, and the workers go on."""
    limited = "ulimit -n 150; exec gunicorn --worker-connections 1000"
    with Deployment("sh", "-c", limited, SANDBOX="1", WEB_CONCURRENCY="2") as deployment:
        for _ in range(2):
            deployment.line("Booting worker")
        before = set(deployment.children())
        with contextlib.ExitStack() as idle:
            for _ in range(400):
                idle.enter_context(connect(deployment))
            assert deployment.get("/groups").status_code == 200
        assert deployment.get("/groups").status_code == 200
        assert set(deployment.children()) == before
        assert "No connection can be accepted: Too many open files" in "\n".join(deployment.lines)


class HurriedSocket(ClientSocket):
    """A socket that soon calls a client slow, and has no place for a slow one."""

    slow_seconds, fast_rate = 1.5, 1_000
    slow_readers = threading.BoundedSemaphore(0)


def test_a_client_that_reads_fast_does_not_become_slow_in_time() -> None:
    """As a proxy, which sends the responses of many users over one connection."""
    ours, theirs = socket.socketpair()
    ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    pieces = [bytes(50_000)] * 8

    def read() -> None:
        left = sum(map(len, pieces))
        while left:
            time.sleep(0.05)
            left -= len(theirs.recv(50_000))

    reader = threading.Thread(target=read)
    with HurriedSocket(fileno=ours.detach()) as client, theirs:
        client.setblocking(True)
        reader.start()
        for piece in pieces:
            client.sendall(piece)
        reader.join()


def test_few_threads_wait_for_slow_readers() -> None:
    """There are three threads; one may wait for a slow reader, for ever."""
    command = ("gunicorn", "-c", "tests/serving/one_slow_reader.py", "--threads", "3")
    with Deployment(*command, SANDBOX="1", WEB_CONCURRENCY="1") as deployment, contextlib.ExitStack() as stack:
        slow = [stack.enter_context(connect(deployment)) for _ in range(8)]
        ends = select.poll()
        for connection in slow:
            connection.sendall(ASKED * OFTEN)
            ends.register(connection, 0)  # only for its end
        assert until(lambda: len(ends.poll(0)) == len(slow) - 1)
        until_only_others_are_served(deployment)
        assert len(ends.poll(0)) == len(slow) - 1
