"""What separates the cells of a text."""

import csv
import re
from collections import Counter
from collections.abc import Iterable
from itertools import islice

DELIMITERS = ("\t", ";", "|", ",")
"""In doubt the first, as names and numbers have it least."""

_JUDGED_ROWS = 200
_SEP = re.compile(r"\"?sep=([^\r\n\"])\"?[\r\n]*", re.IGNORECASE)
_NUMBER = re.compile(r"['\s\u00a0]*(?:\+|00)?[0-9][0-9 \u00a0()./-]{5,}[0-9]\s*")


def said(line: str) -> str | None:
    """Return the delimiter that a file's first line such as "sep=;" asks for; None if it doesn't."""
    match = _SEP.fullmatch(line)
    return match[1] if match else None


def guess(lines: Iterable[str]) -> str:
    """Return the delimiter that most likely separates a text's cells.

    Quotation marks stand only around cells then, phone numbers have cells of their own, and most rows have the same
    number of cells.
    """
    judged = list(islice(lines, _JUDGED_ROWS))
    return max(DELIMITERS, key=lambda delimiter: _fit(judged, delimiter))


def _fit(lines: list[str], delimiter: str) -> tuple[bool, float, float, int]:
    is_well_quoted, rows = _parse(lines, delimiter)
    widths = Counter(len(row) for row in rows if len(row) > 1)
    if not widths:
        return (False, -1, 0, 0)
    width, count = max(widths.items(), key=lambda item: (item[1], item[0]))
    numbered = sum(any(map(_NUMBER.fullmatch, row)) for row in rows)
    return (is_well_quoted, round(numbered / len(rows), 1), round(count / len(rows), 1), width)


def _parse(lines: list[str], delimiter: str) -> tuple[bool, list[list[str]]]:
    """Return whether all quotation marks are in their places, and the rows that aren't blank."""
    for strict in (True, False):
        rows: list[list[str]] = []
        try:
            rows.extend(filter(any, csv.reader(lines, delimiter=delimiter, strict=strict)))
        except csv.Error as error:
            if strict and "unexpected end" not in str(error):  # the last line may be in the middle of a cell
                continue
        return strict, rows
    return False, []
