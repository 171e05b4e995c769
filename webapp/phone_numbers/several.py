"""Detection of texts that contain more than one number or table column."""

import re
from collections.abc import Callable

from webapp.phone_numbers import numbering_plans

MORE_NUMBERS = "There is more than one number in it"
MORE_COLUMNS = "There is more than one column in it: leave only the number"

Read = Callable[[str], str | None]
"""Parses a part of a text as a number; returns None if it isn't a possible number."""

MIN_NUMBER_DIGITS = 7
"""Minimum of digits in a complete number."""

MAX_PARTS = 12
"""Parts to try at most: no number has more, and each attempt takes time."""

_EXTENDED = re.compile(r"(.*[0-9)])(?:\s*\(([0-9 ]+)\)| +-\s*([0-9]{1,4})|\s*- +([0-9]{1,4})|[-.]([0-9]{1,2}))")
"""A number followed by an extension, or by the last digits of a second number."""
_DIAL_THROUGH = (43, 49)
"""Country codes of Austria and Germany, where an extension after a dash is part of the number."""


def only_column(text: str, read: Read) -> str:
    """Return the column with the number from a table row with tabs.

    Raises:
        ValueError: with the reason, if no column or more than one may be the number.

    """
    columns = [column.strip() for column in text.split("\t") if _digits(column)]
    if len(columns) < 2:
        return columns[0] if columns else text
    numbers = [column for column in columns if _exists(column, read)]
    if len(numbers) > 1:
        raise ValueError(MORE_NUMBERS)
    # Without a country code, or next to a column with many digits, it is unclear which column is the number.
    others = [column for column in columns if column not in numbers]
    if not numbers or not numbers[0].startswith(("+", "00")) or any(map(_may_be_of_a_number, others)):
        raise ValueError(MORE_COLUMNS)
    return numbers[0]


def check_spaces(text: str, read: Read) -> None:
    """Raise ValueError if white space may separate two columns."""
    parts = re.split(" {2,}", text)
    if len(parts) > 1 and ("   " in text or not _exists(text, read) or _goes_on_after_number(parts, read)):
        numbers = [part for part in parts if _exists(part, read)]
        raise ValueError(MORE_NUMBERS if len(numbers) > 1 else MORE_COLUMNS)


def is_more_than_one(text: str, read: Read) -> bool:
    """Whether a text without columns contains more than one number, or a number and the last digits of another."""
    parts = [part for part in re.split(r"[/,;|\"]|[^\W\d_]+|(?<=.)(?=\+)", text) if _digits(part)]
    if len(parts) > 1 and _goes_on_after_number(parts, read):
        return True
    if len(parts) > 1 and not _exists("".join(parts), read):
        many = [part for part in parts if len(_digits(part)) >= MIN_NUMBER_DIGITS]
        if len(many) > 1 or any(map(read, _beginnings(parts))) or any(map(read, parts[:MAX_PARTS])):
            return True
    words = [word for word in text.split() if _digits(word)]
    return _is_extended(text, read) or (_goes_on_after_number(words, read) and not _exists(text, read))


def _exists(text: str, read: Read) -> bool:
    number = read(text)
    return number is not None and numbering_plans.exists(number)


def _goes_on_after_number(parts: list[str], read: Read) -> bool:
    return any(_exists(beginning, read) for beginning in _beginnings(parts))


def _beginnings(parts: list[str]) -> list[str]:
    return [" ".join(parts[:count]) for count in range(1, min(len(parts), MAX_PARTS))]


def _is_extended(text: str, read: Read) -> bool:
    match = _EXTENDED.fullmatch(text)
    if not match:
        return False
    before, bracketed, *_, tight = match.groups()
    number = read(before)
    if number is None or not numbering_plans.exists(number) or (tight and re.search("[-.]", before)):
        return False
    return bool(bracketed) or numbering_plans.country_code(number) not in _DIAL_THROUGH


def _may_be_of_a_number(column: str) -> bool:
    return "+" in column or len(_digits(column)) >= MIN_NUMBER_DIGITS


def _digits(text: str) -> str:
    return re.sub("[^0-9]", "", text)
