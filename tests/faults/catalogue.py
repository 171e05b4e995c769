"""Faults between the dashboard and Messente: what the wire does to one answer."""

import gzip
from collections.abc import Callable
from dataclasses import dataclass

from tests.faults.faulty_wire import Answer, Connection, Reply

MEGABYTE = b" " * 1024 * 1024
ELSEWHERE = "http://127.0.0.1:9/canary"


@dataclass(frozen=True)
class Fault:
    """One fault.

    Attributes:
        reply: what the wire does.
        kind: "unclear", or the name of the message that the page has to show for a refusal.
        carried: whether a change may have been carried out all the same.

    """

    reply: Reply
    kind: str = "unclear"
    carried: tuple[bool, ...] = (True, False)
    slow: bool = False
    is_too_large: bool = False


def status(line: str, body: bytes = b"", *headers: str) -> Reply:
    """Answer with another status."""
    fields = "".join(f"{header}\r\n" for header in headers)
    head = f"HTTP/1.1 {line}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n{fields}\r\n"
    return lambda wire, _: wire.send(head.encode() + body)


def body(change: Callable[[bytes], bytes], *headers: str) -> Reply:
    """Answer with the genuine status, but another body."""

    def reply(wire: Connection, genuine: Answer) -> None:
        line, payload = genuine.status, change(genuine.body)
        fields = "".join(f"{header}\r\n" for header in headers)
        head = f"HTTP/1.1 {line}\r\nContent-Length: {len(payload)}\r\nConnection: close\r\n{fields}\r\n"
        wire.send(head.encode() + payload)

    return reply


def steps(*actions: Callable[[Connection, Answer], None]) -> Reply:
    """Do one thing after another."""

    def reply(wire: Connection, genuine: Answer) -> None:
        for action in actions:
            action(wire, genuine)

    return reply


def some_of_the_body(wire: Connection, genuine: Answer) -> None:
    length = b"Content-Length: 9000\r\nConnection: close\r\n\r\n"
    wire.send(f"HTTP/1.1 {genuine.status}\r\n".encode() + length + genuine.body[:5])


def too_much(wire: Connection, genuine: Answer) -> None:
    wire.send(f"HTTP/1.1 {genuine.status}\r\nContent-Length: {40 << 20}\r\nConnection: close\r\n\r\n".encode())
    wire.flood(MEGABYTE, 40)


def endless(wire: Connection, genuine: Answer) -> None:
    wire.send(f"HTTP/1.1 {genuine.status}\r\nConnection: close\r\n\r\n".encode())
    wire.flood(MEGABYTE, 64)


def endless_chunks(wire: Connection, genuine: Answer) -> None:
    wire.send(f"HTTP/1.1 {genuine.status}\r\nTransfer-Encoding: chunked\r\n\r\n".encode())
    wire.flood(b"100000\r\n" + MEGABYTE + b"\r\n", 64)


BOMB = gzip.compress(MEGABYTE * 10) * 30  # 300 MB of blanks
ERROR = b'{"errors": [{"code": "%s", "title": "t", "detail": "Not <like> this"}]}'
HTML = b"<!doctype html><title>Maintenance</title><h1>Back soon</h1>"

