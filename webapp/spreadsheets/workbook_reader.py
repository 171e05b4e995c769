"""Read a table from a workbook: XLSX, XLS or ODS."""

import json
import logging
import subprocess  # nosec B404 - it starts this program only
import sys
import threading
from pathlib import Path

import msgspec

from webapp.spreadsheets import workbook_process
from webapp.spreadsheets.escaping import is_escaped
from webapp.spreadsheets.file_kinds import encrypted
from webapp.spreadsheets.table import ReadOptions, Table, UnreadableFile, as_rectangle
from webapp.spreadsheets.zip_check import damaged, too_large

MAX_SECONDS = 15

BUSY = "The dashboard is reading other files just now. Try again in a minute."

_one_at_a_time = threading.BoundedSemaphore()
"""The process that reads a workbook may take much memory."""

log = logging.getLogger(__name__)


class Workbook(msgspec.Struct):
    """What the process found."""

    error: str = ""
    """Why there is no table: "encrypted", "damaged" or "empty"; "" if there is one."""
    sheet: str = ""
    sheets: list[str] = []
    hidden_rows: int = 0
    hidden_columns: int = 0
    rows: list[tuple[int, list[str]]] = []


_WORKBOOK = msgspec.msgpack.Decoder(Workbook)

_COMMAND = (sys.executable, "-I", str(Path(workbook_process.__file__)))


def read_workbook(data: bytes, options: ReadOptions) -> Table:
    """Read a sheet of a workbook.

    Raises:
        UnreadableFile: with a message for the user.

    """
    book = _run(data, options.sheet)
    if book.error == "encrypted":
        raise encrypted()
    if book.error == "damaged":
        raise damaged()
    rows = as_rectangle((number, [_unescape(cell) for cell in cells]) for number, cells in book.rows)
    return Table(
        rows,
        sheet=book.sheet,
        sheets=book.sheets,
        hidden_rows=book.hidden_rows,
        hidden_columns=book.hidden_columns,
    )


def _unescape(cell: str) -> str:
    """Remove the apostrophe of a cell that was in a CSV file before: Excel and LibreOffice keep it in a workbook."""
    return cell[1:] if cell.startswith("'") and is_escaped(cell) else cell


def _run(data: bytes, sheet: str | None) -> Workbook:
    if not _one_at_a_time.acquire(timeout=MAX_SECONDS):
        raise UnreadableFile("busy", BUSY)
    try:
        result = subprocess.run(  # nosec B603 - no input is part of the command
            _COMMAND, input=json.dumps(sheet).encode() + b"\n" + data, capture_output=True, timeout=MAX_SECONDS
        )
    except subprocess.TimeoutExpired as error:
        raise too_large() from error
    finally:
        _one_at_a_time.release()
    if result.returncode < 0 or b"MemoryError" in result.stderr:
        raise too_large()
    try:
        return _WORKBOOK.decode(result.stdout)
    except msgspec.MsgspecError as error:  # the parser panicked, or the process couldn't begin
        log.warning("workbook process failed", extra={"reason": _exception(result.stderr)})
        raise damaged() from error


def _exception(stderr: bytes) -> str:
    """Return the name of the exception at the end of a traceback, without its message: that may have personal data."""
    lines = stderr.decode("utf-8", "replace").strip().splitlines()
    return lines[-1].partition(":")[0][:100] if lines else "none"
