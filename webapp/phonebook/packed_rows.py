"""Rows in compressed blocks, for lists that are too long to be held decoded: they take a twentieth of the memory."""

import zlib
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import accumulate, groupby, islice
from typing import Generic, TypeVar, cast, overload

import msgspec

Row = TypeVar("Row")
Part = TypeVar("Part")

BLOCK_ROWS = 1000
"""Rows of a block that is made from decoded rows."""

MAX_DECODED_ROWS = 5000
"""Longest part of a long list that is held decoded."""


@dataclass(frozen=True)
class Block:
    """Some rows of a list, as compressed MessagePack."""

    count: int
    packed: bytes

    @classmethod
    def of_rows(cls, rows: Sequence[object]) -> "Block":
        """Compress rows."""
        return cls(len(rows), zlib.compress(msgspec.msgpack.encode(rows), 1))


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
        self._decoder = msgspec.msgpack.Decoder(tuple[kind, ...])  # type: ignore[valid-type]
        self._blocks = [block for block in blocks if block.count]
        self._ends = list(accumulate(block.count for block in self._blocks))

    def __len__(self) -> int:
        """Return the number of rows."""
        return self._ends[-1] if self._ends else 0

    def __iter__(self) -> Iterator[Row]:
        """Decode all rows, a block at a time."""
        for rows in self.blocks():
            yield from rows

    def blocks(self) -> Iterator[tuple[Row, ...]]:
        """Decode all rows, and yield those of each block together."""
        return map(self._decode, self._blocks)

    def seen_as(self, kind: type[Part]) -> "PackedRows[Part]":
        """Return the same rows as a Struct with some of their fields: no more is decoded, which is twice as fast."""
        return PackedRows(kind, self._blocks)

    def find(self, kind: type[Part], keeps: Callable[[Part], bool]) -> Iterator[Row]:
        """Yield the rows that a function keeps, which is given only some of their fields: see `seen_as`."""
        for block, parts in zip(self._blocks, self.seen_as(kind).blocks(), strict=True):
            if found := [index for index, each in enumerate(parts) if keeps(each)]:
                rows = self._decode(block)
                yield from (rows[index] for index in found)

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


class Packer(Generic[Row]):
    """Collects rows: they are packed when they are many."""

    def __init__(self, kind: type[Row]) -> None:
        """Begin without rows.

        Args:
            kind: the type of the rows, a Struct.

        """
        self._kind = kind
        self._rows: list[Row] = []
        self._blocks: list[Block] = []

    def extend(self, rows: Iterable[Row]) -> None:
        """Add rows, which are read once, and never held decoded all together."""
        rows = iter(rows)
        while more := list(islice(rows, BLOCK_ROWS)):
            self._rows += more
            if len(self._rows) > (BLOCK_ROWS if self._blocks else MAX_DECODED_ROWS):
                for start in range(0, len(self._rows), BLOCK_ROWS):
                    self._blocks.append(Block.of_rows(self._rows[start : start + BLOCK_ROWS]))
                self._rows = []

    def pack(self) -> Sequence[Row]:
        """Return the rows as a sequence."""
        if not self._blocks:
            return tuple(self._rows)
        return PackedRows(self._kind, [*self._blocks, Block.of_rows(self._rows)])


def pack_many(kind: type[Row], rows: Iterable[Row]) -> Sequence[Row]:
    """Return rows as a sequence: see `Packer`."""
    packer = Packer(kind)
    packer.extend(rows)
    return packer.pack()
