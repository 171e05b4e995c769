"""CSV that spreadsheets open in the right encoding and without running formulas."""

import csv
import io
import re
from collections.abc import Iterable, Iterator
from datetime import date, datetime

from webapp.spreadsheets.values import is_value

CHUNK_CHARS = 16 * 1024
"""Approximate size of the pieces that are yielded, in characters."""

_UNSEEN = r"\s\ufeff\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u206f"

_FORMULA_START = r"[=+\-@＝＋－＠]"

_FORMULA = re.compile(f'[{_UNSEEN}"]*{_FORMULA_START}')
"""The beginning of a formula, also if a spreadsheet removes quotes twice."""

_FORMULA_IN_NEXT_CELL = {
    separator: re.compile(f"{other}(?=[{_UNSEEN}\"']*{_FORMULA_START})") for separator, other in (",;", ";,")
}
"""By the file's separator: a formula after the other separator, where another country's spreadsheet splits cells."""

_CONTROLS = re.compile(r"[\0-\x08\x0e-\x1b\x7f-\x84\x86-\x9f]")

_SURROGATES = re.compile(r"[\ud800-\udfff]")

_PLAIN = re.compile(r"(?:[^\W\d_](?:[^\s,;\0-\x1f\x7f-\x9f\ud800-\udfff]| (?=\S))*)?")
"""Fast path: text that needs no escaping, like most of up to a million cells."""


class NumberText(str):
    """Text such as a phone number, which a spreadsheet would take for a number: CSV marks it with an apostrophe."""

    __slots__ = ()


Cell = str | int | date
"""Text is escaped, so that it stays text. Numbers, dates and times are written for spreadsheets to recognise."""


def csv_lines(headings: Iterable[str], rows: Iterable[Iterable[Cell]], separator: str = ",") -> Iterator[str]:
    """Yield a table as pieces of CSV. All cells are quoted, and a byte order mark lets Excel recognise UTF-8."""
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
    """Put a cell on one line, and prefix an apostrophe if a spreadsheet would run it as a formula or change it."""
    if _PLAIN.fullmatch(text):
        return f"'{text}" if is_value(text) else text
    text = " ".join(_SURROGATES.sub("\ufffd", _CONTROLS.sub("", text)).split())
    text = _FORMULA_IN_NEXT_CELL[separator].sub(r"\g<0>'", text)
    return f"'{text}" if _FORMULA.match(text) or is_value(text) else text


def _written(cell: Cell, separator: str) -> str:
    if isinstance(cell, NumberText):
        return f"'{cell}"
    if isinstance(cell, str):
        return escape_cell(cell, separator)
    return f"{cell:%Y-%m-%d %H:%M:%S}" if isinstance(cell, datetime) else str(cell)
