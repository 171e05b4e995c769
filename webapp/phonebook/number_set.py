"""A set of phone numbers that takes little memory."""

import re
from array import array

_NUMBER = re.compile(r"\+[1-9][0-9]{0,17}")
"""Phone numbers, and whatever else fits into 64 bits without loss."""
_FACTOR = 0x9E3779B97F4A7C15
"""Spreads neighbouring numbers over the table (Fibonacci hashing)."""


class NumberSet:
    """A set to which phone numbers are added. Each takes 16 to 32 bytes, in a `set` of texts a hundred.

    A hash table with open addressing. Texts that are no phone numbers are held as they are.
    """

    def __init__(self) -> None:
        self._slots = array("Q", bytes(8 * 1024))
        self._count = 0
        self._others = set[str]()

    def add(self, number: str) -> bool:
        """Add a number; return whether it is new."""
        if not _NUMBER.fullmatch(number):
            is_new = number not in self._others
            self._others.add(number)
            return is_new
        is_new = _put(self._slots, int(number))
        self._count += is_new
        if 2 * self._count > len(self._slots):
            slots = array("Q", bytes(2 * 8 * len(self._slots)))
            for value in filter(None, self._slots):
                _put(slots, value)
            self._slots = slots
        return is_new


def _put(slots: "array[int]", value: int) -> bool:
    mask = len(slots) - 1
    place = (value * _FACTOR >> 20) & mask
    while found := slots[place]:
        if found == value:
            return False
        place = (place + 1) & mask
    slots[place] = value
    return True
