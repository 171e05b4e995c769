"""If Messente or a client sends invalid data, the log names the kind of error and quotes none of the data."""

import contextlib
import gzip
import socket
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from tests.page_client import PASSWORD, SECRET_KEY
from tests.phonebook.fake_api import FakeApi, Handler
from tests.serving.deployment import PATIENCE, Deployment

CANARY = "Kanarieva"
NUMBER = "37255512345"
SEEN = (CANARY, NUMBER, CANARY.encode().hex(), PASSWORD)
BOTH = f"{CANARY}+{NUMBER}"
OK = "HTTP/1.1 200 OK\r\n"
LIST = f'{{"groups":[{{"id":"{BOTH}","name":"{BOTH}","contactsCount":1}}]}}'

ANSWERS = {
    "no HTTP": f"{BOTH}\r\n\r\n",
    "the body before the head": f"{LIST}\r\n{OK}\r\n",
    "a status that is no number": f"HTTP/1.1 {CANARY} {NUMBER}\r\n\r\n",
    "a status of five digits": f"HTTP/1.1 {NUMBER[:5]} {CANARY}\r\n\r\n",
    "another version": f"HTTP/{NUMBER} 200 {CANARY}\r\n\r\n",
    "a header without a colon": f"{OK}{BOTH}\r\nContent-Length: 2\r\n\r\n{{}}",
    "a header that begins with a space": f"{OK} {BOTH}: a\r\nContent-Length: 2\r\n\r\n{{}}",
    "a header with a NUL": f"{OK}X-{CANARY}\0: {NUMBER}\r\nContent-Length: 2\r\n\r\n{{}}",
    "a length that is no number": f"{OK}Content-Length: {BOTH}\r\n\r\n{LIST}",
    "two lengths": f"{OK}Content-Length: 1\r\nContent-Length: {NUMBER}\r\n\r\n{LIST}",
    "a length that is too large": f"{OK}Content-Length: {NUMBER}\r\n\r\n{LIST}",
    "a chunk of no size": f"{OK}Transfer-Encoding: chunked\r\n\r\n{BOTH}\r\n{LIST}\r\n",
    "a chunk that is too short": f"{OK}Transfer-Encoding: chunked\r\n\r\nFFFF\r\n{LIST}",
    "a coding that nobody knows": f"{OK}Transfer-Encoding: {BOTH}\r\n\r\n{LIST}",
    "invalid gzip": f"{OK}Content-Encoding: gzip\r\nContent-Length: {len(LIST)}\r\n\r\n{LIST}",
    "another encoding": f"{OK}Content-Encoding: {CANARY}\r\nContent-Length: {len(LIST)}\r\n\r\n{LIST}",
    "a redirect with a token": f"HTTP/1.1 302 Found\r\nLocation: https://a.invalid/?token={BOTH}\r\n\r\n",
    "a redirect to nowhere": f"HTTP/1.1 301 {CANARY}\r\nLocation: http://[{BOTH}\r\nContent-Length: 0\r\n\r\n",
    "bad cookies": f"{OK}Set-Cookie: {BOTH}=;Max-Age={CANARY};Expires={NUMBER}\r\nSet-Cookie: ;\r\n\r\n{LIST}",
    "a header of 100 kB": f"{OK}X: {BOTH * 5000}\r\n\r\n",
    "200 headers": OK + "".join(f"X-{CANARY}-{each}: {NUMBER}\r\n" for each in range(200)) + "\r\n",
    "a refusal with a name in its code": (
        f'HTTP/1.1 400 {CANARY}\r\n\r\n{{"errors":[{{"code":"{BOTH}","title":"{CANARY}","detail":"{BOTH}"}}]}}'
    ),
    "a fault that says what it had": f"HTTP/1.1 500 {CANARY}\r\n\r\n{LIST}",
    "JSON of another shape": f"{OK}Content-Length: {len(LIST)}\r\n\r\n{LIST}",
    "invalid JSON": f"{OK}\r\n{BOTH}",
    "an announcement and no answer": f"HTTP/1.1 103 {CANARY}\r\nLink: {BOTH}\r\n\r\n",
}

