"""A call ends at its deadline, whatever the server does; answers are never mixed up; only reads are retried."""

import socket
import ssl
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from tests.certificate import make_certificate
from tests.faults.faulty_wire import until
from tests.page_client import PASSWORD
from tests.phonebook.fake_api import FakeApi, Handler, answer
from webapp.phonebook import PhonebookClient, Transport
from webapp.phonebook.errors import NotSent, PhonebookError, TimedOut

ROOT = Path(__file__).parents[2]
DEADLINE = 0.4
LEEWAY = 10
"""Seconds by which a busy machine may be late. Without a deadline, each of these calls would last 30 or longer."""
PATIENCE = 30
"""Seconds for a call that succeeds."""
LIST = b'{"groups":[]}'


def client_of(url: str, *, deadline: float = DEADLINE, connections: int = 1) -> PhonebookClient:
    transport = Transport(
        url, "sandbox", PASSWORD, connect_timeout=0.3, deadline=deadline, backoff=0.01, connections=connections
    )
    return PhonebookClient(transport)


def seconds(call: Callable[[], object], kind: type[PhonebookError]) -> float:
    """Return how long a failing call takes."""
    started = time.monotonic()
    with pytest.raises(kind):
        call()
    return time.monotonic() - started


def drip(handler: Handler, data: bytes = b"HTTP/1.1 200 OK\r\nX: " + b"x" * 2000) -> None:
    for index in range(len(data)):
        handler.connection.sendall(data[index : index + 1])
        time.sleep(0.02)


def drip_body(handler: Handler) -> None:
    handler.connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2000\r\n\r\n")
    drip(handler, b" " * 2000)


def say_nothing(handler: Handler) -> None:
    handler.connection.recv(1)


SLOW = [say_nothing, drip, drip_body]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_certificate(tmp_path_factory.mktemp("tls") / "certificate.pem")


@pytest.fixture
def tls(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


@pytest.fixture
def trusted(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("certifi.where", lambda: str(certificate))


@pytest.mark.parametrize("slow", SLOW)
def test_over_plain_http(slow: Callable[[Handler], None]) -> None:
    with FakeApi(slow) as api:
        assert DEADLINE - 0.1 < seconds(client_of(api.url).list_groups, TimedOut) < DEADLINE + LEEWAY


@pytest.mark.usefixtures("trusted")
@pytest.mark.parametrize("slow", SLOW)
def test_over_tls(slow: Callable[[Handler], None], tls: ssl.SSLContext) -> None:
    with FakeApi(slow, tls) as api:
        assert DEADLINE - 0.1 < seconds(client_of(api.url).list_groups, TimedOut) < DEADLINE + LEEWAY


@pytest.mark.usefixtures("trusted")
def test_tls_works(tls: ssl.SSLContext) -> None:
    with FakeApi(answer("200 OK", LIST), tls) as api:
        assert client_of(api.url, deadline=PATIENCE).list_groups().rows == ()


def test_an_untrusted_certificate_gets_no_request(tls: ssl.SSLContext) -> None:
    with FakeApi(answer("201 Created", LIST), tls) as api:
        seconds(lambda: client_of(api.url).create_group("Staff"), NotSent)
    assert api.requests == []


@pytest.mark.parametrize("hello", [b"", b"\x16\x03\x03\x00\x7a\x02" * 400])
def test_an_endless_tls_handshake(hello: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def shake() -> None:
            connection, _ = server.accept()
            with connection:
                for index in range(len(hello)):
                    try:
                        connection.sendall(hello[index : index + 1])
                    except OSError:
                        return
                    time.sleep(0.02)
                while connection.recv(1024):
                    pass

        thread = threading.Thread(target=shake)
        thread.start()
        client = client_of(f"https://127.0.0.1:{server.getsockname()[1]}")
        # A write, since a read that broke off before the deadline would be tried again.
        assert seconds(lambda: client.create_group("Staff"), PhonebookError) < DEADLINE + LEEWAY
        thread.join()


def test_many_silent_addresses_share_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        callers = [socket.socket() for _ in range(4)]
        for caller in callers:  # the queue of those who wait for an accept is full: nobody else is let in
            caller.setblocking(False)
            caller.connect_ex(full.getsockname())
        found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", full.getsockname())] * 120
        with monkeypatch.context() as patch:
            patch.setattr(
                "webapp.phonebook.deadline.socket.getaddrinfo",
                lambda host, *_: (
                    found * (host == "many")
                    or [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (host, full.getsockname()[1]))]
                ),
            )
            assert seconds(lambda: client_of("http://many").create_group("Staff"), NotSent) < DEADLINE + LEEWAY
        for caller in callers:
            caller.close()


def test_a_reused_connection_is_cut_at_the_deadline_too() -> None:
    def once(handler: Handler) -> None:
        handler.connection.sendall(answer("200 OK", LIST).replace(b"Connection: close\r\n", b""))
        handler.connection.recv(4096)
        drip(handler)

    with FakeApi(once) as api:
        client = client_of(api.url, deadline=PATIENCE)
        client.list_groups()
        hurried = replace(client, expires=time.monotonic() + DEADLINE)
        assert seconds(hurried.list_groups, TimedOut) < DEADLINE + LEEWAY
        assert len(api.requests) == 1


def descriptors() -> int:
    """How many files and sockets this process holds."""
    return len(list(Path("/proc/self/fd").iterdir()))


def watchdogs() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "watchdog"]


def test_one_watchdog_handles_all_calls_and_leaks_no_connection() -> None:
    with FakeApi(drip) as api, ThreadPoolExecutor(8) as pool:
        client = client_of(api.url, connections=8)
        before = descriptors()
        others = set(watchdogs())
        calls = [pool.submit(seconds, client.list_groups, TimedOut) for _ in range(16)]
        assert until(lambda: len(api.requests) >= 8)
        assert len(set(watchdogs()) - others) == 1
        assert max(call.result() for call in calls) < 2 * DEADLINE + LEEWAY
        assert until(lambda: set(watchdogs()) <= others)
        assert until(lambda: descriptors() <= before), "the other ends, in this process too, take a moment"


def test_no_try_begins_after_the_deadline() -> None:
    with FakeApi(lambda _: time.sleep(DEADLINE * 0.7)) as api:
        seconds(client_of(api.url).list_groups, PhonebookError)
        assert len(api.requests) <= 2


def test_a_client_may_have_less_time() -> None:
    with FakeApi(say_nothing) as api:
        client = replace(client_of(api.url, deadline=30), expires=time.monotonic() + 0.2)
        assert seconds(client.list_groups, TimedOut) < LEEWAY
