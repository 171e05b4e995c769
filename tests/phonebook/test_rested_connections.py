"""A router drops an idle connection without notifying either end."""

import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.phonebook.fake_api import FakeApi, Handler, answer
from tests.phonebook.test_deadline import LIST, PATIENCE, client_of
from webapp.phonebook import deadline
from webapp.phonebook.errors import TimedOut

DEADLINE = 9.0
REST = deadline.SAFE_IDLE_SECONDS + 0.1
KEPT = answer("200 OK", LIST).replace(b"Connection: close\r\n", b"")
CREATED = answer("201 Created", b'{"group":{"id":"00000000-0000-0000-0000-000000000001","name":"a","contactsCount":0}}')


class Forgetful(FakeApi):
    """Answers correctly, except over connections that were dropped: there it sends nothing."""

    def __init__(self, slow: float = 0.0) -> None:
        self.connections: list[socket.socket] = []
        self.forgotten: list[socket.socket] = []
        self.slow = slow
        super().__init__(self._talk)

    def _talk(self, handler: Handler) -> None:
        self.connections.append(handler.connection)
        while handler.request_bytes:
            if handler.connection not in self.forgotten:
                time.sleep(self.slow)
                handler.connection.sendall(CREATED if handler.request_bytes.startswith(b"POST") else KEPT)
            handler.request_bytes = handler.connection.recv(65536)

    def forget(self) -> None:
        """Drop all connections after a pause."""
        time.sleep(REST)
        self.forgotten += self.connections


@pytest.fixture
def api() -> Iterator[Forgetful]:
    with Forgetful() as api:
        yield api


def test_a_read_is_sent_again_over_a_new_connection(api: Forgetful) -> None:
    client = client_of(api.url, deadline=DEADLINE)
    client.list_groups()
    api.forget()
    assert client.list_groups().rows == ()
    assert len(api.connections) == 2


@pytest.mark.long
def test_a_read_is_sent_again_if_all_connections_are_dropped(api: Forgetful) -> None:
    client = client_of(api.url, deadline=DEADLINE, connections=3)
    begun = [client.begin(client.list_groups) for _ in range(3)]
    for end in begun:
        end()
    api.forget()
    assert client.list_groups().rows == ()


def test_a_write_never_uses_an_idle_connection(api: Forgetful) -> None:
    client = client_of(api.url, deadline=DEADLINE)
    client.list_groups()
    api.forget()
    client.create_group("a")
    assert len(api.connections) == 2


def test_an_idle_connection_is_used_if_it_still_works(api: Forgetful) -> None:
    client = client_of(api.url, deadline=DEADLINE)
    client.list_groups()
    time.sleep(REST)
    client.list_groups()
    assert len(api.connections) == 1


def test_a_slow_answer_over_an_active_connection_has_the_full_time() -> None:
    with Forgetful(slow=0.5) as api:
        client = client_of(api.url, deadline=1.4)  # a third of it would be too little
        client.list_groups()
        client.list_groups()
        assert len(api.connections) == 1


def test_connections_are_kept_alive(api: Forgetful) -> None:
    """The timer that the system shows for each connection is the one of keepalive (2)."""
    client_of(api.url, deadline=PATIENCE).list_groups()
    port = int(api.url.split(":")[2].split("/")[0])
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    assert [row[5][:2] for row in rows if row[2].endswith(f":{port:04X}") and row[3] == "01"] == ["02"]


@pytest.mark.parametrize("status", [100, 102, 103, 199])
@pytest.mark.parametrize("often", [1, 3])
def test_interim_responses_are_skipped(status: int, often: int) -> None:
    before = f"HTTP/1.1 {status} Wait\r\nLink: </style.css>; rel=preload\r\n\r\n".encode() * often
    with FakeApi(before + answer("200 OK", LIST)) as fake:
        assert client_of(fake.url, deadline=PATIENCE).list_groups().rows == ()


def test_endless_interim_responses_end_at_the_deadline() -> None:
    def announce(handler: Handler) -> None:
        while True:
            handler.connection.sendall(b"HTTP/1.1 103 Early Hints\r\n\r\n")
            time.sleep(0.01)

    with FakeApi(announce) as fake, pytest.raises(TimedOut):
        client_of(fake.url).list_groups()
