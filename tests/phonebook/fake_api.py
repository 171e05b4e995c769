"""A server that answers with exactly the given bytes, for answers that a correct server can't give."""

import socket
import socketserver
import ssl
import threading
from collections.abc import Callable
from typing import Any, Self


class Handler(socketserver.StreamRequestHandler):
    """One connection to the fake, with the request that came over it."""

    connection: socket.socket
    request_bytes = b""


Reply = bytes | Callable[[Handler], None]


def answer(status: str, body: bytes = b"", *headers: str) -> bytes:
    """Make a whole answer that ends its connection."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


class FakeApi:
    """Answers every request with `reply`, and keeps the requests' heads and bodies in `requests`."""

    def __init__(self, reply: Reply, tls: ssl.SSLContext | None = None) -> None:
        fake = self
        self.requests: list[bytes] = []

        class Recorder(Handler):
            def handle(self) -> None:
                head = b""
                while not head.endswith(b"\r\n\r\n"):
                    line = self.rfile.readline()
                    if not line:
                        return
                    head += line
                self.request_bytes = head + self.rfile.read(_length(head))
                fake.requests.append(self.request_bytes)
                if callable(reply):
                    reply(self)
                else:
                    self.wfile.write(reply)

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads = True

            def finish_request(self, request: Any, client_address: Any) -> None:
                if tls is None:
                    super().finish_request(request, client_address)
                else:
                    with tls.wrap_socket(request, server_side=True) as encrypted:
                        super().finish_request(encrypted, client_address)

            def handle_error(self, request: object, client_address: object) -> None:
                """Log nothing: the other side may hang up at any time."""

        self._server = Server(("127.0.0.1", 0), Recorder)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self._server.server_address[1]}/v1"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def stop(self) -> None:
        """Stop listening: later connections are refused."""
        self._server.shutdown()
        self._server.server_close()

    def __exit__(self, *_: object) -> None:
        self.stop()
        self._thread.join()


def _length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line.split(b":")[1])
    return 0
