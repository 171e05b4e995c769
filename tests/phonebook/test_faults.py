"""Each refusal and fault of the API raises its own error, which says whether the change happened."""

import gzip
import socket
import socketserver
import ssl
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from tests.certificate import make_certificate
from tests.phonebook.fake_api import FakeApi, answer
from webapp.phonebook import PhonebookClient, Transport
from webapp.phonebook.errors import (
    AccessRefused,
    AnswerTooLarge,
    Changed,
    Conflict,
    ConnectionLost,
    InvalidData,
    NotFound,
    NotSent,
    PhonebookError,
    Refused,
    ServerFailed,
    TimedOut,
    TooManyRequests,
    UnreadableAnswer,
)
from webapp.phonebook.transport import MAX_ANSWER_BYTES

ID = UUID("5792a02a-e5c2-422b-a0a0-0ae65d814663")
GROUP = b'{"id":"5792a02a-e5c2-422b-a0a0-0ae65d814663","name":"Staff","contactsCount":1,"createdOn":null}'

CALLS: dict[str, Callable[[PhonebookClient], object]] = {
    "list": lambda client: client.list_groups(),
    "get": lambda client: client.get_group(ID),
    "create": lambda client: client.create_group("Staff"),
    "rename": lambda client: client.rename_group(ID, "Staff"),
    "delete": lambda client: client.delete_group(ID),
}
WRITES = ("create", "rename", "delete")


def client_of(url: str, **changed: str | float | int) -> PhonebookClient:
    arguments: dict[str, Any] = {"connect_timeout": 2, "deadline": 10, "backoff": 0.01, "connections": 2} | changed
    return PhonebookClient(Transport(url, "user", "pässwörd", **arguments))


def failure(client: PhonebookClient, call: str) -> PhonebookError:
    with pytest.raises(PhonebookError) as caught:
        CALLS[call](client)
    return caught.value


REFUSALS = [
    ("400 Bad Request", InvalidData),
    ("401 Unauthorized", AccessRefused),
    ("403 Forbidden", AccessRefused),
    ("404 Not Found", NotFound),
    ("409 Conflict", Conflict),
    ("429 Too Many Requests", TooManyRequests),
    ("418 I'm a teapot", Refused),
]


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize(("status", "kind"), REFUSALS)
def test_a_refusal_changed_nothing(call: str, status: str, kind: type[PhonebookError]) -> None:
    body = b'{"errors":[{"code":"203","title":"t","detail":"Not like this"}]}'
    with FakeApi(answer(status, body, "Retry-After: 7")) as api:
        error = failure(client_of(api.url, deadline=7), call)
    assert type(error) is (Refused if call in {"list", "get"} and kind in {InvalidData, Conflict} else kind)
    assert (error.status, error.code, error.detail) == (int(status[:3]), "203", "Not like this")
    assert (error.retry_after, error.changed) == (7, Changed.NO)


@pytest.mark.parametrize("code", ["", "201", "205"])
def test_a_foreign_404_is_not_a_missing_group(code: str) -> None:
    body = b'{"errors":[{"code":"%s","title":"t","detail":"d"}]}' % code.encode() if code else b"<html>"
    with FakeApi(answer("404 Not Found", body)) as api:
        assert type(failure(client_of(api.url), "delete")) is Refused


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"errors":[]}', b'{"errors":[{"code":[]}]}', b"\xff"])
def test_a_refusal_without_a_readable_body_is_still_a_refusal(body: bytes) -> None:
    with FakeApi(answer("409 Conflict", body)) as api:
        assert type(failure(client_of(api.url), "rename")) is Conflict


def hang_up(handler: socketserver.StreamRequestHandler) -> None:
    handler.connection.shutdown(socket.SHUT_RDWR)


def stay_silent(handler: socketserver.StreamRequestHandler) -> None:
    handler.connection.recv(1)  # returns when the client hangs up


