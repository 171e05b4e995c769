"""A proxy in front of the dashboard, as in a deployment: TLS, and plain HTTP on the same port.

It does three more things for scanners. A request without a cookie gets one, so that a scanner which can't sign in is
signed in. A form that was sent before gets a new token, so that each attack is run; otherwise the dashboard would only
show the result of the first. And of the links that sort a list only one is left, because a scanner would try all of its
attacks on each.
"""

import http.client
import re
import socket
import ssl
import sys
from collections import Counter
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote_plus, unquote_plus, urlsplit

from webapp.sandbox.server import KeepAliveRequestHandler, Server

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

TOKEN = re.compile(r'name="csrf_token"[^>]* value="([^"]+)"')
SENT = re.compile(rb"csrf_token=([^&]+)")
ORDER = re.compile(rb"([?;]sort=)-?[a-z]+")
HANDSHAKE = b"\x16"
"""The first byte of whoever speaks TLS."""
BY_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length", "accept-encoding"}


class Handler(KeepAliveRequestHandler):
    """Detects whether a connection uses TLS."""

    server: "TlsProxy"
    scheme = "http"

    def setup(self) -> None:
        if self.request.recv(1, socket.MSG_PEEK) == HANDSHAKE:
            self.scheme = "https"
            self.request = self.server.secure(self.request)
        super().setup()

    def finish(self) -> None:
        super().finish()
        self.request.close()

    def make_environ(self) -> "WSGIEnvironment":
        return super().make_environ() | {"wsgi.url_scheme": self.scheme}


class TlsProxy(Server):
    """A proxy in front of one server; `answers` counts its answers by status."""

    def __init__(self, behind: str, certificate: Path, cookie: str = "") -> None:
        super().__init__(self._forward)
        self.RequestHandlerClass = Handler
        self.address = f"127.0.0.1:{self.port}"
        self.answers: Counter[int] = Counter()
        self.strangers = 0
        """How often somebody was led to sign in."""
        self._behind, self._cookie = urlsplit(behind).netloc, cookie
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(certificate)
        self._tokens: set[str] = set()

    def secure(self, connection: socket.socket) -> socket.socket:
        """Speak TLS from now on."""
        secured = self._context.wrap_socket(connection, server_side=True)
        self._connections.add(secured)
        return secured

    def handle_error(self, request: object, client_address: tuple[str, int] | str) -> None:
        """Don't log clients that disconnect early."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)

    def _forward(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        headers = {
            name[5:].replace("_", "-").title(): value for name, value in environ.items() if name.startswith("HTTP_")
        }
        headers = {name: value for name, value in headers.items() if name.lower() not in BY_HOP}
        headers.setdefault("Cookie", self._cookie)
        headers |= {"X-Forwarded-For": environ["REMOTE_ADDR"], "X-Forwarded-Proto": environ["wsgi.url_scheme"]}
        if kind := environ.get("CONTENT_TYPE"):
            headers["Content-Type"] = kind
        body = environ["wsgi.input"].read()
        if environ["REQUEST_METHOD"] == "POST":
            body = self._as_new(body, headers["Cookie"])
        answer, content = self._ask(environ["REQUEST_METHOD"], environ["REQUEST_URI"], body, headers)
        self._tokens.update(TOKEN.findall(content.decode(errors="replace")))
        self.answers[answer.status] += 1
        self.strangers += answer.status == 401 or (answer.getheader("Location") or "").startswith("/sign-in")
        content = ORDER.sub(rb"\1name", content)
        sent = [each for each in answer.getheaders() if each[0].lower() not in BY_HOP]
        start_response(f"{answer.status} {answer.reason}", [*sent, ("Content-Length", str(len(content)))])
        return [content]

    def _ask(
        self, method: str, address: str, body: bytes, headers: dict[str, str]
    ) -> tuple[http.client.HTTPResponse, bytes]:
        with closing(http.client.HTTPConnection(self._behind, timeout=60)) as connection:
            connection.request(method, address, body, headers | {"Connection": "close"})
            with connection.getresponse() as answer:
                return answer, answer.read()

    def _as_new(self, body: bytes, cookie: str) -> bytes:
        sent = SENT.search(body)
        if sent and unquote_plus(sent[1].decode()) in self._tokens:
            _, page = self._ask("GET", "/account", b"", {"Cookie": cookie, "X-Forwarded-Proto": "https"})
            if fresh := TOKEN.search(page.decode()):  # else it is the form for signing in
                return body.replace(sent[1], quote_plus(fresh[1]).encode())
        return body
