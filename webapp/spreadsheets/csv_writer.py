"""CSV that spreadsheets open with every letter right, and run nothing of."""

import csv
import io
import re
from collections.abc import Iterable, Iterator
from datetime import date, datetime

from webapp.spreadsheets.values import is_value

CHUNK_CHARS = 16 * 1024
"""Characters that are sent at a time, or as many more as the last row has."""

_UNSEEN = r"\s\ufeff\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u206f"

_BEGINS = r"[=+\-@＝＋－＠]"

_RUNS = re.compile(f'[{_UNSEEN}"]*{_BEGINS}')
"""What a spreadsheet may take for the beginning of a formula, also if it takes quotes off twice."""

_RUNS_IN_THE_NEXT = {separator: re.compile(f"{other}(?=[{_UNSEEN}\"']*{_BEGINS})") for separator, other in (",;", ";,")}
"""The same behind the separator that the file does not have: a spreadsheet of another country divides cells there."""

_CONTROLS = re.compile(r"[\0-\x08\x0e-\x1b\x7f-\x84\x86-\x9f]")

_HALVES = re.compile(r"[\ud800-\udfff]")

_PLAIN = re.compile(r"(?:[^\W\d_](?:[^\s,;\0-\x1f\x7f-\x9f\ud800-\udfff]| (?=\S))*)?")
"""What is well as it stands. Most cells are, and there may be a million of them."""

Cell = str | int | date
"""A text is written so that it stays one; a number, a date or a moment is meant to be read as what it is."""


def csv_lines(headings: Iterable[str], rows: Iterable[Iterable[Cell]], separator: str = ",") -> Iterator[str]:
    """Write a table in pieces: every cell quoted, and at the beginning the mark by which Excel knows UTF-8."""
    piece = io.StringIO()
    piece.write("\ufeff")
    writer = csv.writer(piece, delimiter=separator, quoting=csv.QUOTE_ALL)
    writer.writerow(headings)
    for row in rows:
        writer.writerow([_written(cell, separator) for cell in row])
        if piece.tell() >= CHUNK_CHARS:
            yield piece.getvalue()
            piece.seek(0)
            piece.truncate()
    yield piece.getvalue()


def escape_cell(text: str, separator: str = ",") -> str:
    """Keep a cell on one line, and mark as text, by an apostrophe, what would run as a formula or be altered."""
    if _PLAIN.fullmatch(text):
        return f"'{text}" if is_value(text) else text
    text = " ".join(_HALVES.sub("\ufffd", _CONTROLS.sub("", text)).split())
    text = _RUNS_IN_THE_NEXT[separator].sub(r"\g<0>'", text)
    return f"'{text}" if _RUNS.match(text) or is_value(text) else text


def _written(cell: Cell, separator: str) -> str:
    if isinstance(cell, str):
        return escape_cell(cell, separator)
    return f"{cell:%Y-%m-%d %H:%M:%S}" if isinstance(cell, datetime) else str(cell)
