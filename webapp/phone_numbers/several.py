"""Whether a text holds one number, or more than that: another number, another column."""

import re
from collections.abc import Callable

from webapp.phone_numbers import numbering_plans

MORE_NUMBERS = "There is more than one number in it: write one a line"
MORE_COLUMNS = "There is more than one column in it: leave only the number"

Read = Callable[[str], str | None]
"""Reads a part as a number by itself; None where there can't be such a number."""

MANY_DIGITS = 7
"""As few as a whole number may have."""

MOST_PARTS = 12
"""Beyond these no number ends, and trying each takes its time."""

_EXTENDED = re.compile(r"(.*[0-9)])(?:\s*\(([0-9 ]+)\)| +-\s*([0-9]{1,4})|\s*- +([0-9]{1,4})|[-.]([0-9]{1,2}))")
"""A number, and how another one of the same house ends, or its extension."""
_DIAL_THROUGH = (43, 49)
"""Country codes of Austria and Germany, where extensions follow a dash, and are dialled."""


def only_column(text: str, read: Read) -> str:
    """Return the column that has the number, of a row of a table; its columns stand apart by tabs.

    Raises:
        ValueError: saying why there is none, or none that is surely the right one.

    """
    columns = [column.strip() for column in text.split("\t") if _digits(column)]
    if len(columns) < 2:
        return columns[0] if columns else text
    numbers = [column for column in columns if _exists(column, read)]
    if len(numbers) > 1:
        raise ValueError(MORE_NUMBERS)
    # Beside a number without its country's code, or many digits, it is open which column is which.
    others = [column for column in columns if column not in numbers]
    if not numbers or not numbers[0].startswith(("+", "00")) or any(map(_may_be_of_a_number, others)):
        raise ValueError(MORE_COLUMNS)
    return numbers[0]


def check_spaces(text: str, read: Read) -> None:
    """Raise a ValueError where white space may stand between two columns."""
    parts = re.split(" {2,}", text)
    if len(parts) > 1 and ("   " in text or not _exists(text, read) or _goes_on_after_number(parts, read)):
        numbers = [part for part in parts if _exists(part, read)]
        raise ValueError(MORE_NUMBERS if len(numbers) > 1 else MORE_COLUMNS)


def is_more_than_one(text: str, read: Read) -> bool:
    """Whether a text without columns holds more than one number, or a number and how another one ends."""
    parts = [part for part in re.split(r"[/,;|\"]|[^\W\d_]+|(?<=.)(?=\+)", text) if _digits(part)]
    if len(parts) > 1 and _goes_on_after_number(parts, read):
        return True
    if len(parts) > 1 and not _exists("".join(parts), read):
        many = [part for part in parts if len(_digits(part)) >= MANY_DIGITS]
        if len(many) > 1 or any(map(read, _beginnings(parts))) or any(map(read, parts[:MOST_PARTS])):
            return True
    words = [word for word in text.split() if _digits(word)]
    return _is_extended(text, read) or (_goes_on_after_number(words, read) and not _exists(text, read))


def _exists(text: str, read: Read) -> bool:
    number = read(text)
    return number is not None and numbering_plans.exists(number)


def _goes_on_after_number(parts: list[str], read: Read) -> bool:
    return any(_exists(beginning, read) for beginning in _beginnings(parts))


def _beginnings(parts: list[str]) -> list[str]:
    return [" ".join(parts[:count]) for count in range(1, min(len(parts), MOST_PARTS))]


def _is_extended(text: str, read: Read) -> bool:
    found = _EXTENDED.fullmatch(text)
    if not found:
        return False
    before, bracketed, *_, tight = found.groups()
    number = read(before)
    if number is None or not numbering_plans.exists(number) or (tight and re.search("[-.]", before)):
        return False
    return bool(bracketed) or numbering_plans.country_code(number) not in _DIAL_THROUGH


def _may_be_of_a_number(column: str) -> bool:
    return "+" in column or len(_digits(column)) >= MANY_DIGITS


def _digits(text: str) -> str:
    return re.sub("[^0-9]", "", text)
