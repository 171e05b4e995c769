"""Send tables as CSV or XLSX files."""

import logging
import re
import unicodedata
from collections.abc import Iterable
from datetime import datetime
from urllib.parse import quote

from flask import Response, request, send_file, stream_with_context

from webapp.spreadsheets.csv_writer import Cell, csv_lines
from webapp.spreadsheets.xlsx_writer import write_xlsx
from webapp.web.current import settings
from webapp.web.error_pages import error_page
from webapp.web.failures import Failure

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

NO_ROOM = Failure(
    "This file can't be made now",
    "The dashboard has no room to write it. Download the list as CSV instead.",
    503,
)

MAX_FILE_NAME_CHARS = 50
"""Characters of a file's name, before the date; the whole name has to fit into 255 bytes."""

log = logging.getLogger(__name__)

_NOT_IN_FILE_NAMES = re.compile(r'[\\/:*?"<>|%\s]+')


def table_response(name: str, headings: Iterable[str], rows: Iterable[Iterable[Cell]]) -> Response:
    """Send a table as a file with the name, today's date and the format of the request: XLSX or CSV.

    CSV has commas and is for other programs: Excel expects another separator in each country, and opens XLSX in all.
    """
    if wants_xlsx():
        try:
            response, ending = send_file(write_xlsx(headings, rows), XLSX), "xlsx"
        except OSError as error:
            log.error("file not written", extra={"reason": error.strerror or type(error).__name__})
            return error_page(NO_ROOM)
    else:
        response = Response(stream_with_context(csv_lines(headings, rows)), mimetype="text/csv")
        ending = "csv"
    today = datetime.now(settings().time_zone).date()
    response.headers["Content-Disposition"] = _disposition(f"{_file_name(name)}-{today}.{ending}")
    return response


def wants_xlsx() -> bool:
    """Whether the request is for XLSX, which is sent when it is complete; CSV is sent while it is written."""
    return request.args.get("format") == "xlsx"


def _file_name(name: str) -> str:
    """Remove characters that a file's name can't have."""
    seen = "".join(each for each in name if each.isspace() or unicodedata.category(each)[0] != "C")
    return _NOT_IN_FILE_NAMES.sub(" ", seen)[:MAX_FILE_NAME_CHARS].strip(" .") or "list"


def _disposition(file: str) -> str:
    """Return the header with the name in ASCII, and in Unicode, which browsers prefer (RFC 6266)."""
    decomposed = unicodedata.normalize("NFKD", file).encode("ascii", "ignore").decode()
    plain = " ".join(re.sub(r"[^A-Za-z0-9 ._-]", " ", decomposed).split()).lstrip(" .-")
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(file, safe='')}"
