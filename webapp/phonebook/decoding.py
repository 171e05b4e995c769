"""Decoding of the API's responses, and a cache of decoded ones. Invalid and duplicate rows are skipped and counted.

Malformed text doesn't make a row invalid. Lone surrogates (a program cut an emoji in two), bytes that aren't UTF-8 and
unknown escapes become U+FFFD, control characters become spaces, and NaN and Infinity become null.
"""

import math
import re
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from operator import attrgetter
from typing import TypeVar, cast
from weakref import WeakValueDictionary

import msgspec
import urllib3

from webapp.phonebook.errors import Changed, UnreadableAnswer
from webapp.phonebook.models import Contact, Group, Rows

T = TypeVar("T")
Row = TypeVar("Row")

MAX_CACHED_BYTES = 32 * 1024 * 1024
"""Total size of the cached bodies; the least recently used go first. Decoded rows take two to three times this."""

LONG_BYTES = 1024 * 1024
"""Longer bodies are read in pieces of this size, and by one thread at a time."""
_ESCAPES = re.compile(
    rb'\\(?:["\\/bfnrt]|u(?:[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(?![dD][89a-fA-F])[0-9a-fA-F]{4}))'
    rb"|(\\(?:u[0-9a-fA-F]{4})?)"
)
"""Matches every escape in JSON; the group matches the invalid ones only."""
_NOT_NUMBERS = re.compile(rb'"(?:[^"\\]++|\\.)*+"|(-?Infinity|NaN)')
"""Matches every string in JSON, and NaN and Infinity outside strings; the group matches the latter only."""
_SPACES_FOR_CONTROLS = bytes.maketrans(bytes(range(32)), b" " * 32)


class GroupEnvelope(msgspec.Struct):
    group: Group


class ContactEnvelope(msgspec.Struct):
    contact: Contact


class _Groups(msgspec.Struct):
    groups: tuple[Group, ...]


class _Contacts(msgspec.Struct):
    contacts: tuple[Contact, ...]


class _Numbered(msgspec.Struct, gc=False):
    number: str = msgspec.field(name="phoneNumber")


class _Numbers(msgspec.Struct):
    contacts: tuple[_Numbered, ...]


class _Blacklist(msgspec.Struct):
    numbers: frozenset[str] = msgspec.field(name="phoneNumbers")


class _RawGroups(msgspec.Struct):
    groups: list[msgspec.Raw]


class _RawContacts(msgspec.Struct):
    contacts: list[msgspec.Raw]


def decode(body: bytes, kind: type[T], changed: Changed = Changed.NO) -> T:
    """Decode a response.

    Args:
        body: JSON.
        kind: the Struct to decode it into.
        changed: what the request has changed, for the error.

    Raises:
        UnreadableAnswer: if the body doesn't have the documented shape.

    """
    try:
        return _decode(body, kind)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        # JSON of another shape comes from the API and will come again; anything else may be a proxy's page.
        lasting = isinstance(error, msgspec.ValidationError)
        raise UnreadableAnswer(str(error), changed=changed, lasting=lasting) from error


def decode_groups(body: bytes) -> Rows[Group]:
    """Decode a list of groups."""
    decoded = _decode_all(body, _Groups)
    rows, unreadable = (decoded.groups, 0) if decoded else _decode_each(decode(body, _RawGroups).groups, Group)
    return _unique(rows, unreadable, attrgetter("id.int"))


def decode_contacts(body: bytes) -> Rows[Contact]:
    """Decode a list of contacts."""
    decoded = _decode_all(body, _Contacts)
    rows, unreadable = (decoded.contacts, 0) if decoded else _decode_each(decode(body, _RawContacts).contacts, Contact)
    return _unique(rows, unreadable, attrgetter("number"))


def decode_numbers(body: bytes) -> Rows[str]:
    """Decode only the numbers in a list of contacts."""
    decoded = _decode_all(body, _Numbers)
    rows, unreadable = (
        (decoded.contacts, 0) if decoded else _decode_each(decode(body, _RawContacts).contacts, _Numbered)
    )
    return Rows(tuple(row.number for row in rows), unreadable)


def decode_blacklist(body: bytes) -> frozenset[str]:
    """Decode the numbers on the blacklist."""
    return decode(body, _Blacklist).numbers


def _decode_all(body: bytes, kind: type[T]) -> T | None:
    """Decode a response at once; return None if a row is invalid."""
    try:
        return _decode(body, kind)
    except msgspec.ValidationError:
        return None
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise UnreadableAnswer(str(error), status=200) from error


