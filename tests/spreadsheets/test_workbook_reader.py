"""Workbooks of several programs: every cell is what the program shows, and nothing in a file harms the dashboard."""

import io
import itertools
import os
import re
import struct
import subprocess
import sys
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from openpyxl import Workbook as OpenpyxlWorkbook
from xlsxwriter import Workbook

from webapp.spreadsheets import workbook_process
from webapp.spreadsheets.csv_writer import Cell
from webapp.spreadsheets.file_kinds import OLE
from webapp.spreadsheets.reader import read_table
from webapp.spreadsheets.table import ReadOptions, Row, Table, UnreadableFile
from webapp.spreadsheets.xlsx_writer import write_xlsx

MIB = 1024 * 1024


def read(data: bytes, **options: str) -> Table:
    return read_table(data, ReadOptions(**options))


def by_xlsxwriter(fill: Callable[[Workbook], None]) -> bytes:
    file = io.BytesIO()
    book = Workbook(file, {"in_memory": True})
    fill(book)
    book.close()
    return file.getvalue()


def cells_by_xlsxwriter(*cells: Any) -> bytes:
    """Make a sheet of one row; a tuple is a value with its number format."""

    def fill(book: Workbook) -> None:
        sheet = book.add_worksheet()
        for column, cell in enumerate(cells):
            value, form = cell if isinstance(cell, tuple) else (cell, "General")
            sheet.write(0, column, value, book.add_format({"num_format": form}))

    return by_xlsxwriter(fill)


