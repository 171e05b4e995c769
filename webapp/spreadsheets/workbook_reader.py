"""Read a table from a workbook: XLSX, XLS or ODS."""

import io

from python_calamine import CalamineWorkbook

from webapp.spreadsheets.table import ReadOptions, Row, Table, UnreadableFile


def read_workbook(data: bytes, options: ReadOptions) -> Table:
    """Read a sheet of a workbook.

    Raises:
        UnreadableFile: with a sentence for the user.

    """
    book = CalamineWorkbook.from_filelike(io.BytesIO(data))
    sheet = options.sheet if options.sheet in book.sheet_names else book.sheet_names[0]
    cells = book.get_sheet_by_name(sheet).to_python(skip_empty_area=False)
    rows = [Row(number, [_text(cell) for cell in row]) for number, row in enumerate(cells, 1) if any(row)]
    if not rows:
        raise UnreadableFile("empty", "There is nothing in this file.")
    return Table(rows, sheet=sheet, sheets=book.sheet_names)


def _text(cell: object) -> str:
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)
