"""A process of its own that reads a workbook from its standard input, and writes the table to its standard output.

The parser isn't ours, and a small file can make it take any amount of memory: a range reaches from its first cell to
its last one. So this process is limited, and its end, whatever the reason, costs the dashboard nothing. It imports
nothing of the dashboard, to start quickly.
"""

import io
import json
import re
import resource
import struct
import sys
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import IO

import msgspec
import python_calamine as calamine

MAX_MEMORY_BYTES = 640 * 1024 * 1024
MAX_CPU_SECONDS = 15

MAX_SHEET_ROWS = 1_048_576
PIECE_BYTES = 1024 * 1024

ERRORS = (calamine.CalamineError, zipfile.BadZipFile, struct.error, LookupError, ValueError)


def main() -> None:
    """Read a line of JSON (the wanted sheet's name, or null) and the file, and write a `Workbook` as MessagePack."""
    resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY_BYTES, MAX_MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (MAX_CPU_SECONDS, MAX_CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    wanted = json.loads(sys.stdin.buffer.readline())
    sys.stdout.buffer.write(msgspec.msgpack.encode(read(sys.stdin.buffer.read(), wanted)))


def read(data: bytes, wanted: str | None) -> dict[str, object]:
    """Return the fields of a `workbook_reader.Workbook`: the wanted sheet, or the first one with content."""
    try:
        book = calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
        sheets = _sheets(book)
        if not sheets:
            return {"error": "empty"}
        name = wanted if wanted in sheets else next(iter(sheets))
        rows = list(_rows(sheets[name]))
        _fill_merged(dict(rows), sheets[name])
    except calamine.PasswordError:
        return {"error": "encrypted"}
    except ERRORS:
        return {"error": "encrypted" if _has_password(data) else "damaged"}
    try:
        rows = _with_errors(rows, data, book.sheet_names.index(name))
        hidden_rows, hidden_columns = _hidden(data, book.sheet_names.index(name))
    except ERRORS:  # this matters less than the list
        hidden_rows, hidden_columns = set(), set()
    width = max((len(cells) for _, cells in rows), default=0)
    return {
        "sheet": name,
        "sheets": list(sheets),
        "hidden_rows": sum(number in hidden_rows for number, _ in rows),
        "hidden_columns": sum(number <= width for number in hidden_columns),
        "rows": rows,
    }


def _sheets(book: calamine.CalamineWorkbook) -> dict[str, calamine.CalamineSheet]:
    """Return the sheets with content: those that are shown, or the hidden ones if these are all."""
    found: dict[bool, dict[str, calamine.CalamineSheet]] = {True: {}, False: {}}
    for about in book.sheets_metadata:
        if about.typ == calamine.SheetTypeEnum.WorkSheet:
            sheet = book.get_sheet_by_name(about.name)
            if sheet.start:
                found[about.visible == calamine.SheetVisibleEnum.Visible][about.name] = sheet
    return found[True] or found[False]


def _rows(sheet: calamine.CalamineSheet) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows with content, by their numbers, from column A to the last cell with content."""
    _, left = sheet.start or (0, 0)
    same: dict[str, str] = {}  # equal cells share memory
    for number, values in enumerate(sheet.iter_rows(), 1):
        cells = [""] * left
        for value in values:
            cell = value if type(value) is str else as_text(value)
            cells.append(same.setdefault(cell, cell))
        while cells and not cells[-1]:
            cells.pop()
        if cells:
            yield number, cells


def _fill_merged(rows: dict[int, list[str]], sheet: calamine.CalamineSheet) -> None:
    """Give all rows beside merged cells their value, which the file has in the first row only."""
    for (top, left), (bottom, _) in sheet.merged_cell_ranges or ():
        value = "".join(rows.get(top + 1, [])[left : left + 1])
        for number in range(top + 2, bottom + 2) if value else ():
            if cells := rows.get(number):
                cells.extend([""] * (left + 1 - len(cells)))
                cells[left] = value


def as_text(value: object) -> str:
    """Write a number with all its digits and no exponent, a date or time as in ISO 8601, a boolean as TRUE or FALSE."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, datetime):
        value += timedelta(microseconds=500_000)  # the fraction is only inexact
        return f"{value:%Y-%m-%d %H:%M:%S}"
    if isinstance(value, timedelta):
        minutes, seconds = divmod(round(value.total_seconds()), 60)
        return f"{minutes // 60:02}:{minutes % 60:02}:{seconds:02}"
    if isinstance(value, time):
        return f"{value:%H:%M:%S}"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return f"{value:.0f}"
    return f"{Decimal(repr(value)):f}"


def _with_errors(rows: list[tuple[int, list[str]]], data: bytes, place: int) -> list[tuple[int, list[str]]]:
    """Add what the parser gives as blank cells: errors such as "#N/A", and "#NO RESULT" if a formula's isn't saved."""
    if not data.startswith(b"PK"):
        return rows
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        if "content.xml" in archive.namelist():
            return rows
        with archive.open(_part_of_sheet(archive, place)) as file:
            errors = [match for piece in _pieces(file, b"<c ", b"") for match in _XLSX_ERROR.finditer(piece)]
    found = dict(rows)
    for match in errors:
        column = 0
        for letter in match[1]:
            column = column * 26 + letter - ord("A") + 1
        cells = found.setdefault(int(match[2]), [])
        cells.extend([""] * (column - len(cells)))
        cells[column - 1] = (match[3] or b"#NO RESULT").decode()
    return sorted(found.items())


def _has_password(data: bytes) -> bool:
    """Whether a file that the parser doesn't open is encrypted."""
    try:
        if not data.startswith(b"PK"):
            return any(kind == _FILEPASS for kind, _ in _records(_xls_stream(data), 0))
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return b"encryption-data" in archive.read("META-INF/manifest.xml")
    except ERRORS:
        return False


def _hidden(data: bytes, place: int) -> tuple[set[int], set[int]]:
    """Return the numbers of a sheet's hidden rows and hidden columns, from 1."""
    if not data.startswith(b"PK"):
        return _hidden_in_xls(data, place)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        if "content.xml" in archive.namelist():
            with archive.open("content.xml") as file:
                return _hidden_in_ods(file, place)
        with archive.open(_part_of_sheet(archive, place)) as file:
            return _hidden_in_xlsx(file)


def _part_of_sheet(archive: zipfile.ZipFile, place: int) -> str:
    """Return the name of the XML file that holds an XLSX workbook's sheet."""
    sheets = re.findall(rb"<(?:\w+:)?sheet\b([^>]*)>", archive.read("xl/workbook.xml"))
    [key] = [value for name, value in _ATTRIBUTE.findall(sheets[place]) if name.endswith(b":id")]
    links = re.findall(rb"<(?:\w+:)?Relationship\b([^>]*)>", archive.read("xl/_rels/workbook.xml.rels"))
    targets = {link[b"Id"]: link[b"Target"].decode() for link in map(dict, map(_ATTRIBUTE.findall, links))}
    return targets[key].removeprefix("/") if targets[key].startswith("/") else f"xl/{targets[key]}"


_XLSX_TAG = re.compile(rb"<(?:\w+:)?(row|col)\b([^>]*)>")
_XLSX_ERROR = re.compile(  # a formula's number that is blank was not saved; a blank text has a type
    rb'<c r="([A-Z]{1,3})([0-9]+)"(?:[^>]* t="e"[^>]*>{f}?<v>(#[A-Z0-9/!?_]+)</v>'
    rb'|(?: s="[0-9]+")?>{f}(?:<v ?/>|<v></v>)?</c>)'.replace(b"{f}", rb"(?:<f[^>]*/>|<f[^>]*>[^<]*</f>)")
)
_ODS_TAG = re.compile(rb"<table:(table|table-row|table-column)[\s/>]([^>]*)>?")
_ODS_REPEATED = {b"table-row": b"table:number-rows-repeated", b"table-column": b"table:number-columns-repeated"}
_ATTRIBUTE = re.compile(rb"""([\w:-]+)\s*=\s*["']([^"']*)""")


def _pieces(file: IO[bytes], begin: bytes, only_with: bytes) -> Iterator[bytes]:
    """Yield those pieces of a file in which `only_with` occurs, each from one `begin` to another."""
    rest = b""
    while piece := file.read(PIECE_BYTES):
        text = rest + piece
        end = max(text.rfind(begin), 0)
        rest = text[end:]
        if only_with in text:
            yield text[:end]
    yield rest


def _tags(file: IO[bytes], pattern: re.Pattern[bytes], only_with: bytes) -> Iterator[tuple[bytes, dict[bytes, bytes]]]:
    """Yield the names and attributes of tags, from those pieces of a file in which `only_with` occurs."""
    for piece in _pieces(file, b"<", only_with):
        for match in pattern.finditer(piece):
            yield match[1], dict(_ATTRIBUTE.findall(match[2]))


def _hidden_in_xlsx(file: IO[bytes]) -> tuple[set[int], set[int]]:
    rows: set[int] = set()
    columns: set[int] = set()
    for tag, attributes in _tags(file, _XLSX_TAG, b"hidden="):
        if attributes.get(b"hidden") not in {b"1", b"true"}:
            continue
        if tag == b"row":
            rows.add(int(attributes[b"r"]))
        else:
            columns.update(range(int(attributes[b"min"]), min(int(attributes[b"max"]), MAX_SHEET_ROWS) + 1))
    return rows, columns


def _hidden_in_ods(file: IO[bytes], place: int) -> tuple[set[int], set[int]]:
    hidden: dict[bytes, set[int]] = {tag: set() for tag in _ODS_REPEATED}
    last = dict.fromkeys(_ODS_REPEATED, 0)
    table = -1
    for tag, attributes in _tags(file, _ODS_TAG, b"<table:"):
        if tag == b"table":
            table += 1
        elif table == place:
            count = min(int(attributes.get(_ODS_REPEATED[tag], b"1")), MAX_SHEET_ROWS - last[tag])
            if attributes.get(b"table:visibility") in {b"collapse", b"filter"}:
                hidden[tag].update(range(last[tag] + 1, last[tag] + 1 + count))
            last[tag] += count
    return hidden[b"table-row"], hidden[b"table-column"]


_BOUNDSHEET, _ROW, _COLINFO, _FILEPASS, _EOF = 0x85, 0x208, 0x7D, 0x2F, 0x0A
_HIDDEN_ROW, _HIDDEN_COLUMN = 0x20, 1


def _hidden_in_xls(data: bytes, place: int) -> tuple[set[int], set[int]]:
    rows: set[int] = set()
    columns: set[int] = set()
    stream = _xls_stream(data)
    begins = [struct.unpack_from("<I", body)[0] for kind, body in _records(stream, 0) if kind == _BOUNDSHEET]
    for kind, body in _records(stream, begins[place]):
        if kind == _ROW and struct.unpack_from("<H", body, 12)[0] & _HIDDEN_ROW:
            rows.add(struct.unpack_from("<H", body)[0] + 1)
        elif kind == _COLINFO:
            first, last, _, _, flags = struct.unpack_from("<5H", body)
            if flags & _HIDDEN_COLUMN:
                columns.update(range(first + 1, last + 2))
    return rows, columns


def _records(stream: bytes, begin: int) -> Iterator[tuple[int, bytes]]:
    """Yield the types and contents of an XLS stream's records, up to the end of a sheet."""
    kind = 0
    while kind != _EOF and begin + 4 <= len(stream):
        kind, length = struct.unpack_from("<2H", stream, begin)
        yield kind, stream[begin + 4 : begin + 4 + length]
        begin += 4 + length


def _xls_stream(data: bytes) -> bytes:
    """Return the stream of records in an XLS file, whose sectors are anywhere in it (a compound file)."""
    sector = 1 << struct.unpack_from("<H", data, 30)[0]
    first_entry, smallest, first_small_table = struct.unpack_from("<I4xII", data, 48)
    tables = [place for place in struct.unpack_from("<109I", data, 76) if place < len(data) // sector]
    table = _numbers(b"".join(data[(place + 1) * sector : (place + 2) * sector] for place in tables))
    entries = _chain(data[sector:], sector, table, first_entry)
    for begin in range(0, len(entries), 128):
        name = entries[begin : begin + 64].decode("utf-16-le", "replace").rstrip("\0")
        first, size = struct.unpack_from("<II", entries, begin + 116)
        if name in {"Workbook", "Book"} and size >= smallest:
            return _chain(data[sector:], sector, table, first)
        if name in {"Workbook", "Book"}:  # small streams have sectors of their own, in the first entry's stream
            small = _chain(data[sector:], sector, table, struct.unpack_from("<I", entries, 116)[0])
            return _chain(small, 64, _numbers(_chain(data[sector:], sector, table, first_small_table)), first)
    return b""


def _numbers(table: bytes) -> list[int]:
    return [number for (number,) in struct.iter_unpack("<I", table[: len(table) // 4 * 4])]


def _chain(data: bytes, sector: int, table: list[int], place: int) -> bytes:
    """Join the sectors of a stream: the table has each sector's next one."""
    places: list[int] = []
    while place < len(table) and len(places) <= len(table):
        places.append(place)
        place = table[place]
    return b"".join(data[each * sector : (each + 1) * sector] for each in places)


if __name__ == "__main__":
    main()