HOST = "Host: localhost\r\n"
FORM = f"POST /groups/new HTTP/1.1\r\n{HOST}Content-Type: application/x-www-form-urlencoded\r\n"
REQUESTS = {
    "a space in the address": f"GET /contacts/{CANARY} {NUMBER} HTTP/1.1\r\n{HOST}\r\n",
    "letters of another alphabet in the address": f"GET /contacts/õ{BOTH} HTTP/1.1\r\n{HOST}\r\n",
    "a bad method": f"get{CANARY} /contacts/+{NUMBER} HTTP/1.1\r\n{HOST}\r\n",
    "a method with a bracket": f"{CANARY.upper()}( /contacts/+{NUMBER} HTTP/1.1\r\n{HOST}\r\n",
    "another version": f"GET /contacts/+{NUMBER} HTTP/{CANARY}\r\n{HOST}\r\n",
    "no version": f"GET /contacts/+{NUMBER}?q={CANARY}\r\n\r\n",
    "a header without a colon": f"GET /groups HTTP/1.1\r\n{HOST}{BOTH}\r\n\r\n",
    "a header with a space in its name": f"GET /groups HTTP/1.1\r\n{HOST}{CANARY} a: {NUMBER}\r\n\r\n",
    "a header with a NUL": f"GET /groups HTTP/1.1\r\n{HOST}X: {BOTH}\0\r\n\r\n",
    "a folded header": f"GET /groups HTTP/1.1\r\n{HOST}X: a\r\n {BOTH}\r\n\r\n",
    "a header of 10 kB": f"GET /groups HTTP/1.1\r\n{HOST}X: {BOTH * 500}\r\n\r\n",
    "100 headers": f"GET /groups HTTP/1.1\r\n{HOST}" + f"X-{CANARY}: {NUMBER}\r\n" * 100 + "\r\n",
    "headers of 50 kB": f"GET /groups HTTP/1.1\r\n{HOST}" + f"X: {BOTH * 300}\r\n" * 8 + "\r\n",
    "a line of 10 kB": f"GET /{BOTH * 500} HTTP/1.1\r\n{HOST}\r\n",
    "another coding": f"{FORM}Transfer-Encoding: {CANARY}\r\n\r\n{BOTH}",
    "a length that is no number": f"{FORM}Content-Length: {BOTH}\r\n\r\n{BOTH}",
    "an expectation": f"{FORM}Expect: {BOTH}\r\n\r\n",
    "a chunk of no size": f"{FORM}Transfer-Encoding: chunked\r\n\r\n{BOTH}\r\n",
    "a chunk that is too long": f"{FORM}Transfer-Encoding: chunked\r\n\r\n1\r\n{BOTH}\r\n0\r\n\r\n",
    "an invalid host": f"GET /contacts/+{NUMBER} HTTP/1.1\r\nHost: {CANARY}@[{NUMBER}\r\n\r\n",
    "two hosts": f"GET /groups HTTP/1.1\r\n{HOST}Host: {BOTH}\r\n\r\n",
    "a line of a proxy": f"PROXY TCP4 {BOTH} 127.0.0.1 1 2\r\nGET /groups HTTP/1.1\r\n{HOST}\r\n",
    "TLS": f"\x16\x03\x01\x02{BOTH}\r\n\r\n",
    "HTTP/2": f"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n{BOTH}",
}


class Api(FakeApi):
    """Answers with the current `reply`, and hangs up."""

    reply = b""

    def __init__(self) -> None:
        super().__init__(self._answer)

    def _answer(self, handler: Handler) -> None:
        handler.connection.sendall(self.reply)


@pytest.fixture(scope="module")
def api() -> Iterator[Api]:
    with Api() as api:
        yield api


@pytest.fixture(scope="module")
def deployment(api: Api) -> Iterator[Deployment]:
    with Deployment(
        MESSENTE_API_URL=api.url, MESSENTE_API_USERNAME="sandbox", MESSENTE_API_PASSWORD=PASSWORD,
        SECRET_KEY=SECRET_KEY, WEB_CONCURRENCY="1", LOG_LEVEL="DEBUG",
    ) as deployment:  # fmt: skip
        yield deployment


@pytest.mark.long
def test_the_log_quotes_nothing(api: Api, deployment: Deployment) -> None:
    """One process for all cases, and its whole output, including standard error."""
    for name, reply in ANSWERS.items():
        api.reply = reply.encode("latin-1")
        for path in ("/groups", f"/contacts?q={BOTH}", f"/contacts/+{NUMBER}"):
            assert deployment.get(path).status_code in {200, 404, 502, 503, 504}, (name, deployment.lines[-3:])
    api.reply = f"{OK}Content-Encoding: gzip\r\n\r\n".encode() + gzip.compress(LIST.encode())[:-12] + BOTH.encode()
    deployment.get("/groups")
    for name, request in REQUESTS.items():
        assert b"HTTP/1.1 " in sent(deployment, request.encode()), name
    deployment.line(f"request={deployment.get('/health/live').headers['X-Request-ID']}")
    found = [line for line in deployment.lines if any(each in line for each in SEEN)]
    assert found == []
    assert sum('event="request not served"' in line for line in deployment.lines) >= 15
    assert not [line for line in deployment.lines if "event=fault" in line or "Traceback" in line]


def sent(deployment: Deployment, request: bytes) -> bytes:
    """Send data, and return everything that the other side sends until it hangs up."""
    parts = urlsplit(deployment.url)
    with socket.create_connection((parts.hostname or "", parts.port or 0), PATIENCE) as connection:
        connection.sendall(request)
        connection.shutdown(socket.SHUT_WR)
        with contextlib.suppress(ConnectionError):
            return b"".join(iter(lambda: connection.recv(65536), b""))
    return b""
