"""A proxy between the dashboard and PostgreSQL that can lose an answer."""

import contextlib
import socket
import socketserver
import threading
from typing import Self
from urllib.parse import urlsplit


class Relay:
    """Forwards all traffic.

    `lose` is a piece of a statement: the answer to the next COMMIT after it is lost, and the connection with it. While
    `down` is set, new connections are refused.
    """

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        relay, target = self, (str(parts.hostname), int(parts.port or 0))
        self.lose = b""
        self.lost = 0
        self.down_after = False
        self.down = threading.Event()

        class Pass(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                if not relay.down.is_set():
                    with socket.create_connection(target) as server:
                        relay._pass(self.request, server)

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads = True

        self._server = Server(("127.0.0.1", 0), Pass)
        self.url = url.replace(f":{parts.port}/", f":{self._server.server_address[1]}/")

    def _pass(self, client: socket.socket, server: socket.socket) -> None:
        threading.Thread(target=_pump, args=(server, client), daemon=True).start()
        armed = False
        while True:
            try:
                data = client.recv(65536)
            except OSError:
                data = b""
            if not data:
                break
            armed = armed or bool(self.lose and self.lose in data)
            if armed and b"COMMIT" in data:
                self.lose = b""
                self.lost += 1
                if self.down_after:
                    self.down.set()
                with contextlib.suppress(OSError):
                    client.shutdown(socket.SHUT_RDWR)  # first, so that no answer gets through
                server.sendall(data)
                break
            server.sendall(data)

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.01,)).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
    with contextlib.suppress(OSError):
        sink.shutdown(socket.SHUT_RDWR)
