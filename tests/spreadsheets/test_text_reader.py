"""Text as spreadsheet programs write it: every cell is what it was, or the user is asked about its letters."""

import csv
import io
from itertools import product

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from webapp.spreadsheets.csv_writer import Cell, NumberText, csv_lines
from webapp.spreadsheets.reader import read_table
from webapp.spreadsheets.table import MAX_ROWS, ReadOptions, Row, Table, UnreadableFile

NAMES = {
    "EE": ("Õnne Mägi", "Jüri Põder", "Žanna Šveits"),
    "LV": ("Jānis Bērziņš", "Līga Kalniņa", "Ģirts Ķēniņš"),
    "LT": ("Rūta Šarkienė", "Živilė Butkė", "Ąžuolas Ūsas"),
    "PL": ("Łukasz Wiśniewski", "Żaneta Dąbrowska", "Wojciech Źdźbło"),
    "RU": ("Анна Бондаренко", "Пётр Ткаченко", "Юлия Ящук"),
    "FI": ("Päivi Mäkinen", "Väinö Hämäläinen", "Åke Ström"),
    "DE": ("Jürgen Groß", "Käthe Müller", "Örjan Ärmel"),
}
ENCODINGS = [
    ("utf-8-sig", "LV", b""),
    ("utf-8", "RU", b""),
    ("utf-16-le", "LV", b"\xff\xfe"),
    ("utf-16-be", "RU", b""),
    ("cp1257", "EE", b""),
    ("cp1251", "RU", b""),
    ("cp1250", "PL", b""),
    ("cp1252", "FI", b""),
]
CERTAIN = {"utf-8-sig", "utf-8", "utf-16-le", "utf-16-be"}
DELIMITERS = [";", ",", "\t", "|", "^"]
LINE_ENDS = ["\r\n", "\n", "\r"]
SHAPES = ["plain", "all quoted", "line breaks", "blank rows", "no heading"]


def table_of(region: str, delimiter: str, shape: str) -> list[list[str]]:
    """Return rows, with None's place taken by blank rows."""
    rows = [
        [f"+3725555123{place}", name, f"Firma {delimiter} {name}", "Staff, Board" if place else ""]
        for place, name in enumerate(NAMES[region])
    ]
    if shape == "line breaks":
        rows[0][2] = f'{NAMES[region][0]}\r\n2. "rida"'
    if shape == "blank rows":
        rows[1:1] = [[], []]
    return rows if shape == "no heading" else [["Number", "Name", "Company", "Groups"], *rows]


def written(rows: list[list[str]], delimiter: str, line_end: str, shape: str) -> str:
    file = io.StringIO()
    if shape == "all quoted":
        csv.writer(file, delimiter=delimiter, lineterminator=line_end, quoting=csv.QUOTE_ALL).writerows(rows)
    else:
        csv.writer(file, delimiter=delimiter, lineterminator=line_end).writerows(rows)
    return (f"sep=^{line_end}" if delimiter == "^" else "") + file.getvalue()


def expected(rows: list[list[str]]) -> list[Row]:
    return [Row(number, cells) for number, cells in enumerate(rows, 1) if cells]


def read(text: str | bytes, **options: str) -> Table:
    return read_table(text.encode() if isinstance(text, str) else text, ReadOptions(**options))


def rows(text: str | bytes, **options: str) -> list[tuple[int, list[str]]]:
    return [(row.number, row.cells) for row in read(text, **options).rows]


@pytest.mark.parametrize(("shape", "delimiter"), list(product(SHAPES, DELIMITERS)))
@pytest.mark.parametrize(("encoding", "region", "mark"), ENCODINGS, ids=lambda value: str(value))
def test_every_file_reads_as_it_was_written(
    encoding: str, region: str, mark: bytes, shape: str, delimiter: str
) -> None:
    for line_end in LINE_ENDS:
        made = table_of(region, delimiter, shape)
        data = mark + written(made, delimiter, line_end, shape).encode(encoding)
        table = read(data, region=region)
        assert table.delimiter == delimiter
        assert table.rows == expected(made)
        assert (table.question is None) == (encoding in CERTAIN)
        for elsewhere in NAMES:
            other = read(data, region=elsewhere)
            if other.rows != expected(made):
                assert other.question, "no wrong letter without the question"
            if encoding not in CERTAIN:
                assert other.question
                right = [reading for reading in other.question if reading.samples == samples(made, reading.samples)]
                assert right, "the right reading is among those that are offered"
                assert read(data, region=elsewhere, encoding=right[0].encoding).rows == expected(made)


