"""Read a table from text: CSV, tab-separated, or pasted cells."""

import csv
import io
import re
from collections.abc import Iterator
from itertools import chain, islice

from webapp.spreadsheets import delimiters, encodings
from webapp.spreadsheets.escaping import unescape_cell
from webapp.spreadsheets.file_kinds import not_a_table
from webapp.spreadsheets.table import Reading, ReadOptions, Row, Table, UnreadableFile, as_rectangle, cell_too_long

MAX_SAMPLES = 3
_SAMPLED_ROWS = 1000
"""Rows with accents from which the samples are chosen."""
_JUDGED_CHARS = 8192
_MAX_CONTROLS = 20
"""Control characters at the beginning of a text; other files have hundreds."""
_CONTROLS = re.compile(r"[\x01-\x08\x0e-\x19\x1b-\x1f]")
_END = "\ue000end"
"""A line after the last one: it is part of the row before it if that one's quotation mark is open."""


def read_text(data: bytes, options: ReadOptions) -> Table:
    """Read a table from text.

    Raises:
        UnreadableFile: with a message for the user.

    """
    if data.endswith((b"\n\x1a", b"\r\x1a")):
        data = data[:-1]  # MS-DOS's end of a file
    possible, is_certain, mark = encodings.detect(data, options.region)
    encoding = options.encoding if options.encoding in possible else possible[0]
    start = _open(data, mark, encoding).read(_JUDGED_CHARS)
    if len(_CONTROLS.findall(start)) > _MAX_CONTROLS:
        raise not_a_table("neither a spreadsheet nor text")
    delimiter = _delimiter(data, mark, encoding, options.delimiter)
    rows = as_rectangle(
        (number, [unescape_cell(cell, delimiter) for cell in cells])
        for number, cells in _records(_open(data, mark, encoding), delimiter)
    )
    question = None if is_certain else _readings(data, mark, possible, delimiter)
    return Table(rows, encoding=encoding, question=question, delimiter=delimiter)


def _open(data: bytes, mark: int, encoding: str) -> io.TextIOWrapper:
    """Decode a text from after its byte order mark. Its lines may end in LF, CR LF or CR alone."""
    file = io.BytesIO(data)
    file.seek(mark)
    return io.TextIOWrapper(file, encoding, errors="replace", newline="")


def _delimiter(data: bytes, mark: int, encoding: str, chosen: str | None) -> str:
    lines = _open(data, mark, encoding)
    first = next(lines, "")
    if chosen in delimiters.DELIMITERS:
        return chosen
    return delimiters.said(first) or delimiters.guess(chain([first], lines))


def _records(lines: io.TextIOWrapper, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows, numbered as a spreadsheet program would: blank lines count, a line "sep=;" doesn't.

    Raises:
        UnreadableFile: if a quotation mark is open at the end.

    """
    first = next(lines, "")
    rest = chain([] if delimiters.said(first) else [first], lines, [_END])
    reader = csv.reader(rest, delimiter=delimiter)
    number = 0
    try:
        for number, cells in enumerate(reader, 1):
            if cells and cells[-1].endswith(_END):
                break
            yield number, cells
    except csv.Error as error:  # more characters in a cell than the module takes
        raise cell_too_long(number + 1) from error
    if cells != [_END]:
        message = f"A cell in row {number:,} doesn't end. Look for a missing or extra quotation mark near it."
        raise UnreadableFile("open_quote", message)


def _readings(data: bytes, mark: int, possible: list[str], delimiter: str) -> list[Reading]:
    """Return how rows read in each encoding: rows that have as many of the doubtful letters as possible."""
    records = _records(_open(data, mark, "latin-1"), delimiter)  # one character for each byte
    doubtful = ((number, cells) for number, cells in records if not "".join(cells).isascii())
    rows = list(islice(doubtful, _SAMPLED_ROWS))
    seen: set[str] = set()
    chosen: list[tuple[int, list[str]]] = []
    while rows and len(chosen) < MAX_SAMPLES:
        best = max(rows, key=lambda row: len(_high(row[1]) - seen))
        rows.remove(best)
        seen |= _high(best[1])
        chosen.append(best)
    chosen.sort()
    return [
        Reading(
            encoding, encodings.NAMES[encoding], [Row(number, _reread(cells, encoding)) for number, cells in chosen]
        )
        for encoding in possible
    ]


def _high(cells: list[str]) -> set[str]:
    return {character for character in "".join(cells) if character > "\x7f"}


def _reread(cells: list[str], encoding: str) -> list[str]:
    return [cell.encode("latin-1").decode(encoding, "replace") for cell in cells]
