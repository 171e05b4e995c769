"""Decoding of the API's responses. Invalid and duplicate rows are skipped and counted.

Malformed text doesn't make a row invalid. Lone surrogates (a program cut an emoji in two), bytes that aren't UTF-8 and
unknown escapes become U+FFFD, control characters become spaces, and NaN and Infinity become null.

Decoders are created when modules are imported: threads that are the first to decode a Struct, both at once, crash the
process (msgspec 0.22).
"""

import re
from collections.abc import Callable, Hashable
from operator import attrgetter
from typing import Any, Generic, TypeVar

import msgspec
from msgspec.json import Decoder

from webapp.phonebook.errors import Changed, UnreadableAnswer
from webapp.phonebook.models import Contact, Group, Numbered, Rows

T = TypeVar("T")
Row = TypeVar("Row")

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


class GroupList(msgspec.Struct, Generic[Row]):
    groups: tuple[Row, ...]


class ContactList(msgspec.Struct, Generic[Row]):
    contacts: tuple[Row, ...]


class _Blacklist(msgspec.Struct):
    numbers: frozenset[str] = msgspec.field(name="phoneNumbers")


class _RowDecoders(Generic[Row]):
    """Decoders of a row, of an array of rows, and of a list of contacts with such rows."""

    def __init__(self, kind: type[Row]) -> None:
        self.row = Decoder(kind)
        self.array = Decoder(tuple[kind, ...])  # type: ignore[valid-type]
        self.contacts = Decoder(ContactList[kind])  # type: ignore[valid-type]


GROUP = Decoder(GroupEnvelope)
CONTACT = Decoder(ContactEnvelope)
_BLACKLIST = Decoder(_Blacklist)
_GROUP_ROW, _GROUPS, _RAW_GROUPS = Decoder(Group), Decoder(GroupList[Group]), Decoder(GroupList[msgspec.Raw])
_RAW = _RowDecoders(msgspec.Raw)
_ROWS: dict[type, _RowDecoders[Any]] = {kind: _RowDecoders(kind) for kind in (Contact, Numbered)}


def decode(body: bytes, decoder: Decoder[T], changed: Changed = Changed.NO) -> T:
    """Decode a response.

    Args:
        body: JSON.
        decoder: of the Struct to decode it into.
        changed: what the request has changed, for the error.

    Raises:
        UnreadableAnswer: if the body doesn't have the documented shape.

    """
    try:
        return _decode_text(body, decoder)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        # JSON of another shape comes from the API and will come again; anything else may be a proxy's page.
        lasting = isinstance(error, msgspec.ValidationError)
        raise UnreadableAnswer(str(error), changed=changed, lasting=lasting) from error


def decode_groups(body: bytes) -> Rows[Group]:
    """Decode a list of groups."""
    decoded = _decode_all(body, _GROUPS)
    found = (decoded.groups, 0) if decoded else _decode_each(decode(body, _RAW_GROUPS).groups, _GROUP_ROW)
    return _unique(*found, attrgetter("id.int"))


def decode_contacts(body: bytes) -> Rows[Contact]:
    """Decode a list of contacts."""
    return _unique(*decode_contact_rows(body, Contact), attrgetter("number"))


def decode_contact_rows(body: bytes, kind: type[Row]) -> tuple[tuple[Row, ...], int]:
    """Decode the rows of a list of contacts; return them, and the count of invalid ones.

    Args:
        body: the whole list.
        kind: what to decode each row into: `Contact` or `Numbered`.

    Raises:
        UnreadableAnswer: see `decode`.

    """
    decoded = _decode_all(body, _ROWS[kind].contacts)
    if decoded:
        return decoded.contacts, 0
    return _decode_each(decode(body, _RAW.contacts).contacts, _ROWS[kind].row)


def decode_rows(text: bytes, kind: type[Row]) -> tuple[tuple[Row, ...], int]:
    """Decode a JSON array of rows; return them, and the count of invalid ones.

    Raises:
        msgspec.DecodeError, UnicodeDecodeError, RecursionError: if it is no JSON array.

    """
    try:
        return _decode_text(text, _ROWS[kind].array), 0
    except msgspec.ValidationError:
        return _decode_each(_decode_text(text, _RAW.array), _ROWS[kind].row)


def no_row_readable(count: int) -> UnreadableAnswer:
    """Return the error for a list that has only invalid rows."""
    return UnreadableAnswer(f"none of {count} rows could be read", lasting=True)


def decode_blacklist(body: bytes) -> frozenset[str]:
    """Decode the numbers on the blacklist."""
    return decode(body, _BLACKLIST).numbers


def has_no_rows(text: bytes) -> bool:
    """Whether a text is a complete list of contacts, and empty.

    Raises:
        msgspec.MsgspecError, ValueError, RecursionError: if it is no list of contacts.

    """
    return not _decode_text(text, _RAW.contacts).contacts


def _decode_all(body: bytes, decoder: Decoder[T]) -> T | None:
    """Decode a response at once; return None if a row is invalid."""
    try:
        return _decode_text(body, decoder)
    except msgspec.ValidationError:
        return None
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise UnreadableAnswer(str(error), status=200) from error


def _decode_text(body: bytes, decoder: Decoder[T]) -> T:
    """Decode JSON. If it is malformed, repair its text and try again."""
    try:
        return decoder.decode(body)
    except msgspec.ValidationError:
        raise
    except (msgspec.DecodeError, UnicodeDecodeError):
        return decoder.decode(_repair(body))


def _repair(body: bytes) -> bytes:
    text = body.decode("utf-8", "replace").encode().translate(_SPACES_FOR_CONTROLS)
    text = _ESCAPES.sub(lambda match: rb"\ufffd" if match[1] else match[0], text)
    return _NOT_NUMBERS.sub(lambda match: b"null" if match[1] else match[0], text)


def _decode_each(raw: tuple[msgspec.Raw, ...], decoder: Decoder[Row]) -> tuple[tuple[Row, ...], int]:
    rows = []
    for each in raw:
        try:
            rows.append(_decode_text(bytes(each), decoder))
        except (msgspec.MsgspecError, ValueError, RecursionError):
            continue
    return tuple(rows), len(raw) - len(rows)


def _unique(rows: tuple[Row, ...], unreadable: int, key: Callable[[Row], Hashable]) -> Rows[Row]:
    if unreadable and not rows:
        raise no_row_readable(unreadable)
    if len(set(map(key, rows))) == len(rows):
        return Rows(rows, unreadable)
    unique = {key(row): row for row in reversed(rows)}  # the first duplicate wins
    return Rows(tuple(reversed(unique.values())), unreadable + len(rows) - len(unique))
