"""An HTTP/1.1 server for a WSGI application, in a thread of this process."""

import socket
import threading
from contextlib import closing, suppress
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
    """Serves an application between `with` and the end of its block.

    At that end every connection is cut and no thread is left.
    """

    daemon_threads = False  # so that they are waited for

    def __init__(
        self, app: "WSGIApplication", host: str = "127.0.0.1", port: int = 0, faults: Faults | None = None
    ) -> None:
        """Bind the address; port 0 is any free one. Requests that come now wait until the block is entered."""
        self.faults = faults or Faults()
        self.ended = threading.Event()
        self._connections: WeakSet[socket.socket] = WeakSet()
        super().__init__(host, port, app, KeepAliveRequestHandler)
        # The default would let every test wait half a second for the server's end.
        self._thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01})

    @property
    def url(self) -> str:
        """Where the API is."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}/v1"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self._thread.join()

    def get_request(self) -> tuple[socket.socket, Any]:
        """Accept a connection, and remember it as long as it lasts."""
        connection, address = super().get_request()
        self._connections.add(connection)
        return connection, address

    def server_close(self) -> None:
        """Cut what is connected, so that the threads end, and wait for them."""
        for connection in self._connections:
            with suppress(OSError):  # it has ended by itself
                connection.shutdown(socket.SHUT_RDWR)
        self.ended.set()  # after the cut, so that nobody gets a slow answer early
        super().server_close()


class KeepAliveRequestHandler(WSGIRequestHandler):
    """Answers one request after another on a connection, where Werkzeug's handler closes it after the first."""

    server: Server
    protocol_version = "HTTP/1.1"
    default_request_version = "HTTP/1.1"  # else what is no HTTP is answered without a status
    disable_nagle_algorithm = True  # answers may be sent in pieces
    # What is no HTTP never reaches the application, so this layer has to refuse it in the API's form.
    error_content_type = "application/json"
    error_message_format = '{"errors": [{"code": "244", "title": "Client error", "detail": "%(explain)s"}]}'

    def run_wsgi(self) -> None:
        """Answer one request, and read its body to the end: what follows is the next request."""
        try:
            environ = self.make_environ()
        except ValueError:  # the address is none
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
        head = f"{self.protocol_version} {response.status}\r\n{response.headers}".encode("latin-1")
        for seconds, piece in fault.pieces(head, response.get_data()):
            self.server.ended.wait(seconds)
            self.wfile.write(piece)
        self.close_connection |= fault.cuts

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Write no line for each request."""