def cells_by_openpyxl(*cells: Any) -> bytes:
    book = OpenpyxlWorkbook()
    for column, cell in enumerate(cells, 1):
        value, form = cell if isinstance(cell, tuple) else (cell, "General")
        book.active.cell(1, column, value).number_format = form
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def packed(members: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return file.getvalue()


def unpacked(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


SMALL = cells_by_xlsxwriter("+37255551234")


CELLS: list[tuple[Any, str]] = [
    ("Õnne „Ö“ Анна 👩\u200d🔧", "Õnne „Ö“ Анна 👩\u200d🔧"),
    (37256991101, "37256991101"),
    (37256991101.0, "37256991101"),
    ((37256991101, "0.00E+00"), "37256991101"),
    (123456789012345, "123456789012345"),
    (1e21, "1000000000000000000000"),
    (-5, "-5"),
    (0.5, "0.5"),
    (0.000001234, "0.000001234"),
    (55551234.25, "55551234.25"),
    (True, "TRUE"),
    (False, "FALSE"),
    ((46000, "dd.mm.yyyy"), "2025-12-09"),
    ((46000.75, "dd.mm.yyyy hh:mm"), "2025-12-09 18:00:00"),
    ((0.75, "hh:mm"), "18:00:00"),
    ((1.75, "[h]:mm"), "42:00:00"),
    ("3.72E+11", "3.72E+11"),
    ("00372", "00372"),
    ("two\nlines", "two\nlines"),
    ("a\u00a0b", "a\u00a0b"),
    ("'+37255551234", "+37255551234"),
    ("'1.10", "1.10"),
    ("'quoted'", "'quoted'"),
]
"""What is written, with its number format if it has one, and what it reads as."""


@pytest.mark.parametrize("write", [cells_by_xlsxwriter, cells_by_openpyxl])
def test_a_cell_is_what_it_was(write: Callable[..., bytes]) -> None:
    [row] = read(write(*(value for value, _ in CELLS))).rows
    assert row.cells == [text for _, text in CELLS]


def test_a_formula_has_the_value_that_was_saved() -> None:
    def fill(book: Workbook) -> None:
        sheet = book.add_worksheet()
        sheet.write_formula(0, 0, '=HYPERLINK("https://example.com","Mari")', value="Mari")
        sheet.write_formula(0, 1, "=A5+1", value=37255551234)
        sheet.write_string(0, 2, "=HYPERLINK(1)")

    assert read(by_xlsxwriter(fill)).rows == [Row(1, ["Mari", "37255551234", "=HYPERLINK(1)"])]


def test_a_formulas_error_is_not_taken_for_a_blank_cell() -> None:
    def fill(book: Workbook) -> None:
        sheet = book.add_worksheet()
        sheet.write_formula(0, 0, "=1/0", value="#DIV/0!")
        sheet.write(1, 0, "x")
        sheet.write_formula(1, 2, "=VLOOKUP(A1,B:B,1)", value="#N/A")

    assert read(by_xlsxwriter(fill)).rows == [Row(1, ["#DIV/0!", "", ""]), Row(2, ["x", "", "#N/A"])]


def test_a_formula_without_a_saved_value_is_not_taken_for_a_blank_cell() -> None:
    """Programs that don't calculate write such files. A text that is blank is a value."""
    blank = b'<c r="C1" t="str"><f>A1&amp;""</f><v></v></c></row>'
    written = unpacked(cells_by_openpyxl("=A2", "x"))
    sheet = written["xl/worksheets/sheet1.xml"]
    assert b"<f>A2</f><v" in sheet
    for value in (b"<v></v>", b"<v />", b""):
        found = re.sub(rb"</f><v ?/>|</f><v></v>", b"</f>" + value, sheet.replace(b"</row>", blank))
        assert read(packed(written | {"xl/worksheets/sheet1.xml": found})).rows == [Row(1, ["#NO RESULT", "x"])]


def test_merged_cells_have_their_value_in_each_row() -> None:
    def fill(book: Workbook) -> None:
        sheet = book.add_worksheet()
        sheet.merge_range(0, 0, 2, 0, "Staff")  # nothing else is in its third row
        sheet.write(1, 1, "Phone")
        for row in (3, 4, 5):
            sheet.write(row, 1, f"+3725555123{row}")
        sheet.merge_range(3, 2, 4, 3, "Acme")

    assert [row.cells for row in read(by_xlsxwriter(fill)).rows] == [
        ["Staff", "", ""],
        ["Staff", "Phone", ""],
        ["", "+37255551233", "Acme"],
        ["", "+37255551234", "Acme"],
        ["", "+37255551235", ""],
    ]


def test_rows_and_columns_have_their_places() -> None:
    def fill(book: Workbook) -> None:
        sheet = book.add_worksheet()
        sheet.write(2, 1, "Number")
        sheet.write(5, 1, "+37255551234")
        sheet.write(5, 3, " ")
        sheet.write_blank(9, 9, None, book.add_format({"bold": True}))

    assert read(by_xlsxwriter(fill)).rows == [Row(3, ["", "Number"]), Row(6, ["", "+37255551234"])]


def test_hidden_rows_and_columns_are_read_and_counted() -> None:
    def fill(book: Workbook) -> None:
        sheet = book.add_worksheet()
        for row in range(10):
            sheet.write_row(row, 0, [f"+3725555123{row}", "Mari", "Tamm"])
        for row in (2, 3, 20):
            sheet.set_row(row, None, None, {"hidden": True})
        sheet.set_column(1, 1, None, None, {"hidden": True})
        sheet.set_column(7, 9, None, None, {"hidden": True})

    table = read(by_xlsxwriter(fill))
    assert (len(table.rows), table.hidden_rows, table.hidden_columns) == (10, 2, 1)


def test_sheets_with_content_are_offered() -> None:
    def fill(book: Workbook) -> None:
        book.add_worksheet("Empty")
        for name in ("Töötajad", "Hidden", "Клиенты"):
            sheet = book.add_worksheet(name)
            sheet.write(0, 0, name)
            if name == "Hidden":
                sheet.hide()
        chart = book.add_chart({"type": "bar"})
        chart.add_series({"values": "=Empty!$A$1:$A$2"})
        book.add_chartsheet("Chart").set_chart(chart)

    data = by_xlsxwriter(fill)
    assert (read(data).sheets, read(data).sheet) == (["Töötajad", "Клиенты"], "Töötajad")
    assert read(data, sheet="Клиенты").rows == [Row(1, ["Клиенты"])]
    assert read(data, sheet="Nothing").rows == [Row(1, ["Töötajad"])]


TEXTS = st.sampled_from(["'=1", "''=1", "'5", "'1.10", "'TRUE", "' =1", "'"]) | st.text(
    st.one_of(
        st.sampled_from("=+-@'\"09.: \n\u00a0_x"), st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Cn"])
    ),
    max_size=12,
)


@hypothesis_settings(max_examples=8, deadline=None)
@given(st.lists(TEXTS, min_size=99, max_size=99))
def test_what_the_dashboard_writes_reads_back_the_same(texts: list[str]) -> None:
    rows: list[list[Cell]] = [
        [f"+3725555{place:02}", text, date(2026, 12, 3), 7, "No"] for place, text in enumerate(texts)
    ]
    with write_xlsx(["Number", "Name", "Deleted on", "Contacts", "Blacklisted"], rows) as file:
        table = read(file.read())
    assert [row.cells for row in table.rows[1:]] == [[row[0], row[1], "2026-12-03", "7", "No"] for row in rows]


def lying() -> bytes:
    """Make a workbook that says that its 60 MiB of text are 1,000 bytes."""
    data = bytearray(packed(unpacked(SMALL) | {"xl/sharedStrings.xml": bytes(60 * MIB)}))
    size = struct.pack("<I", 60 * MIB)
    assert data.count(size) >= 2
    return bytes(data.replace(size, struct.pack("<I", 1000)))


def far_cell() -> bytes:
    def fill(book: Workbook) -> None:
        sheet = book.add_worksheet()
        sheet.write(0, 0, "x")
        sheet.write(1_048_575, 16_383, "x")

    return by_xlsxwriter(fill)


def wide() -> bytes:
    return cells_by_xlsxwriter(*["x"] * 200)


def long_cell() -> bytes:
    members = unpacked(SMALL)
    return packed(members | {"xl/sharedStrings.xml": members["xl/sharedStrings.xml"].replace(b"+372", b"x" * MIB)})


def encrypted_ods() -> bytes:
    manifest = b"""<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">
    <manifest:file-entry manifest:full-path="content.xml"><manifest:encryption-data/></manifest:file-entry>
    </manifest:manifest>"""
    mimetype = b"application/vnd.oasis.opendocument.spreadsheet"
    return packed({"mimetype": mimetype, "content.xml": bytes(50), "META-INF/manifest.xml": manifest})


HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    "a zip bomb": (lambda: packed(unpacked(SMALL) | {"xl/worksheets/sheet2.xml": bytes(60 * MIB)}), "too_large"),
    "a zip bomb in many parts": (
        lambda: packed(unpacked(SMALL) | {f"xl/{part}.xml": bytes(6 * MIB) for part in range(10)}),
        "too_large",
    ),
    "many members": (lambda: packed(unpacked(SMALL) | {f"xl/{part}.xml": b"" for part in range(2001)}), "too_large"),
    "sizes that lie": (lying, "too_large"),
    "a zip in a zip": (lambda: packed({"inner.zip": packed({"inner.zip": bytes(MIB)})}), "not_a_table"),
    "a Word document": (lambda: packed({"word/document.xml": b"<w/>"}), "not_a_table"),
    "a binary workbook": (lambda: packed({"xl/workbook.bin": b""}), "not_a_table"),
    "a cell far away": (far_cell, "too_large"),
    "half a workbook": (lambda: SMALL[: len(SMALL) // 2], "damaged"),
    "a workbook without sheets": (lambda: packed({"xl/workbook.xml": b"<workbook/>"}), "damaged"),
    "XML that ends early": (
        lambda: packed(unpacked(SMALL) | {"xl/worksheets/sheet1.xml": b"<worksheet><sheet"}),
        "damaged",
    ),
    "an empty sheet": (lambda: by_xlsxwriter(lambda book: book.add_worksheet()), "empty"),
    "200 columns": (wide, "too_many_columns"),
    "a cell of 1 MiB": (long_cell, "cell_too_long"),
    "an XLSX with a password": (lambda: OLE + bytes(600) + "EncryptedPackage".encode("utf-16-le"), "encrypted"),
    "an ODS with a password": (encrypted_ods, "encrypted"),
    "an old Word document": (lambda: OLE + bytes(600) + "WordDocument".encode("utf-16-le"), "not_a_table"),
    "a damaged XLS": (lambda: OLE + bytes(600) + "Workbook\0".encode("utf-16-le"), "damaged"),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_and_damaged_files_are_refused(kind: str) -> None:
    make, reason = HOSTILE[kind]
    with pytest.raises(UnreadableFile) as refused:
        read(make())
    assert refused.value.reason == reason
    assert str(refused.value).endswith(".")


@pytest.mark.long
def test_refusing_bombs_takes_little_memory(tmp_path: Path) -> None:
    bombs = [tmp_path / name for name in ("a zip bomb", "many members", "sizes that lie", "a cell far away")]
    for bomb in bombs:
        bomb.write_bytes(HOSTILE[bomb.name][0]())
    code = r"""
import re, sys
from pathlib import Path
from webapp.spreadsheets.reader import read_table
from webapp.spreadsheets.table import ReadOptions, UnreadableFile
def peak():
    # Not by `getrusage`: its peak includes that of the process that started this one.
    return int(re.search(r"VmHWM:\s+([0-9]+)", Path("/proc/self/status").read_text())[1])
before = peak()
for bomb in sys.argv[1:]:
    try:
        read_table(Path(bomb).read_bytes(), ReadOptions())
    except UnreadableFile:
        continue
print(peak() - before)
"""
    used = subprocess.run([sys.executable, "-c", code, *bombs], capture_output=True, check=True).stdout
    assert int(used) < 30 * 1024


@pytest.mark.long
def test_one_workbook_is_read_at_a_time() -> None:
    """Each process may take much memory, and any editor may upload many files."""

    def fill(book: Workbook) -> None:
        sheet = book.add_worksheet()
        for number in range(20_000):
            sheet.write_row(number, 0, [f"Mari {number}"] * 8)

    data = by_xlsxwriter(fill)
    with ThreadPoolExecutor(4) as pool:
        reading = [pool.submit(read_table, data, ReadOptions()) for _ in range(4)]
        most = 0
        while not all(each.done() for each in reading):
            most = max(most, _running_readers())
        assert [len(each.result().rows) for each in reading] == [20_000] * 4
    assert most == 1


def _running_readers() -> int:
    """Count the processes that read a workbook for this one, which may have other children."""
    lists = [path.read_text().split() for path in Path(f"/proc/{os.getpid()}/task").glob("*/children")]
    commands = []
    for pid in itertools.chain(*lists):
        with suppress(OSError):
            commands.append(Path(f"/proc/{pid}/cmdline").read_text())
    return sum(workbook_process.__file__ in command for command in commands)
