"""No test can connect to another machine: an attempt fails the test, by address or by name."""

import socket

import pytest
import requests


@pytest.mark.parametrize("host", ["192.0.2.1", "api.messente.com", "2001:db8::1"])
def test_other_machines_are_out_of_reach(host: str) -> None:
    with pytest.raises(RuntimeError, match="a test tried to reach"):
        socket.create_connection((host, 443), timeout=1)


def test_requests_cannot_reach_other_machines() -> None:
    with pytest.raises(RuntimeError, match="a test tried to reach"):
        requests.get("https://api.messente.com/v1", timeout=1)
