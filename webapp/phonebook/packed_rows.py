"""Rows in compressed blocks, for lists that are too long to be held decoded: they take a twentieth of the memory."""

import zlib
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import accumulate, chain, groupby, islice
from typing import TypeVar, cast, overload

import msgspec

Row = TypeVar("Row")

BLOCK_ROWS = 1000
"""Rows of a block that is made from decoded rows."""

MAX_DECODED_ROWS = 5000
"""Longest part of a long list that is held decoded."""


@dataclass(frozen=True)
class Block:
    """Some rows of a list, as compressed JSON."""

    count: int
    packed: bytes

    @classmethod
    def of_rows(cls, rows: Sequence[object]) -> "Block":
        """Compress rows."""
        return cls(len(rows), zlib.compress(msgspec.json.encode(rows), 1))


class PackedRows(Sequence[Row]):
    """A list of rows that are decoded again whenever they are needed.

    Going through all rows takes about a second for a million. A single row takes a millisecond.
    """

    def __init__(self, kind: type[Row], blocks: Iterable[Block]) -> None:
        """Make the list.

        Args:
            kind: the type of the rows, a Struct.
            blocks: arrays of valid rows.

        """
        self.kind = kind
        self._decoder = msgspec.json.Decoder(tuple[kind, ...])  # type: ignore[valid-type]
        self._blocks = [block for block in blocks if block.count]
        self._ends = list(accumulate(block.count for block in self._blocks))

    def __len__(self) -> int:
        """Return the number of rows."""
        return self._ends[-1] if self._ends else 0

    def __iter__(self) -> Iterator[Row]:
        """Decode all rows, a block at a time."""
        for block in self._blocks:
            yield from self._decode(block)

    @overload
    def __getitem__(self, index: int) -> Row: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Row]: ...
    def __getitem__(self, index: int | slice) -> Row | Sequence[Row]:
        """Decode one row, or those of a slice."""
        if isinstance(index, slice):
            return self.pick(range(len(self))[index])
        return self.pick([range(len(self))[index]])[0]

    def pick(self, indexes: Sequence[int]) -> list[Row]:
        """Return the rows at some indexes, in their order. Each block is decoded once."""
        found: dict[int, Row] = {}
        for block, wanted in groupby(sorted(indexes), key=partial(bisect_right, self._ends)):
            rows, end = self._decode(self._blocks[block]), self._ends[block]
            found |= {index: rows[index - end] for index in wanted}  # counted from the block's end
        return [found[index] for index in indexes]

    def _decode(self, block: Block) -> tuple[Row, ...]:
        return cast("tuple[Row, ...]", self._decoder.decode(zlib.decompress(block.packed)))


def pack_many(kind: type[Row], rows: Iterable[Row]) -> Sequence[Row]:
    """Return rows as a sequence: packed if they are many.

    Args:
        kind: the type of the rows, a Struct.
        rows: read once, and never held decoded all together.

    """
    rows = iter(rows)
    first = tuple(islice(rows, MAX_DECODED_ROWS + 1))
    if len(first) <= MAX_DECODED_ROWS:
        return first
    rest = chain(first, rows)
    return PackedRows(kind, map(Block.of_rows, iter(lambda: tuple(islice(rest, BLOCK_ROWS)), ())))
