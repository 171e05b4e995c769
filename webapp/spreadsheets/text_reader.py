"""Read a table from text: CSV, tab-separated, or pasted cells."""

import csv
import io
from collections.abc import Iterator

from webapp.spreadsheets.table import ReadOptions, Row, Table, UnreadableFile

DELIMITERS = (";", ",", "\t", "|")


def read_text(data: bytes, options: ReadOptions) -> Table:
    """Read a table from text.

    Raises:
        UnreadableFile: with a sentence for the user.

    """
    text = data.decode("utf-8-sig", "replace")
    first = text.partition("\n")[0]
    delimiter = options.delimiter or max(DELIMITERS, key=first.count)
    rows = [Row(number, cells) for number, cells in _records(text, delimiter) if any(cells)]
    if not rows:
        raise UnreadableFile("empty", "There is nothing in this file.")
    width = max(len(row.cells) for row in rows)
    for row in rows:
        row.cells.extend([""] * (width - len(row.cells)))
    return Table(rows, encoding="utf-8", delimiter=delimiter)


def _records(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    return enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), 1)
