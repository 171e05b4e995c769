"""Clients that send or read slowly hold no thread, so a worker with one thread serves others meanwhile."""

import contextlib
import socket
from urllib.parse import urlsplit

import pytest
import requests

from tests.serving.deployment import PATIENCE, Deployment

SLOW = 20
HEAD = b"GET /groups HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
FORM = b"POST /no-such-page HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 9\r\n\r\n"


def connect(deployment: Deployment, sent: bytes) -> socket.socket:
    """Open a connection that receives little at once, and send something over it."""
    parts = urlsplit(deployment.url)
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.settimeout(PATIENCE)
    connection.connect((parts.hostname, parts.port))
    connection.sendall(sent)
    return connection


def status(connection: socket.socket) -> bytes:
    """Read an answer to its end, and return its status."""
    return b"".join(iter(lambda: connection.recv(65536), b""))[9:12]


@pytest.mark.long
def test_slow_clients_hold_no_thread() -> None:
    """Nobody's time is over when the others have been served: those who were slow get their answers, too."""
    command = ("gunicorn", "--threads", "1")
    with Deployment(*command, SANDBOX="1", WEB_CONCURRENCY="1") as deployment, contextlib.ExitStack() as slow:
        heads = [slow.enter_context(connect(deployment, HEAD)) for _ in range(SLOW)]
        forms = [slow.enter_context(connect(deployment, FORM)) for _ in range(SLOW)]
        readers = [slow.enter_context(connect(deployment, HEAD + b"\r\n")) for _ in range(SLOW)]
        silent = [slow.enter_context(connect(deployment, b"")) for _ in range(SLOW)]
        for path in ("/groups", "/contacts", "/health/live"):
            assert requests.get(deployment.url + path, timeout=PATIENCE).status_code == 200
        for connection in (*heads, *forms, *silent):
            rest = {True: b"\r\n", False: b"name=More"}[connection not in forms]
            connection.sendall((HEAD if connection in silent else b"") + rest)
            assert status(connection) == (b"404" if connection in forms else b"200")
        assert {status(connection) for connection in readers} == {b"200"}
