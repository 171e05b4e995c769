"""Read lists of contacts that are too long to be held as a whole: piece by piece, each decoded as it comes."""

import hashlib
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from itertools import chain

import urllib3

from webapp.phonebook.decoding import no_row_readable
from webapp.phonebook.errors import AnswerTooLarge
from webapp.phonebook.models import Contact, Numbered, Numbers, Rows, is_in_no_group, keep_in_no_group
from webapp.phonebook.number_set import NumberSet
from webapp.phonebook.packed_rows import Block, PackedRows, Packer
from webapp.phonebook.row_reader import Batch, RowReader

Turn = Callable[[], AbstractContextManager[None]]

MAX_HELD_BYTES = 4096
"""Longest text between two pieces that is held, so that reading can go on there."""


@dataclass(frozen=True)
class Sizes:
    """How much of an answer is read and held, in bytes."""

    piece: int = 256 * 1024
    """A long list is decoded in pieces of this size."""
    long: int = 1024 * 1024
    """A longer list is read by one thread at a time."""
    whole: int = 32 * 1024 * 1024
    """A longer list of contacts is packed, and any other answer is refused."""
    undecoded: int = 4 * 1024 * 1024
    """A list with a longer row is refused."""
    total: int = 1024 * 1024 * 1024
    """A longer list of contacts is refused."""
    cached: int = 32 * 1024 * 1024
    """All cached bodies together. Decoded rows take two to three times this."""


class Pieces:
    """An iterator of the pieces of a body; `length` is how many bytes of it have been read.

    It raises AnswerTooLarge if the body is too long.
    """

    def __init__(self, response: urllib3.BaseHTTPResponse, sizes: Sizes, start: bytes = b"") -> None:
        """Go on reading a body.

        Args:
            response: has the rest of it.
            sizes: limits.
            start: what has been read of it.

        """
        self.length = 0
        self._response, self._sizes, self._start = response, sizes, start

    def __iter__(self) -> Iterator[bytes]:
        """Return the iterator."""
        return self

    def __next__(self) -> bytes:
        """Return the next piece; all but the last have the same size."""
        piece = self._start[self.length : self.length + self._sizes.piece]
        if len(piece) < self._sizes.piece:
            self._start = b""
            piece += self._response.read(self._sizes.piece - len(piece), decode_content=True)
        self.length += len(piece)
        if self.length > self._sizes.total:
            raise AnswerTooLarge(f"more than {self._sizes.total} bytes", status=200)
        if not piece:
            raise StopIteration
        return piece


@dataclass(frozen=True)
class _Piece:
    """What was made of a piece of a list's text."""

    digest: bytes
    """Of the text; empty if reading can't go on after it."""
    block: Block
    unreadable: int
    head: bytes
    """Where a reader goes on: see `RowReader`."""
    rest: bytes


@dataclass(frozen=True, eq=False)
class PackedBody:
    """The body of a long list of contacts: its rows, and the digests of its text."""

    pieces: list[_Piece]
    rows: Rows[Contact]

    def __len__(self) -> int:
        """Return the bytes of memory that it takes, about."""
        return sum(len(piece.block.packed) for piece in self.pieces)


def pack_contacts(pieces: Pieces, known: PackedBody | None, sizes: Sizes, turn: Turn) -> PackedBody:
    """Read a list of contacts. What is as it was the last time is not decoded.

    Args:
        pieces: its text.
        known: the last answer, which is returned if nothing has changed.
        sizes: a list of at most `sizes.whole` bytes is not packed.
        turn: begins a context before anything is decoded.

    Raises:
        PhonebookError: if the list can't be read.

    """
    done: list[_Piece] = []
    changed = b""
    for piece in pieces:
        if known is None or known.pieces[len(done)].digest != _digest(piece):
            changed = piece
            break
        done.append(known.pieces[len(done)])
    if known and not changed and len(done) == len(known.pieces) - 1:  # the last one was made at the end of the text
        return known
    with turn():
        reader = RowReader(Contact, sizes.undecoded, *((done[-1].head, done[-1].rest) if done else ()))
        seen = _Seen()
        for rows in PackedRows(Contact, (each.block for each in done)).blocks():
            seen.add_new(rows)
        for piece in chain([changed], pieces):
            batch = reader.feed(piece)
            if len(reader.rest) <= MAX_HELD_BYTES:
                done.append(_pack(batch, seen, _digest(piece), reader.head, reader.rest))
            else:
                done.append(_pack(batch, seen))
        done.append(_pack(reader.end(), seen))
    packed = PackedRows(Contact, (each.block for each in done))
    unreadable = sum(each.unreadable for each in done)
    if unreadable and not packed:
        raise no_row_readable(unreadable)
    if pieces.length <= sizes.whole:
        return PackedBody(done, Rows(tuple(packed), unreadable))
    found = Rows(packed, unreadable)
    in_no_group = Rows(seen.in_no_group.pack(), unreadable)
    found.add_derived(keep_in_no_group, in_no_group)  # most pages need it, and another pass takes long
    return PackedBody(done, found)


def read_numbers(pieces: Pieces, among: Collection[str] | None, sizes: Sizes) -> Numbers:
    """Read only the numbers of a list of contacts.

    Args:
        pieces: its text.
        among: the numbers that are asked for; None for all.
        sizes: limits.

    Raises:
        PhonebookError: if the list can't be read.

    """
    reader, found, count, unreadable = RowReader(Numbered, sizes.undecoded), set[str](), 0, 0
    for batch in chain(map(reader.feed, pieces), (reader.end() for _ in range(1))):
        numbers = (row.number for row in batch.rows)
        found.update(numbers if among is None else (number for number in numbers if number in among))
        count += len(batch.rows)
        unreadable += batch.unreadable
    if unreadable and not count:
        raise no_row_readable(unreadable)
    return Numbers(frozenset(found), count, unreadable)


@dataclass
class _Seen:
    """What is known of the rows that have come."""

    numbers: NumberSet = field(default_factory=NumberSet)
    in_no_group: Packer[Contact] = field(default_factory=lambda: Packer(Contact))

    def add_new(self, rows: Sequence[Contact]) -> Sequence[Contact]:
        """Add rows; return those whose numbers have not come before."""
        new = self.numbers.add_new(rows)
        self.in_no_group.extend(filter(is_in_no_group, new))
        return new


def _pack(batch: Batch[Contact], seen: _Seen, digest: bytes = b"", head: bytes = b"", rest: bytes = b"") -> _Piece:
    """Pack a batch of rows, without those whose numbers have come before."""
    rows = seen.add_new(batch.rows)
    unreadable = batch.unreadable + len(batch.rows) - len(rows)
    return _Piece(digest, Block.of_rows(rows), unreadable, head, rest)


def _digest(piece: bytes) -> bytes:
    return hashlib.sha256(piece).digest()
