"""Parse searches and match rows, for every list that can be searched.

A row matches if each word of the search is part of one of its fields, in any order. A search that looks like a phone
number is compared by its digits instead, however they are grouped and with or without the country code.
"""

import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import Self

from webapp.phone_numbers.numbering_plans import from_abroad
from webapp.phone_numbers.reading import UnreadableNumber, read_number
from webapp.text import BETWEEN_DIGITS, fold

MIN_DIGITS = 3
"""Fewest digits that are compared as part of a phone number."""

_BETWEEN_WORDS = re.compile(r"[ ,;]+")
_AROUND_WORDS = "\"'()-"
_NUMBER = re.compile(r"(?:(?:tel|callto|sms|phone|mobile|m|t)[:.]+ *)?\+?[0-9 ()./+-]+")
_NO_DIGIT = re.compile(r"[^0-9]+")


@dataclass(frozen=True)
class Search:
    """A parsed search: any of the numbers if there are some, otherwise all of the words."""

    words: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    """Digits; each is one way to read the typed number."""

    @classmethod
    def read(cls, text: str, region: str) -> Self:
        """Parse a typed search.

        Args:
            text: of limited length.
            region: the region of numbers without a country code: two letters, or "".

        """
        folded = fold(text).strip(" ,;")
        if numbers := _numbers(text, folded, region):
            return cls(numbers=numbers)
        words = (word.strip(_AROUND_WORDS) for word in _BETWEEN_WORDS.split(folded))
        return cls(words=tuple(dict.fromkeys(filter(None, words))) or tuple(filter(None, [fold(text)])))

    def __bool__(self) -> bool:
        """Whether the search is not empty."""
        return bool(self.words or self.numbers)

    def matches(self, text: str) -> bool:
        """Whether one row matches, which is a result of `fold_lines`; as `find` says, but faster for a single row."""
        if self.numbers:
            return self._pattern.search(text) is not None
        return all(map(text.__contains__, self.words))

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        """Matches the numbers however they are grouped."""
        return re.compile("|".join(BETWEEN_DIGITS.join(each) for each in self.numbers))

    def find(self, indexes: Sequence[int], rows: Sequence[str]) -> Sequence[int]:
        """Return the indexes of matching rows, which are results of `fold_lines`, or of `with_digits` for a number."""
        if self.numbers:
            first, *others = self.numbers
            return [i for i in indexes if first in rows[i] or (others and any(each in rows[i] for each in others))]
        for word in self.words:
            indexes = [index for index in indexes if word in rows[index]]
        return indexes


def _numbers(text: str, folded: str, region: str) -> tuple[str, ...]:
    numbers = []
    with suppress(UnreadableNumber):
        numbers.append(read_number(text, region).removeprefix("+"))
    if _NUMBER.fullmatch(folded):
        for written in (folded, folded.replace("(0)", "")):
            digits = _NO_DIGIT.sub("", written)
            numbers += [digits, digits[2:] if digits.startswith("00") else "", from_abroad(digits, region)]
    numbers = [each for each in dict.fromkeys(numbers) if len(each) >= MIN_DIGITS]
    # A row that contains a longer number contains its parts: the shorter ones are enough.
    return tuple(each for each in numbers if not any(other in each for other in numbers if other != each))
