"""A phonebook API that costs little: it answers every request with a list of all groups that is ready to send."""

import asyncio
import contextlib
import json
import multiprocessing
import socket
from typing import Self

import requests

from bench.sample import make_group

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"


class FakeApi:
    """Serves between `with` and the end of its block, in a process of its own."""

    _groups = _version = -1
    _rows: list[bytes]
    _response: bytes

    def __enter__(self) -> Self:
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}/v1"
        fork = multiprocessing.get_context("fork")
        self._settings = fork.Array("i", 3)  # shared between the two processes
        self._process = fork.Process(target=lambda: asyncio.run(self._serve()), daemon=True)
        self._process.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.join()
        self._socket.close()

    def configure(self, groups: int, latency: int = 0, *, changing: bool = False) -> None:
        """Set how many groups there are, the milliseconds before an answer, and if a group changes before each."""
        self._settings[:] = [groups, 0, 0]
        requests.get(self.url, timeout=60).raise_for_status()  # so that no server waits until the list is made
        self._settings[:] = [groups, latency, changing]

    async def _serve(self) -> None:
        self._socket.setblocking(False)
        async with asyncio.TaskGroup() as connections:
            while True:
                connection, _ = await asyncio.get_running_loop().sock_accept(self._socket)
                connections.create_task(self._answer(connection))

    async def _answer(self, connection: socket.socket) -> None:
        """Answer the requests of one connection; none of them has a body."""
        loop = asyncio.get_running_loop()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with connection, contextlib.suppress(OSError):
            while await loop.sock_recv(connection, 65536):  # on the loopback a request comes in one piece
                groups, latency, changing = self._settings[:]
                response = self._make_response(groups, changing)
                await asyncio.sleep(latency / 1000)
                await loop.sock_sendall(connection, response)

    def _make_response(self, groups: int, changing: int) -> bytes:
        if is_new := groups != self._groups:
            self._groups = groups
            self._rows = [json.dumps(make_group(number)).encode() for number in range(groups)]
        if changing:
            self._version += 1
            number = self._version * 7919 % groups
            self._rows[number] = json.dumps(make_group(number, self._version)).encode()
        if is_new or changing:
            body = b'{"groups": [%s]}' % b", ".join(self._rows)
            self._response = HEAD % len(body) + body
        return self._response
