"""An HTTP/1.1 server for a WSGI application, in a thread of this process."""

import socket
import threading
from collections.abc import Iterator
from contextlib import closing, suppress
from itertools import chain
from typing import TYPE_CHECKING, Any, Self
from weakref import WeakSet

from werkzeug.exceptions import ClientDisconnected
from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler
from werkzeug.wrappers import Response
from werkzeug.wsgi import LimitedStream, get_content_length

from webapp.sandbox.faults import Fault, Faults

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication


class Server(ThreadedWSGIServer):
    """Serves an application within a `with` block. At its end, all connections are closed and all threads joined."""

    daemon_threads = False  # so that they are joined

    def __init__(
        self, app: "WSGIApplication", host: str = "127.0.0.1", port: int = 0, faults: Faults | None = None
    ) -> None:
        """Bind the address; port 0 means any free one. Requests wait until the `with` block is entered."""
        self.faults = faults or Faults()
        self.ended = threading.Event()
        self._connections: WeakSet[socket.socket] = WeakSet()
        super().__init__(host, port, app, KeepAliveRequestHandler)
        # With the default interval, every test would wait half a second for the server to stop.
        self._thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01})

    @property
    def url(self) -> str:
        """Base URL of the API."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}/v1"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self._thread.join()

    def get_request(self) -> tuple[socket.socket, Any]:
        """Accept a connection, and track it, so that it can be closed at the end."""
        connection, address = super().get_request()
        self._connections.add(connection)
        return connection, address

    def server_close(self) -> None:
        """Close all connections, which ends their threads, and join these."""
        for connection in self._connections:
            with suppress(OSError):  # already closed
                connection.shutdown(socket.SHUT_RDWR)
        self.ended.set()  # after closing, so that no client gets a slow response early
        super().server_close()


class KeepAliveRequestHandler(WSGIRequestHandler):
    """Handles several requests over one connection. Werkzeug's handler closes it after the first."""

    server: Server
    protocol_version = "HTTP/1.1"
    default_request_version = "HTTP/1.1"  # otherwise, the response to invalid HTTP has no status
    disable_nagle_algorithm = True  # responses may be sent in pieces
    # Invalid HTTP never reaches the application, so it is refused here in the API's format.
    error_content_type = "application/json"
    error_message_format = '{"errors": [{"code": "244", "title": "Client error", "detail": "%(explain)s"}]}'

    def run_wsgi(self) -> None:
        """Handle one request, and read the rest of its body, since the next request follows it."""
        try:
            environ = self.make_environ()
        except ValueError:  # invalid URL
            self.send_error(400)
            return
        if not environ.get("wsgi.input_terminated"):
            environ["wsgi.input"] = LimitedStream(environ["wsgi.input"], get_content_length(environ) or 0)
        fault = self.server.faults.take(environ["REQUEST_METHOD"], environ["PATH_INFO"])
        with closing(fault.answer(self.server.app, environ)) as response:
            self._send(response, fault)
        try:
            while environ["wsgi.input"].read(64 * 1024):
                pass
        except (OSError, ClientDisconnected):
            self.close_connection = True

    def _send(self, response: Response, fault: Fault) -> None:
        response.headers.update({"Server": self.version_string(), "Date": self.date_time_string()})
        body = self._encode_streamed(response) if self._is_streamed(response) else iter([response.get_data()])
        head = f"{self.protocol_version} {response.status}\r\n{response.headers}".encode("latin-1")
        for seconds, piece in fault.pieces(head, body):
            self.server.ended.wait(seconds)
            self.wfile.write(piece)
        self.close_connection |= fault.cuts

    def _is_streamed(self, response: Response) -> bool:
        has_no_body = self.command == "HEAD" or response.status_code in (204, 304)
        return not has_no_body and "Content-Length" not in response.headers

    def _encode_streamed(self, response: Response) -> Iterator[bytes]:
        if self.request_version != "HTTP/1.1":
            self.close_connection = True  # the end of the connection is that of the body
            return response.iter_encoded()
        response.headers["Transfer-Encoding"] = "chunked"
        chunks = (b"%x\r\n%b\r\n" % (len(piece), piece) for piece in response.iter_encoded() if piece)
        return chain(chunks, [b"0\r\n\r\n"])

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Log nothing."""