def samples(made: list[list[str]], like: list[Row]) -> list[Row]:
    return [row for row in expected(made) if row.number in [sample.number for sample in like]]


@pytest.mark.parametrize("encoding", ["cp775", "cp850", "cp866", "koi8_u", "mac_roman", "mac_cyrillic", "mac_latin2"])
@pytest.mark.parametrize("region", NAMES)
def test_files_of_old_systems_are_asked_about(encoding: str, region: str) -> None:
    made = table_of(region, ";", "plain")
    text = written(made, ";", "\n", "plain")
    try:
        data = text.encode(encoding)
    except UnicodeEncodeError:
        return  # this encoding has no such letters
    table = read(data, region=region)
    assert table.question
    assert any(reading.samples == samples(made, reading.samples) for reading in table.question)


def test_the_question_shows_three_rows_with_different_letters() -> None:
    lines = ["+37255551230;Mari;Tamm"] * 50 + ["+37255551231;Jüri;Mägi"] * 50 + ["+37255551232;Õie;Žukova"]
    table = read("\n".join(lines).encode("cp1257"), region="EE")
    assert table.question
    assert table.question[0].encoding == "cp1257"
    assert table.question[0].samples[-1] == Row(101, ["+37255551232", "Õie", "Žukova"])
    assert all(len(reading.samples) == 3 for reading in table.question)
    assert len({str(reading.samples) for reading in table.question}) == len(table.question) > 1


def test_an_encoding_that_is_not_offered_is_ignored() -> None:
    assert read("a;Õ\n", encoding="cp1251").rows == [Row(1, ["a", "Õ"])]
    assert read("a;Õ\n".encode("cp1257"), encoding="rot13", region="EE").rows == [Row(1, ["a", "Õ"])]


def test_damaged_utf_8_is_asked_about() -> None:
    table = read("\n".join(["Õnne;Jüri;Mägi"] * 20).encode() + b";\xff\n")
    assert table.question
    assert table.question[0].encoding == "utf-8"
    assert table.rows[0].cells[:3] == ["Õnne", "Jüri", "Mägi"]


@pytest.mark.parametrize(
    ("text", "cells"),
    [
        ("a;b;c\nd;e;f\n", ["a", "b", "c"]),
        ("Tamm, Mari;55551234\nMägi, Jüri;55551235\n", ["Tamm, Mari", "55551234"]),
        ("Tamm; Mari,55551234\nMägi; Jüri,55551235\n", ["Tamm; Mari", "55551234"]),
        ("55551234;Staff, Board, Team\n55551235;Staff\n", ["55551234", "Staff, Board, Team"]),
        ('"a;b","c"\n"d;e","f"\n', ["a;b", "c"]),
        ('"Mari","a;b"\n"Jaan","c;d"\n', ["Mari", "a;b"]),
        ('"Osaühing ""Alfa"", Tartu";55551234\n', ['Osaühing "Alfa", Tartu', "55551234"]),
        ('5 "Alfa";55551234\n', ['5 "Alfa"', "55551234"]),
        ("+37255551234\n+37255551235\n", ["+37255551234"]),
        ("Mari Tamm\t55551234\tStaff;Board\n", ["Mari Tamm", "55551234", "Staff;Board"]),
        ("sep=,\na,b;c\n", ["a", "b;c"]),
        ('"sep=;"\r\na,b;c\n', ["a,b", "c"]),
        ("a;b\n\x1a", ["a", "b"]),
        ("a\0;b\n", ["a\0", "b"]),
        ("a\u00a0b;\u00a0\n", ["a\u00a0b"]),
        ("'+37255551234;'1.10;'quoted'\n", ["+37255551234", "1.10", "'quoted'"]),
        ("x;=HYPERLINK(1)\n", ["x", "=HYPERLINK(1)"]),
        ("3.72E+11;3,72E+11\n", ["3.72E+11", "3,72E+11"]),
    ],
)
def test_the_first_row_of_odd_texts(text: str, cells: list[str]) -> None:
    assert read(text).rows[0].cells == cells