def _decode(body: bytes, kind: type[T]) -> T:
    """Decode JSON. If it is malformed, repair its text and try again."""
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.ValidationError:
        raise
    except (msgspec.DecodeError, UnicodeDecodeError):
        return msgspec.json.decode(_repair(body), type=kind)


def _repair(body: bytes) -> bytes:
    text = body.decode("utf-8", "replace").encode().translate(_SPACES_FOR_CONTROLS)
    text = _ESCAPES.sub(lambda match: rb"\ufffd" if match[1] else match[0], text)
    return _NOT_NUMBERS.sub(lambda match: b"null" if match[1] else match[0], text)


def _decode_each(raw: list[msgspec.Raw], kind: type[Row]) -> tuple[tuple[Row, ...], int]:
    rows = []
    for each in raw:
        try:
            rows.append(_decode(bytes(each), kind))
        except (msgspec.MsgspecError, ValueError, RecursionError):
            continue
    if raw and not rows:
        raise UnreadableAnswer(f"none of {len(raw)} rows could be read", lasting=True)
    return tuple(rows), len(raw) - len(rows)


def _unique(rows: tuple[Row, ...], unreadable: int, key: Callable[[Row], Hashable]) -> Rows[Row]:
    if len(set(map(key, rows))) == len(rows):
        return Rows(rows, unreadable)
    unique = {key(row): row for row in reversed(rows)}  # the first duplicate wins
    return Rows(tuple(reversed(unique.values())), unreadable + len(rows) - len(unique))


@dataclass(eq=False)
class _LastAnswer:
    """The last response of a path, decoded, and when it was requested."""

    body: bytes | None = None
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

    def __init__(self, max_bytes: int = MAX_CACHED_BYTES) -> None:
        self._max_bytes = max_bytes
        self._answers: OrderedDict[str, _LastAnswer] = OrderedDict()
        self._in_use: WeakValueDictionary[str, _LastAnswer] = WeakValueDictionary()  # these, and those being fetched
        self._lock = threading.Lock()

    def fetch(self, path: str, get: Callable[..., bytes], decode: Callable[[bytes], T], max_wait: float) -> T:
        """Fetch a response and return it decoded. The result must not be modified.

        Args:
            path: the path that is requested.
            get: sends the request, and calls its argument `read` to read the response's body.
            decode: called only if the body differs from the last one.
            max_wait: seconds to wait for another thread that fetches the same long list, since that may be slow.

        """
        asked = time.monotonic()
        with self._lock:
            last = self._in_use.setdefault(path, _LastAnswer())

        def wait() -> None:
            if last.turn.acquire(timeout=max_wait):
                turn.callback(last.turn.release)

        with ExitStack() as turn:
            if last.body is None or len(last.body) >= LONG_BYTES:
                wait()
                with self._lock:
                    if last.requested > asked:
                        return cast(T, last.decoded)
            requested = time.monotonic()
            body = get(read=partial(_read, last, wait))
            with self._lock:  # so that threads don't decode the same body in parallel
                if body != last.body:
                    last.body = last.decoded = None  # free memory before the new body is decoded
                    last.decoded, last.body = decode(body), body
                last.requested = requested
                self._answers[path] = last
                self._answers.move_to_end(path)
                while sum(len(answer.body or b"") for answer in self._answers.values()) > self._max_bytes:
                    self._answers.popitem(last=False)
                return cast(T, last.decoded)

    def peek(self, path: str, max_age: float) -> object | None:
        """Return the last response decoded, without a request; None if it is older than `max_age` seconds, or gone."""
        with self._lock:
            last = self._answers.get(path)
            return last.decoded if last and time.monotonic() - last.requested < max_age else None


def _read(last: _LastAnswer, wait: Callable[[], None], response: urllib3.BaseHTTPResponse, max_bytes: int) -> bytes:
    """Read a body. While a long one equals the last one, which is returned if all of it does, no more is held."""
    start = piece = response.read(LONG_BYTES, decode_content=True)
    if len(start) < LONG_BYTES:
        return start
    wait()
    known, size = last.body or b"", 0
    while piece and known.startswith(piece, size):
        size += len(piece)
        piece = response.read(LONG_BYTES, decode_content=True)
    if not piece and size == len(known):
        return known
    rest = response.read(max(0, max_bytes + 1 - size - len(piece)), decode_content=True)
    return b"".join((memoryview(known)[:size], piece, rest))
