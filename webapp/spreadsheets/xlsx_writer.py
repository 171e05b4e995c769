"""XLSX files: text stays text in them, whatever it looks like."""

import re
import tempfile
from collections.abc import Iterable
from datetime import date, datetime
from typing import IO, Any

from xlsxwriter import Workbook
from xlsxwriter.exceptions import FileCreateError
from xlsxwriter.worksheet import Worksheet

from webapp.spreadsheets.csv_writer import Cell
from webapp.spreadsheets.escaping import is_escaped

MAX_ROWS = 100_000
"""Rows below the headings. They take 8 seconds; a sheet could hold ten times as many, but no page may take so long."""
MAX_CELL_CHARS = 32_767
MAX_COLUMN_WIDTH = 60

MORE_ROWS = f"Only the first {MAX_ROWS:,} rows are here. Download the list as CSV for all of them."

_NOT_IN_XML = re.compile(r"[\0-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def write_xlsx(headings: Iterable[str], rows: Iterable[Iterable[Cell]]) -> IO[bytes]:
    """Write a table as a workbook of one sheet to a temporary file, and return the file, at its start.

    The headings stay in view and have filters. Memory doesn't grow with the number of rows.

    Raises:
        OSError: when the temporary file can't be written.

    """
    folder = _temporary_folder()
    file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - the caller sends it
    book = Workbook(file, {"constant_memory": True, "tmpdir": folder, "remove_timezone": True})
    sheet = book.add_worksheet()
    formats = {
        date: book.add_format({"num_format": "yyyy-mm-dd"}),
        datetime: book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"}),
    }
    names = list(headings)
    widths = [len(name) + 4 for name in names]  # with room for the filter's button
    for column, name in enumerate(names):
        sheet.write_string(0, column, name, book.add_format({"bold": True}))
    place = 0
    for place, row in enumerate(rows, 1):
        if place > MAX_ROWS:
            sheet.write_string(place, 0, MORE_ROWS)
            break
        for column, cell in enumerate(row):
            widths[column] = max(widths[column], _write(sheet, place, column, cell, formats))
    for column, width in enumerate(widths):
        sheet.set_column(column, column, min(width, MAX_COLUMN_WIDTH))
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, place, len(names) - 1)
    try:
        book.close()
    except FileCreateError as error:
        raise OSError(str(error)) from error
    file.seek(0)
    return file


def _write(sheet: Worksheet, row: int, column: int, cell: Cell, formats: dict[type[date], Any]) -> int:
    """Write a cell, and return its width in characters."""
    if isinstance(cell, str):
        text = f"'{cell}" if is_escaped(cell) else cell  # which reading takes off again
        text = _NOT_IN_XML.sub("\ufffd", text)[:MAX_CELL_CHARS]
        if text:
            sheet.write_string(row, column, text)
        return len(text)
    if isinstance(cell, date):
        sheet.write_datetime(row, column, cell, formats[type(cell)])
        return 20 if isinstance(cell, datetime) else 11
    sheet.write_number(row, column, cell)
    return len(str(cell))


def _temporary_folder() -> str:
    """Return a folder for temporary files: the system's, or memory where nothing else can be written to."""
    try:
        return tempfile.gettempdir()
    except FileNotFoundError:
        return "/dev/shm"  # noqa: S108  # nosec B108 - the files have no names