UNCLEAR = [
    (hang_up, ConnectionLost),
    (stay_silent, TimedOut),
    (answer("500 Internal Server Error"), ServerFailed),
    (answer("503 Service Unavailable"), ServerFailed),
    (answer("302 Found", b"", "Location: http://127.0.0.1:1/"), UnreadableAnswer),
    (answer("307 Temporary Redirect", b"", "Location: http://127.0.0.1:1/"), UnreadableAnswer),
    (answer("206 Partial Content", b'{"group":' + GROUP + b"}"), UnreadableAnswer),
    (b"nonsense\r\n\r\n", ConnectionLost),
    (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n", ConnectionLost),
]


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize(("reply", "kind"), UNCLEAR)
def test_after_an_unclear_answer_only_reads_are_known_to_change_nothing(
    call: str, reply: bytes, kind: type[PhonebookError]
) -> None:
    with FakeApi(reply) as api:
        error = failure(client_of(api.url, deadline=0.5 if kind is TimedOut else 10), call)
        assert len(api.requests) <= (1 if call in WRITES else 3), "only a read is repeated"
    assert type(error) is kind
    assert error.changed is (Changed.UNKNOWN if call in WRITES else Changed.NO)


@pytest.mark.parametrize("call", CALLS)
def test_an_unsent_request_changed_nothing(call: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and never listens
        error = failure(client_of(f"http://127.0.0.1:{taken.getsockname()[1]}"), call)
    assert type(error) is NotSent
    assert error.changed is Changed.NO


def test_a_name_that_cannot_be_looked_up_changed_nothing() -> None:
    assert type(failure(client_of("http://no-such-host.invalid"), "create")) is NotSent


BAD_BODIES = {
    "nothing": b"",
    "no JSON": b"<html>",
    "cut": b'{"groups":[{"id":"5792',
    "another shape": b'{"grops":[]}',
    "null": b'{"groups":null,"group":null}',
    "a list": b"[]",
    "NaN": b'{"groups":NaN,"group":NaN}',
    "no UTF-8": b'{"group":{"id":"\xff"},"groups":["\xff"]}',
    "deep": b'{"group":' + b"[" * 100_000,
    "a bad id": b'{"group":%s,"groups":[%s]}' % ((GROUP.replace(b"5792a02a", b".."),) * 2),
    "an invalid count": (b'{"group":%s,"groups":[%s]}' % (GROUP, GROUP)).replace(b":1,", b":-1,"),
    "an absurd count": (b'{"group":%s,"groups":[%s]}' % (GROUP, GROUP)).replace(b":1,", b":1" + b"0" * 5000 + b","),
}


@pytest.mark.parametrize("call", ["list", "get", "create", "rename"])
@pytest.mark.parametrize("body", BAD_BODIES.values(), ids=BAD_BODIES)
def test_an_answer_of_another_shape(call: str, body: bytes) -> None:
    with FakeApi(answer("201 Created" if call == "create" else "200 OK", body)) as api:
        error = failure(client_of(api.url), call)
    assert type(error) is UnreadableAnswer
    assert error.changed is {"create": Changed.YES, "rename": Changed.UNKNOWN}.get(call, Changed.NO)


@pytest.mark.parametrize(
    ("call", "status", "changed"), [("create", "201 Created", Changed.YES), ("rename", "200 OK", Changed.UNKNOWN)]
)
def test_an_incomplete_answer_after_201_means_that_it_happened(call: str, status: str, changed: Changed) -> None:
    with FakeApi(f"HTTP/1.1 {status}\r\nContent-Length: 500\r\n\r\n{{".encode()) as api:
        error = failure(client_of(api.url), call)
    assert type(error) is ConnectionLost
    assert error.changed is changed


def test_an_answer_about_another_group_is_invalid() -> None:
    with FakeApi(answer("200 OK", b'{"group":%s}' % GROUP.replace(b"5792", b"4792"))) as api:
        assert type(failure(client_of(api.url), "get")) is UnreadableAnswer


def test_an_unreadable_row_does_not_hide_others() -> None:
    rows = b",".join([GROUP, b'{"id":"x"}', GROUP.replace(b"5792", b"4792")])
    with FakeApi(answer("200 OK", b'{"groups":[%s]}' % rows)) as api:
        found = client_of(api.url).list_groups()
    assert [group.name for group in found.rows] == ["Staff", "Staff"]
    assert found.unreadable == 1


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (rb"St\ud83daff", "St\ufffdaff"),
        (rb"\ude00\ud83d", "\ufffd\ufffd"),
        (rb"\ud83d\ude00 \\ud83d \u00e4 \ud83d", "😀 \\ud83d ä \ufffd"),
        (b"St\xffaff", "St\ufffdaff"),
        (b"St\xed\xa0\x80", "St" + "\ufffd" * 3),
        (b"St\x01aff\n", "St aff "),
        (rb"St\xaff \" NaN \u12", 'St\ufffdxaff " NaN \ufffdu12'),
    ],
)
def test_invalid_characters_do_not_hide_a_name(written: bytes, read: str) -> None:
    group = GROUP.replace(b"Staff", written)
    with FakeApi(answer("200 OK", b'{"group":%s,"groups":[%s]}' % (group, group))) as api:
        assert client_of(api.url).get_group(ID).name == read
        assert [group.name for group in client_of(api.url).list_groups().rows] == [read]


def test_a_duplicate_row_is_not_a_second_group() -> None:
    rows = b",".join([GROUP, GROUP.replace(b"Staff", b"Other"), GROUP.replace(b"5792", b"4792")])
    with FakeApi(answer("200 OK", b'{"groups":[%s]}' % rows)) as api:
        found = client_of(api.url).list_groups()
    assert sorted(group.name for group in found.rows) == ["Staff", "Staff"]
    assert found.unreadable == 1


