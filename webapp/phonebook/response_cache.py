"""A cache of the API's responses, with their decoded rows."""

import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar, cast
from weakref import WeakValueDictionary

import urllib3

from webapp.phonebook.errors import AnswerTooLarge, OutOfTime, TimedOut, TooLongForPage
from webapp.phonebook.long_lists import PackedBody, Pieces, Sizes, Turn, pack_contacts

T = TypeVar("T")


@dataclass(eq=False)
class _LastAnswer:
    """The last response of a path, decoded, and when it was requested."""

    body: bytes | PackedBody | None = None
    decoded: object = None
    requested: float = -math.inf
    turn: threading.RLock = field(default_factory=threading.RLock)
    """Held by the thread that fetches a long list."""


class ResponseCache:
    """The last response of each path of one phonebook, with its decoded rows. Thread-safe.

    If a body equals the last one byte for byte, the rows decoded from that one are returned. No list is stale, since
    every page asks the API. Only if others are fetching the same long list do pages wait and share one response, to a
    request that begins after all of them have asked: threads that hold a long list each would exhaust the memory.
    """

    def __init__(self, sizes: Sizes | None = None) -> None:
        self.sizes = sizes or Sizes()
        self.long_paths = set[str]()
        """The paths of lists that were too long to be held when they were last read."""
        self._answers: OrderedDict[str, _LastAnswer] = OrderedDict()
        self._in_use: WeakValueDictionary[str, _LastAnswer] = WeakValueDictionary()  # these, and those being fetched
        self._lock = threading.Lock()
        self._packing = threading.Lock()

    def fetch(
        self,
        path: str,
        get: Callable[..., bytes | PackedBody],
        decode: Callable[[bytes], T],
        max_wait: float,
        *,
        packs: bool = False,
    ) -> T:
        """Fetch a response and return it decoded. The result must not be modified.

        Args:
            path: the path that is requested.
            get: sends the request, and calls its argument `read` to read the response's body.
            decode: called only if the body differs from the last one.
            max_wait: seconds to wait for another thread that fetches the same long list, since that may be slow.
            packs: whether it is a list of contacts: a long one is packed.

        Raises:
            PhonebookError: by `get`; AnswerTooLarge for a body that is too long, and OutOfTime if other long lists
                are being packed.

        """
        asked = time.monotonic()
        with self._lock:
            last = self._in_use.setdefault(path, _LastAnswer())

        def wait() -> None:
            if last.turn.acquire(timeout=max_wait):
                turn.callback(last.turn.release)

        with ExitStack() as turn:
            if last.body is None or isinstance(last.body, PackedBody) or len(last.body) >= self.sizes.long:
                wait()
                with self._lock:
                    if last.requested > asked:
                        return cast(T, last.decoded)
            requested = time.monotonic()
            reader = _BodyReader(last, wait, partial(self._one_at_a_time, 2 * max_wait) if packs else None, self.sizes)
            try:
                body = get(reader)
            except TimedOut as error:
                if reader.pieces:  # more time would be needed each time
                    self.long_paths.add(path)
                    raise TooLongForPage(f"{reader.pieces.length} bytes came in time", status=200) from error
                raise
            (self.long_paths.add if reader.pieces else self.long_paths.discard)(path)
            with self._lock:  # so that threads don't decode the same body in parallel
                if body != last.body:
                    last.body = last.decoded = None  # free memory before the new body is decoded
                    last.decoded = body.rows if isinstance(body, PackedBody) else decode(body)
                    last.body = body
                last.requested = requested
                self._answers[path] = last
                self._answers.move_to_end(path)
                while sum(len(answer.body or b"") for answer in self._answers.values()) > self.sizes.cached:
                    self._answers.popitem(last=False)
                return cast(T, last.decoded)

    def peek(self, path: str, max_age: float) -> tuple[object | None, float]:
        """Return the last response decoded, without a request, and when it was requested (`time.monotonic()`).

        It is None if it is older than `max_age` seconds, or gone.
        """
        with self._lock:
            last = self._answers.get(path)
            if last is None or time.monotonic() - last.requested >= max_age:
                return None, -math.inf
            return last.decoded, last.requested

    @contextmanager
    def _one_at_a_time(self, max_wait: float) -> Iterator[None]:
        """Let one thread pack a list; it may need some hundred bytes for each row."""
        if not self._packing.acquire(timeout=max_wait):
            raise OutOfTime("other long lists are being read")
        try:
            yield
        finally:
            self._packing.release()


@dataclass
class _BodyReader:
    """Reads the body of a response. `pieces` counts what has been read of a long list."""

    _last: _LastAnswer
    _wait: Callable[[], None]
    _packing: Turn | None
    _sizes: Sizes
    pieces: Pieces | None = None

    def __call__(self, response: urllib3.BaseHTTPResponse) -> bytes | PackedBody:
        """Read a body. While a long one equals the last one, which is returned if all of it does, no more is held."""
        start = response.read(self._sizes.long, decode_content=True)
        if len(start) < self._sizes.long:
            return start
        self._wait()
        known = self._last.body
        if not self._packing or not isinstance(known, PackedBody):
            start = self._read_whole(response, start, known if isinstance(known, bytes) else b"")
            if len(start) <= self._sizes.whole:
                return start
            if not self._packing:
                raise AnswerTooLarge(f"more than {self._sizes.whole} bytes", status=response.status)
            known = None
        self.pieces = Pieces(response, self._sizes, start)
        del start  # which `pieces` drops as soon as it is used up
        return pack_contacts(self.pieces, known, self._sizes, self._packing)

    def _read_whole(self, response: urllib3.BaseHTTPResponse, piece: bytes, known: bytes) -> bytes:
        size = 0
        while piece and known.startswith(piece, size):
            size += len(piece)
            piece = response.read(self._sizes.long, decode_content=True)
        if not piece and size == len(known):
            return known
        rest = response.read(max(0, self._sizes.whole + 1 - size - len(piece)), decode_content=True)
        return b"".join((memoryview(known)[:size], piece, rest))
