"""A set of phone numbers that takes little memory."""

import re
from array import array
from collections.abc import Iterable, Sequence
from operator import attrgetter
from typing import Protocol, TypeVar

_NUMBER = re.compile(r"\+[1-9][0-9]{0,17}")
"""Phone numbers, and whatever else fits into 64 bits without loss."""
_NUMBERS = re.compile(r"(?:\+[1-9][0-9]{0,17}\n)*+")
_FACTOR = 0x9E3779B1
"""Spreads neighbouring numbers over the table (Fibonacci hashing)."""

MAX_LOAD = 0.8
"""The part of a table that may be in use. Above, finding a free place takes long."""


class HasNumber(Protocol):
    """A row with a phone number."""

    @property
    def number(self) -> str:
        """The number."""


Row = TypeVar("Row", bound=HasNumber)


class NumberSet:
    """A set to which phone numbers are added. Each takes 10 to 20 bytes, in a `set` of texts a hundred.

    A hash table with open addressing. Texts that are no phone numbers are held as they are.
    """

    def __init__(self) -> None:
        self._slots = array("Q", [0]) * 1024
        self._count = 0
        self._others = set[str]()

    def add_new(self, rows: Sequence[Row]) -> Sequence[Row]:
        """Add the numbers of rows; return the rows whose numbers are new. Of rows with the same number: the first."""
        numbers = list(map(attrgetter("number"), rows))
        lines = "".join(f"{number}\n" for number in numbers)
        if not _NUMBERS.fullmatch(lines) or lines.count("\n") != len(numbers):
            return [row for row in rows if self._add_text(row.number)]
        repeated = self._add_values(list(map(int, numbers)))
        return [row for index, row in enumerate(rows) if index not in repeated] if repeated else rows

    def _add_text(self, number: str) -> bool:
        """Add a text; return whether it is new."""
        if _NUMBER.fullmatch(number):
            return not self._add_values([int(number)])
        is_new = number not in self._others
        self._others.add(number)
        return is_new

    def _add_values(self, values: Sequence[int]) -> set[int]:
        """Add numbers; return the indexes of those that have been added before."""
        self._count += len(values)
        size = len(self._slots)
        while self._count > MAX_LOAD * size:
            size *= 2
        if size > len(self._slots):
            old, self._slots = self._slots, array("Q", [0]) * size
            _put(self._slots, filter(None, old))
        repeated = _put(self._slots, values)
        self._count -= len(repeated)
        return repeated


def _put(slots: "array[int]", values: Iterable[int]) -> set[int]:
    """Put numbers into a table; return the indexes of those that are there already."""
    mask, repeated = len(slots) - 1, set[int]()
    for index, value in enumerate(values):
        place = (value * _FACTOR >> 20) & mask
        while found := slots[place]:
            if found == value:
                repeated.add(index)
                break
            place = (place + 1) & mask
        else:
            slots[place] = value
    return repeated