@pytest.mark.parametrize("date", ["null", '"2019-04-22T11:46:23.753613Z"', '"nonsense"', '"0001-01-01T00:00:00+14:00"'])
def test_an_unreadable_date_does_not_hide_its_group(date: str) -> None:
    with FakeApi(answer("200 OK", b'{"group":%s}' % GROUP.replace(b"null", date.encode()))) as api:
        created = client_of(api.url).get_group(ID).created_on
    assert (created is not None) == ("2019" in date)


def test_an_answer_over_the_limit_is_abandoned() -> None:
    bomb = gzip.compress(b" " * (MAX_ANSWER_BYTES + 1))
    with FakeApi(answer("200 OK", bomb, "Content-Encoding: gzip")) as api:
        error = failure(client_of(api.url, deadline=20), "list")
        assert (type(error), len(api.requests)) == (AnswerTooLarge, 1)
    assert error.lasting


GET_GROUPS = b'{"groups":[]}'
LASTING = {
    "a redirect": answer("301 Moved Permanently", b"", "Location: http://127.0.0.1:1/"),
    "another redirect": answer("302 Found", b"", "Location: http://127.0.0.1:1/"),
    "not implemented": answer("501 Not Implemented"),
    "JSON of another shape": answer("200 OK", b'{"data":{"groups":[]}}'),
    "rows of another shape": answer("200 OK", b'{"groups":[{"uuid":"x"}]}'),
    "an encoding that nobody asked for": answer("200 OK", GET_GROUPS, "Content-Encoding: x-secret"),
}
PASSING = {
    "a gateway": answer("502 Bad Gateway"),
    "a page of HTML": answer("200 OK", b"<h1>Back soon</h1>"),
    "half an answer": answer("200 OK", GET_GROUPS[:5]),
    "another half": b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{",
}


@pytest.mark.parametrize("name", LASTING | PASSING)
def test_lasting_errors_differ_from_temporary_ones(name: str) -> None:
    with FakeApi((LASTING | PASSING)[name]) as api:
        error = failure(client_of(api.url), "list")
        assert error.lasting is (name in LASTING)
        assert len(api.requests) == 1 or not error.lasting, "asking again is of no use"


def test_certificate_and_tls_errors_are_lasting(tmp_path: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(make_certificate(tmp_path / "certificate.pem"))
    with FakeApi(answer("200 OK", GET_GROUPS), context) as api:
        error = failure(client_of(api.url), "list")
    assert (type(error), error.lasting) == (NotSent, True)
    with socket.create_server(("127.0.0.1", 0)) as plain:

        def refuse() -> None:
            with plain.accept()[0] as connection:
                connection.recv(9)
                connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

        served = threading.Thread(target=refuse)
        served.start()
        assert failure(client_of(f"https://127.0.0.1:{plain.getsockname()[1]}"), "list").lasting
        served.join()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        assert not failure(client_of(f"http://127.0.0.1:{taken.getsockname()[1]}"), "list").lasting


def test_a_broken_compression_is_unreadable() -> None:
    with FakeApi(answer("200 OK", b"no gzip at all", "Content-Encoding: gzip")) as api:
        assert type(failure(client_of(api.url), "list")) is UnreadableAnswer


def test_the_request_that_is_sent(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Proxies and netrc of the environment are ignored, the password is sent as UTF-8, and no cookies are."""
    netrc = tmp_path / ".netrc"
    netrc.write_text("machine 127.0.0.1 login stranger password other\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    with FakeApi(answer("201 Created", b'{"group":%s}' % GROUP, "Set-Cookie: a=b; Path=/")) as api:
        client = client_of(api.url)
        client.create_group("Õpetajad")
        client.create_group("Õpetajad")
    head, _, body = api.requests[1].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /v1/phonebook/groups HTTP/1.1\r\n")
    assert b"Authorization: Basic dXNlcjpww6Rzc3fDtnJk\r\n" in head + b"\r\n"
    assert b"Cookie" not in head
    assert body == b'{"name": "\\u00d5petajad"}'


def test_ids_cannot_lead_to_another_address() -> None:
    with FakeApi(answer("204 No Content")) as api, pytest.raises(ValueError, match="badly formed"):
        client_of(api.url).delete_group("..")  # type: ignore[arg-type]
    assert api.requests == []


def test_connections_are_reused() -> None:
    served = threading.Semaphore(0)

    def keep_alive(handler: socketserver.StreamRequestHandler) -> None:
        reply = b'HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\n{"groups":[]}'
        handler.wfile.write(reply)
        while handler.rfile.readline() not in {b"\r\n", b""}:
            pass
        handler.wfile.write(reply)
        served.release()

    with FakeApi(keep_alive) as api:
        client = client_of(api.url)
        assert client.list_groups() == client.list_groups()
        assert served.acquire(timeout=30)
        assert len(api.requests) == 1, "the second request came over the first one's connection"