def test_rows_have_the_spreadsheets_numbers() -> None:
    assert rows('\n\na;b\n" ";\n"c\nd";e\n\nf;g') == [(3, ["a", "b"]), (5, ["c\nd", "e"]), (7, ["f", "g"])]
    assert rows("sep=;\r\na;b\r\n\r\nc;d\r\n") == [(1, ["a", "b"]), (3, ["c", "d"])]


def test_rows_have_the_same_number_of_cells() -> None:
    assert rows("a;b;c;;;\nd\ne;f; ;\n") == [(1, ["a", "b", "c"]), (2, ["d", "", ""]), (3, ["e", "f", " "])]


def test_the_user_may_choose_another_delimiter() -> None:
    assert rows("a,b;c\nd,e;f\n", delimiter=",") == [(1, ["a", "b;c"]), (2, ["d", "e;f"])]
    assert rows("a,b;c\nd,e;f\n", delimiter="x") == rows("a,b;c\nd,e;f\n")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf", "empty"),
        (b"\r\n \t;;\r\n", "empty"),
        (b"sep=;\n", "empty"),
        (b"\x89PNG\r\n\x1a\n" + bytes(500), "not_a_table"),
        (b"\xff\xd8\xff\xe0" + bytes(500), "not_a_table"),
        (b"GIF89a" + bytes(500), "not_a_table"),
        (b"%PDF-1.7\n", "not_a_table"),
        (b"\xef\xbb\xbf<html><table><tr><td>1</td>", "not_a_table"),
        (b"BEGIN:VCARD\r\nVERSION:3.0\r\n", "not_a_table"),
        (bytes(range(256)) * 40, "not_a_table"),
        (b"x;" * 199 + b"x\n", "too_many_columns"),
        (b"a;b\n" + b"x" * 40_000 + b";y\n", "cell_too_long"),
        (b"a;b\n" + b"x" * 1_000_000 + b";y\n", "cell_too_long"),
        (b'a;b\n"c;d\ne;f\n', "open_quote"),
        (b'a;b\n"c;d\n' + b"e;f\n" * 50_000, "cell_too_long"),
        (b"a\n" * (MAX_ROWS + 2), "too_many_rows"),
        (b"\n" * 1_100_000 + b"a", "too_many_rows"),
        (b"<?xml version='1.0'?><Workbook>", "not_a_table"),
        (b"a" * (10 * 1024 * 1024 + 1), "too_large"),
    ],
    ids=lambda value: value if isinstance(value, str) else repr(value[:12]),
)
def test_what_cannot_be_read_is_refused_with_its_reason(data: bytes, reason: str) -> None:
    with pytest.raises(UnreadableFile) as refused:
        read(data)
    assert refused.value.reason == reason
    assert str(refused.value).endswith(".")


def test_as_many_rows_as_the_limit_are_read() -> None:
    assert len(read(b"Number\n" + b"a\n" * MAX_ROWS + b"\n").rows) == MAX_ROWS + 1


ESCAPED = ["'=1", "''=1", "'5", "''5", "'1.10", "'TRUE", "a;'=1", "a,''=1", "';=1", "' =1", "'"]
CELLS = st.sampled_from(ESCAPED) | st.text(
    st.one_of(st.sampled_from("=+-@;,\"'\t\r\n |09.: \u00a0\0\ufeff"), st.characters(codec="utf-8")), max_size=12
)


@hypothesis_settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=4))
def test_what_the_dashboard_writes_reads_back_the_same(cells: list[tuple[str, str]]) -> None:
    made: list[list[Cell]] = [[NumberText(f"+3725555123{place}"), *pair, "No"] for place, pair in enumerate(cells)]
    text = "".join(csv_lines(["Number", "Name", "Company", "Blacklisted"], made))
    table = read(text)
    assert (table.delimiter, table.question) == (",", None)
    assert [row.cells for row in table.rows[1:]] == [[one_line(str(cell)) for cell in row] for row in made]


def one_line(text: str) -> str:
    """Return a text as a CSV file of the dashboard has it: on one line, without control characters."""
    return " ".join("".join(each for each in text if each.isspace() or not is_control(each)).split())


def is_control(character: str) -> bool:
    return character < " " or "\x7f" <= character < "\xa0"
