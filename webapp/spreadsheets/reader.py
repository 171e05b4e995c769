"""Read a table from CSV and other text, XLSX, XLS or ODS."""

from webapp.spreadsheets.file_kinds import is_workbook
from webapp.spreadsheets.table import MAX_BYTES, ReadOptions, Table, UnreadableFile
from webapp.spreadsheets.text_reader import read_text
from webapp.spreadsheets.workbook_reader import read_workbook


def read_table(data: bytes, options: ReadOptions) -> Table:
    """Read a file, or cells that were pasted. The content tells the kind, whatever the file's name is.

    Nothing is evaluated: a formula's cell has the value that the spreadsheet program saved.

    Args:
        data: the whole file, or pasted text as UTF-8.
        options: what the user chose so far.

    Raises:
        UnreadableFile: with a message for the user.

    """
    if len(data) > MAX_BYTES:
        raise UnreadableFile("too_large", "The file is larger than 10 MB. Split the list.")
    return read_workbook(data, options) if is_workbook(data) else read_text(data, options)
