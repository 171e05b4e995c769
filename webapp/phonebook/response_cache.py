"""The last answers with what was decoded of them.

Every page asks the API, so nobody sees a stale list. An answer that equals the last one byte for byte is not decoded
again.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import TypeVar, cast

import urllib3

MAX_CACHED_BYTES = 32 * 1024 * 1024
"""Of answers; the least recently used go first. Decoded rows take two to three times this."""

COMPARED_BYTES = 128 * 1024
"""Compared at a time with the last answer; so many fit the processor's cache."""

T = TypeVar("T")


class ResponseCache:
    """The last answers of one phonebook, by path. Safe between threads."""

    def __init__(self, max_bytes: int = MAX_CACHED_BYTES) -> None:
        self._max_bytes = max_bytes
        self._answers: OrderedDict[str, tuple[bytes, object]] = OrderedDict()
        self._lock = threading.Lock()
        self._decoding = threading.Lock()

    def last_body(self, path: str) -> bytes:
        """Return the last answer from a path; empty if there is none."""
        with self._lock:
            return self._answers.get(path, (b"", None))[0]

    def decode(self, path: str, body: bytes, decode: Callable[[bytes], T]) -> T:
        """Return what was decoded of an answer. It must not be changed.

        Args:
            path: where the answer came from.
            body: all of it.
            decode: called only if the body differs from the last one.

        """
        decoded = self._find(path, body)
        if decoded is None:
            with self._decoding:  # threads that decode one answer at once would make as many copies
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
            self._answers.pop(path, None)  # before the new one is decoded: both at once take much memory
            return None

    def _store(self, path: str, body: bytes, decoded: object) -> None:
        with self._lock:
            self._answers[path] = (body, decoded)
            while sum(len(answer) for answer, _ in self._answers.values()) > self._max_bytes:
                self._answers.popitem(last=False)


def read_body(response: urllib3.BaseHTTPResponse, max_bytes: int, last: bytes = b"") -> bytes:
    """Read a body, up to one byte more than is allowed.

    As long as it equals the last one, no more than a piece of it is held in memory. If all of it does, the last one
    itself is returned.
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
