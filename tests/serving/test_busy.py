"""A worker without a free thread leaves new connections to other workers."""

import socket
from urllib.parse import urlsplit

import pytest
import requests

from tests.serving.deployment import Deployment


@pytest.mark.long
def test_an_incomplete_request_does_not_block_later_ones() -> None:
    with Deployment("gunicorn", "--threads", "1", SANDBOX="1", WEB_CONCURRENCY="2") as deployment:
        parts = urlsplit(deployment.url)
        deployment.get("/health/live")
        with socket.create_connection((parts.hostname or "", parts.port or 0)) as slow:
            slow.sendall(b"GET /groups HTTP/1.1\r\nHost:")
            for _ in range(20):  # over a connection each, half of which the busy worker would take
                assert requests.get(f"{deployment.url}/health/live", timeout=10).text == "live\n"
            slow.sendall(f" {parts.netloc}\r\nConnection: close\r\n\r\n".encode())
            assert slow.recv(15).startswith(b"HTTP/1.1 200")
