"""The last answers, kept beside what was made of them.

Every page asks the API anew, so nobody is ever shown an old list. But where an answer is the same to the byte as the
last one, what was made of that can be used once more: comparing bytes costs a fraction of reading them.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Self, TypeVar, cast

from webapp.phonebook.line import Line

MOST = 32 * 1024 * 1024
"""Bytes of answers that are kept, the latest used ones. What is made of them takes some two to three times as much."""

SHORT = 256 * 1024
"""Bytes of a changed answer that any number of calls may hold at once; for more, they take turns."""

T = TypeVar("T")


class Turn:
    """One asking for an answer: what it is compared with, and leave to hold it whole if it is long and another."""

    def __init__(self, kept: "Kept", path: str, expires: float | None = None) -> None:
        self._kept, self._path, self._expires = kept, path, expires
        self._entered = self._taken = False
        self.last = b""

    def take(self, seconds: float) -> bool:
        """Wait for leave; `last` may be newer then. Return whether it came."""
        self._taken = self._taken or self._kept.line.take(seconds)
        self.last = self._kept.last(self._path)[0]
        return self._taken

    def __enter__(self) -> Self:
        if len(self._kept.last(self._path)[0]) > SHORT:
            self._kept.line.enter(self._expires and self._expires - time.monotonic())
            self._entered = True
        self.last = self._kept.last(self._path)[0]
        return self

    def __exit__(self, *_: object) -> None:
        self._kept.line.leave(entered=self._entered, taken=self._taken)


class Kept:
    """The last answers of one phonebook. Safe between threads."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._answers: OrderedDict[str, tuple[bytes, object]] = OrderedDict()
        self._lock = threading.Lock()
        self._reading = threading.Lock()
        self.line = Line()

    def last(self, path: str) -> tuple[bytes, object | None]:
        """Return the last answer from a path, and what was made of it; empty, and None, where it isn't kept."""
        with self._lock:
            return self._answers.get(path, (b"", None))

    def forget(self, path: str) -> None:
        """Let go of the last answer from a path."""
        with self._lock:
            self._answers.pop(path, None)

    def read(self, path: str, body: bytes, decode: Callable[[bytes], T]) -> T:
        """Return what an answer says, which is decoded only where it is not the last one from there.

        Args:
            path: where the answer came from.
            body: all of it.
            decode: makes of it what is returned; it must never be changed.

        """
        known = self._find(path, body)
        if known is None:
            with self._reading:  # several that read one answer at once would make as many copies
                known = self._find(path, body)
                if known is None:
                    known = decode(body)
                    self._keep(path, body, known)
        return cast(T, known)

    def _find(self, path: str, body: bytes) -> object | None:
        with self._lock:
            last, known = self._answers.get(path, (b"", None))
            if known is not None:
                self._answers.move_to_end(path)
        return known if body == last else None

    def _keep(self, path: str, body: bytes, known: object) -> None:
        with self._lock:
            self._answers[path] = (body, known)
            self._answers.move_to_end(path)
            while sum(len(each) for each, _ in self._answers.values()) > self._most:
                self._answers.popitem(last=False)
