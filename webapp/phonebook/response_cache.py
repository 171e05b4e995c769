"""A cache of decoded responses.

It saves decoding, never a request: every page asks the API, so no list is stale. If the body equals the last one byte
for byte, the rows decoded from that one are returned.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import TypeVar, cast

import urllib3

MAX_CACHED_BYTES = 32 * 1024 * 1024
"""Total size of the cached bodies; the least recently used go first. Decoded rows take two to three times this."""

COMPARED_BYTES = 128 * 1024
"""Size of the pieces that are compared with the last body; they fit into the processor's cache."""

T = TypeVar("T")


class ResponseCache:
    """The last response of each path of one phonebook, with its decoded rows. Thread-safe."""

    def __init__(self, max_bytes: int = MAX_CACHED_BYTES) -> None:
        self._max_bytes = max_bytes
        self._answers: OrderedDict[str, tuple[bytes, object]] = OrderedDict()
        self._lock = threading.Lock()
        self._decoding = threading.Lock()

    def last_body(self, path: str) -> bytes:
        """Return the last body received from a path; empty if none is cached."""
        with self._lock:
            return self._answers.get(path, (b"", None))[0]

    def decode(self, path: str, body: bytes, decode: Callable[[bytes], T]) -> T:
        """Return the decoded body, from the cache if possible. It must not be modified.

        Args:
            path: the path that was requested.
            body: the whole body of the response.
            decode: called only if the body differs from the last one.

        """
        decoded = self._find(path, body)
        if decoded is None:
            with self._decoding:  # so that threads don't decode the same body in parallel
                decoded = self._find(path, body)
                if decoded is None:
                    decoded = decode(body)
                    self._store(path, body, decoded)
        return cast(T, decoded)

    def _find(self, path: str, body: bytes) -> object | None:
        with self._lock:
            last, decoded = self._answers.get(path, (b"", None))
            if decoded is not None:
                self._answers.move_to_end(path)
            if body == last:
                return decoded
            self._answers.pop(path, None)  # free memory before the new body is decoded
            return None

    def _store(self, path: str, body: bytes, decoded: object) -> None:
        with self._lock:
            self._answers[path] = (body, decoded)
            while sum(len(answer) for answer, _ in self._answers.values()) > self._max_bytes:
                self._answers.popitem(last=False)


def read_body(response: urllib3.BaseHTTPResponse, max_bytes: int, last: bytes = b"") -> bytes:
    """Read a body, up to `max_bytes` + 1 bytes, so that the caller can see that it is too large.

    While it equals `last`, only one piece is held in memory. If the whole body equals `last`, that object is returned.
    """
    size = 0
    while last and (piece := response.read(COMPARED_BYTES, decode_content=True)):
        if not last.startswith(piece, size):
            rest = response.read(max(0, max_bytes + 1 - size - len(piece)), decode_content=True)
            return b"".join((memoryview(last)[:size], piece, rest))
        size += len(piece)
    if last:
        return last if size == len(last) else last[:size]
    return response.read(max_bytes + 1, decode_content=True)