LOST = {
    "hangs up": Fault(lambda *_: None),
    "resets": Fault(lambda wire, _: wire.reset()),
    "says nothing": Fault(lambda wire, _: wire.silence(), slow=True),
    "drips its headers": Fault(lambda wire, answer: wire.drip(answer.head), slow=True),
    "drips headers without end": Fault(lambda wire, _: wire.drip(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 9000), slow=True),
    "drips its body": Fault(lambda wire, _: wire.drip(b"HTTP/1.1 200 OK\r\n\r\n" + MEGABYTE, 0.01), slow=True),
    "drips blank lines": Fault(lambda wire, _: wire.drip(b"\r\n" * 900), slow=True),
    "says continue without end": Fault(
        lambda wire, _: wire.drip(b"HTTP/1.1 100 Continue\r\n\r\n" * 90, 0.001), slow=True
    ),
    "stops in the status line": Fault(lambda wire, _: wire.send(b"HTTP/1.1 20")),
    "stops in the headers": Fault(lambda wire, _: wire.send(b"HTTP/1.1 200 OK\r\nContent-Type: appli")),
    "stops before the body": Fault(lambda wire, _: wire.send(b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n")),
    "stops in the body": Fault(some_of_the_body, carried=(True,)),
    "resets in the body": Fault(steps(some_of_the_body, lambda wire, _: wire.reset()), carried=(True,)),
    "falls silent in the body": Fault(
        steps(some_of_the_body, lambda wire, _: wire.silence()), carried=(True,), slow=True
    ),
    "stops in a chunk": Fault(
        lambda wire, _: wire.send(b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n{"gr')
    ),
    "stops between chunks": Fault(
        lambda wire, _: wire.send(b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n{"g\r\n')
    ),
}

GARBLED = {
    "speaks no HTTP": Fault(lambda wire, _: wire.send(b"220 smtp.example ESMTP\r\n\r\n")),
    "speaks TLS": Fault(lambda wire, _: wire.send(b"\x15\x03\x01\x00\x02\x02\x16")),
    "sends no number as status": Fault(lambda wire, _: wire.send(b"HTTP/1.1 OK\r\n\r\n")),
    "sends a status of five digits": Fault(lambda wire, _: wire.send(b"HTTP/1.1 20000 OK\r\n\r\n")),
    "sends 200 headers": Fault(lambda wire, _: wire.send(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n")),
    "sends a header of 1 MB": Fault(lambda wire, _: wire.send(b"HTTP/1.1 200 OK\r\nX: " + MEGABYTE + b"\r\n\r\n")),
    "sends an invalid length": Fault(lambda wire, _: wire.send(b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n")),
    "sends a negative length": Fault(lambda wire, _: wire.send(b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n")),
    "sends two lengths": Fault(
        lambda wire, _: wire.send(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}")
    ),
    "sends a chunk of no size": Fault(
        lambda wire, _: wire.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n{}\r\n0\r\n\r\n")
    ),
    "sends more than the cap": Fault(too_much, carried=(True,), is_too_large=True),
    "sends without end": Fault(endless, carried=(True,), is_too_large=True),
    "sends chunks without end": Fault(endless_chunks, carried=(True,), is_too_large=True),
}

FAILED = {
    f"answers {line}": Fault(status(line, payload, *headers))
    for line, payload, headers in [
        ("500 Internal Server Error", ERROR % b"205", ()),
        ("500 Internal Server Error, in HTML", HTML, ()),
        ("501 Not Implemented", b"", ()),
        ("502 Bad Gateway", HTML, ()),
        ("503 Service Unavailable", b"", ()),
        ("503 Service Unavailable, for an hour", b"", ("Retry-After: 3600",)),
        ("504 Gateway Timeout", HTML, ()),
        ("599 Nobody Knows", b"", ()),
        ("301 Moved Permanently", b"", (f"Location: {ELSEWHERE}",)),
        ("302 Found", b"", (f"Location: {ELSEWHERE}",)),
        ("303 See Other", b"", (f"Location: {ELSEWHERE}",)),
        ("304 Not Modified", b"", ()),
        ("307 Temporary Redirect", b"", (f"Location: {ELSEWHERE}",)),
        ("308 Permanent Redirect", b"", (f"Location: {ELSEWHERE}",)),
        ("202 Accepted", b"{}", ()),
        ("203 Non-Authoritative", b"{}", ()),
        ("206 Partial Content", b"{}", ()),
        ("299 Odd", b"{}", ()),
    ]
}

# These have the status of success, so they prove nothing if no body is expected: a delete has none of them.
UNREADABLE = {
    f"sends {what}": Fault(body(change, *headers), carried=(True,), is_too_large=what == "a bomb")
    for what, change, headers in [
        ("no body", lambda _: b"", ()),
        ("a page of HTML", lambda _: HTML, ()),
        ("half of its JSON", lambda payload: payload[: len(payload) // 2], ()),
        ("another shape", lambda _: b'{"data": {"group": 1, "groups": 2}}', ()),
        ("a list", lambda _: b"[]", ()),
        ("null", lambda _: b'{"group": null, "groups": null}', ()),
        ("counts as text", lambda payload: payload.replace(b'"contactsCount":', b'"contactsCount":"2","x":'), ()),
        ("negative counts", lambda payload: payload.replace(b'"contactsCount":', b'"contactsCount":-1'), ()),
        (
            "absurd counts",
            lambda payload: payload.replace(b'"contactsCount":', b'"contactsCount":1' + b"0" * 5000),
            (),
        ),
        ("NaN", lambda payload: payload.replace(b'"contactsCount":', b'"contactsCount":NaN'), ()),
        ("invalid ids", lambda payload: payload.replace(b'"id":"', b'"id":"../'), ()),
        ("brackets without end", lambda _: b'{"x":' + b"[" * 200_000, ()),
        ("a bomb", lambda _: BOMB, ("Content-Encoding: gzip",)),
        ("broken compression", lambda _: b"\x1f\x8b\x08 no gzip", ("Content-Encoding: gzip",)),
        ("half of its compression", lambda payload: gzip.compress(payload)[:-12], ("Content-Encoding: gzip",)),
    ]
}

REFUSED = {
    f"refuses with {line}": Fault(status(line, payload, *headers), kind, carried=(False,))
    for line, payload, headers, kind in [
        ("400 Bad Request", ERROR % b"201", (), "invalid"),
        ("400 Bad Request, in HTML", HTML, (), "invalid"),
        ("401 Unauthorized", ERROR % b"202", (), "access"),
        ("403 Forbidden", ERROR % b"202", (), "access"),
        ("403 Forbidden, in HTML", HTML, (), "access"),
        ("404 Not Found", ERROR % b"203", (), "missing"),
        ("404 Not Found, in HTML", HTML, (), "refused"),
        ("405 Method Not Allowed", ERROR % b"244", (), "refused"),
        ("408 Request Timeout", b"", (), "refused"),
        ("409 Conflict", ERROR % b"204", (), "conflict"),
        ("413 Payload Too Large", HTML, (), "refused"),
        ("418 I'm a teapot", b"\xff\xfe", (), "refused"),
        ("422 Unprocessable", b'{"errors": [{"code": [], "detail": {}}]}', (), "refused"),
        ("429 Too Many Requests", b"", (), "slow"),
        ("429 Too Many Requests, for a while", b"", ("Retry-After: 1",), "slow"),
        ("429 Too Many Requests, until a day", b"", ("Retry-After: Wed, 21 Oct 2037 07:28:00 GMT",), "slow"),
        ("429 Too Many Requests, for ever", b"", ("Retry-After: " + "9" * 400,), "slow"),
    ]
} | {
    "refuses and stops in the body": Fault(
        lambda wire, _: wire.send(b"HTTP/1.1 409 Conflict\r\nContent-Length: 900\r\n\r\n{"),
        "conflict",
        carried=(False,),
    ),
    "refuses at great length": Fault(
        steps(
            lambda wire, _: wire.send(b"HTTP/1.1 405 No\r\nContent-Length: 41943040\r\n\r\n"),
            lambda wire, _: wire.flood(MEGABYTE, 40),
        ),
        "refused",
        carried=(False,),
    ),
}

FAULTS: dict[str, Fault] = LOST | GARBLED | FAILED | UNREADABLE | REFUSED
