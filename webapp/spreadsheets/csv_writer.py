"""CSV that spreadsheets open in the right encoding and without running formulas."""

import csv
import io
from collections.abc import Iterable, Iterator
from datetime import date, datetime

from webapp.spreadsheets.escaping import escape_cell

CHUNK_CHARS = 16 * 1024
"""Approximate size of the pieces that are yielded, in characters."""


class NumberText(str):
    """Text such as a phone number, which a spreadsheet would take for a number: CSV marks it with an apostrophe."""

    __slots__ = ()


Cell = str | int | date
"""Text is escaped, so that it stays text. Numbers, dates and times are written for spreadsheets to recognise."""


def csv_lines(headings: Iterable[str], rows: Iterable[Iterable[Cell]]) -> Iterator[str]:
    """Yield a table as pieces of CSV. All cells are quoted, and a byte order mark lets Excel recognise UTF-8.

    If `rows` raises OSError, what has been written before it is yielded first.
    """
    piece = io.StringIO()
    piece.write("\ufeff")
    writer = csv.writer(piece, quoting=csv.QUOTE_ALL)
    writer.writerow(headings)
    try:
        for row in rows:
            writer.writerow(map(_written, row))
            if piece.tell() >= CHUNK_CHARS:
                yield piece.getvalue()
                piece.seek(0)
                piece.truncate()
    except OSError:
        yield piece.getvalue()
        raise
    yield piece.getvalue()


def _written(cell: Cell) -> str:
    if isinstance(cell, NumberText):
        return f"'{cell}"
    if isinstance(cell, str):
        return escape_cell(cell)
    return f"{cell:%Y-%m-%d %H:%M:%S}" if isinstance(cell, datetime) else str(cell)
