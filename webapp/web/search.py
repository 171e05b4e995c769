"""What a search looks for, and whether a row has it; every list that can be searched uses this.

A row is found if each word of the search stands somewhere in one of its fields, in any order. What looks like a phone
number is looked for by its digits instead, however it is grouped, and whether or not the country's code is written.
"""

import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Self

from webapp.phone_numbers.numbering_plans import from_abroad
from webapp.phone_numbers.reading import UnreadableNumber, read_number
from webapp.text.matching import fold, fold_lines

MIN_DIGITS = 3
"""Digits that are looked for as part of a phone number."""

_BETWEEN_WORDS = re.compile(r"[ ,;]+")
_AROUND_WORDS = "\"'()-"
_NUMBER = re.compile(r"(?:(?:tel|callto|sms|phone|mobile|m|t)[:.]+ *)?\+?[0-9 ()./+-]+")
_DIGITS = re.compile(r"[0-9]++(?:[ ()./-]++[0-9]++)*+")
_NO_DIGIT = re.compile(r"[^0-9]+")


def searchable(text: str) -> str:
    """Prepare a row's fields, one a line, for any search."""
    return with_digits(fold_lines(text))


def with_digits(folded: str) -> str:
    """Add to a row's folded fields their grouped digits without the gaps, for a search of `numbers`."""
    grouped = [each for each in _DIGITS.findall(folded) if not each.isdigit()]
    return "\n".join([folded, *(_NO_DIGIT.sub("", each) for each in grouped)]) if grouped else folded


@dataclass(frozen=True)
class Search:
    """What is looked for: all of the words, or if there are any, one of the numbers."""

    words: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    """Digits, each another way to read what was typed."""

    @classmethod
    def read(cls, text: str, region: str) -> Self:
        """Read what was typed.

        Args:
            text: of limited length.
            region: where a number without a country's code is from: two letters, or nothing.

        """
        folded = fold(text).strip(" ,;")
        if numbers := _numbers(text, folded, region):
            return cls(numbers=numbers)
        words = (word.strip(_AROUND_WORDS) for word in _BETWEEN_WORDS.split(folded))
        return cls(words=tuple(dict.fromkeys(filter(None, words))) or tuple(filter(None, [fold(text)])))

    def __bool__(self) -> bool:
        """Whether anything is looked for."""
        return bool(self.words or self.numbers)

    def find(self, indexes: list[int], rows: Sequence[str]) -> list[int]:
        """Return those of the indexes whose rows have it; words need them folded, numbers `with_digits`."""
        if self.numbers:
            first, *others = self.numbers
            return [i for i in indexes if first in rows[i] or (others and any(each in rows[i] for each in others))]
        for word in self.words:
            indexes = [index for index in indexes if word in rows[index]]
        return indexes


def _numbers(text: str, folded: str, region: str) -> tuple[str, ...]:
    found = []
    with suppress(UnreadableNumber):
        found.append(read_number(text, region).removeprefix("+"))
    if _NUMBER.fullmatch(folded):
        for written in (folded, folded.replace("(0)", "")):
            digits = _NO_DIGIT.sub("", written)
            found += [digits, digits[2:] if digits.startswith("00") else "", from_abroad(digits, region)]
    found = [each for each in dict.fromkeys(found) if len(each) >= MIN_DIGITS]
    # Whatever has a longer one in it has the shorter.
    return tuple(each for each in found if not any(other in each for other in found if other != each))
