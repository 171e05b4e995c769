"""An HTTP/1.1 server for a WSGI application, in a thread of this process."""

import socket
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Self, cast
from weakref import WeakSet

from werkzeug.exceptions import ClientDisconnected
from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler
from werkzeug.wrappers import Response
from werkzeug.wsgi import LimitedStream, get_content_length

from webapp.sandbox.app import refusal
from webapp.sandbox.faults import NOT_CARRIED_OUT, Fault, Faults

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
        self.ending = threading.Event()
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
        self.ending.set()  # wakes those whose answer is slow
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
        super().server_close()


class Dripping:
    """Writes a byte at a time, with `seconds` between them, until the server ends."""

    def __init__(self, file: Any, seconds: float, ending: threading.Event) -> None:
        self._file = file
        self._seconds = seconds
        self._ending = ending

    def write(self, data: bytes) -> None:
        """Write all of the data."""
        for index in range(len(data)):
            self._file.write(data[index : index + 1])
            if self._ending.wait(self._seconds):
                return


class KeepAliveRequestHandler(WSGIRequestHandler):
    """Answers one request after another on a connection, where Werkzeug's handler closes it after the first."""

    server: Server

    protocol_version = "HTTP/1.1"
    default_request_version = "HTTP/1.1"  # else what is no HTTP is answered without a status
    disable_nagle_algorithm = True  # headers and body are separate writes
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
        fault = self.server.faults.take(self.command, environ["PATH_INFO"])
        if fault is None or fault.kind not in NOT_CARRIED_OUT:
            response = Response.from_app(self.server.app, environ)
        if fault is None:
            self._answer(response)
        elif fault.kind == "cut-before":
            self._cut()
        elif fault.kind == "status":
            self._answer(refusal(int(fault.number)))
        else:
            self._fail(fault, response)
        try:
            while environ["wsgi.input"].read(64 * 1024):
                pass
        except (OSError, ClientDisconnected):
            self.close_connection = True

    def _answer(self, response: Response) -> None:
        self._send_head(response)
        for part in response.iter_encoded():
            self.wfile.write(part)
        response.close()

    def _send_head(self, response: Response) -> None:
        self.send_response(response.status_code)
        for name, value in response.headers:
            self.send_header(name, value)
        self.end_headers()

    def _fail(self, fault: Fault, response: Response) -> None:
        """Answer badly to a request that has been carried out."""
        body = response.get_data()
        match fault.kind:
            case "cut-after":
                self._cut()
            case "cut-body":
                self._send_head(response)
                self.wfile.write(body[: len(body) // 2])
                self._cut()
            case "status-after":
                self._answer(refusal(int(fault.number)))
            case "malformed":
                response.set_data(body[: len(body) // 2])
                self._answer(response)
            case "html":
                response.set_data(b"<!doctype html><title>Maintenance</title><h1>Back soon</h1>")
                response.content_type = "text/html"
                self._answer(response)
            case "slow":
                self.server.ending.wait(fault.number)
                self._answer(response)
            case "drip-headers":
                direct, self.wfile = self.wfile, cast(Any, Dripping(self.wfile, fault.number, self.server.ending))
                self._send_head(response)
                self.wfile = direct
                self.wfile.write(body)
            case "drip-body":
                self._send_head(response)
                Dripping(self.wfile, fault.number, self.server.ending).write(body)

    def _cut(self) -> None:
        self.close_connection = True
        with suppress(OSError):  # it has ended by itself
            self.connection.shutdown(socket.SHUT_RDWR)

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Write no line for each request."""
