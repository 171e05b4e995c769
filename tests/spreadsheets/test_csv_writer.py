"""Files for spreadsheets: complete, and without anything that runs."""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from email.message import Message
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from webapp.settings import Settings
from webapp.spreadsheets.csv_writer import CHUNK_CHARS, Cell, csv_lines
from webapp.spreadsheets.escaping import escape_cell
from webapp.web.downloads import table_response

INVISIBLE = " \u00a0\u3000\0\ufeff\u200b\u202e\u2066\u00ad"


def read(text: str, delimiter: str = ",") -> list[list[str]]:
    assert text.startswith("\ufeff")
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), delimiter=delimiter))


def would_run_somewhere(text: str, delimiter: str) -> bool:
    return any(would_run(cell) for line in read(text, delimiter) for cell in line)


def would_run(cell: str) -> bool:
    return cell.lstrip(INVISIBLE + '"\t\r\n')[:1] in {*"=+-@＝＋－＠"}


@pytest.mark.parametrize(
    "text",
    [
        "=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1", "＝1+1", "＋1", "－1", "＠A1", "\ufeff=1",
        "\0=1", "\0 =1", " \0\ufeff\u200b\u202e=1", "\u00a0=1", "\u2066-1", "\x1b=1", '"=1+1"',
        "=cmd|' /C calc'!A0", "=" * 10_000,
    ],
)  # fmt: skip
def test_no_cell_runs(text: str) -> None:
    assert escape_cell(text).startswith("'")
    [_, [cell]] = read("".join(csv_lines(["A"], [[text]])))
    assert cell == escape_cell(text)


@pytest.mark.parametrize(
    "text", ["a;=1+1;", "a; =1+1;", 'a;"=1+1";', "a;\ufeff@A1", ";=1+1", ";=1;+1;-1", "a;\t=1", "a;\0=1"]
)
def test_no_cell_runs_where_semicolons_split_cells(text: str) -> None:
    quoted = text.replace('"', '""')
    assert would_run_somewhere(f'\ufeff"x","{quoted}"', ";"), "it would, left as it is"
    assert not would_run_somewhere("".join(csv_lines(["A", "B"], [["x", text]])), ";")


@pytest.mark.parametrize(
    "text",
    [
        "00372", "007", "37251234567890", "1" * 400,
        # Numbers: read by LibreOffice in English, Estonian, German or Russian, unless it says Excel.
        "1E5", "3.7e11", "2.04E+3", "1.10", "1.5", ".5", ",23", "5.", "1,234", "1.234,50", "1 234", "1\u00a0234", "5-",
        "1\u202f234,50", "1’234", "1'234", "5+", "(5)", "(1,234.50)", "1 3/4", "5555 1234",
        # Per cent and money.
        "5%", "7,5 %", "€5", "5 €", "$5", "$ 5", "£1.20", "5 ₽", "5 kr", "5 EUR", "5 руб.", "5,-",
        # Dates.
        "25.12", "25.12.", "5.5.26", "1.2.3", "31.12.2026", "3/4", "1/2/3", "11/2026", "2026-11-25", "24/7", "12-34",
        "2026-11-24 12:00:00", "2026-11-25T12:30:00", "2026-11-25T12:30:00Z", "JAN-5", "Jan 2026", "may 2026", "5 May",
        "Apr. 5", "Jan 5, 2026", "Sept 5", "5. jaan", "Jaan 5", "5 dets", "3. märts 2026", "veebr 5", "5. Mai", "Mär 5",
        "Dez-24", "5 января", "май 5", "1 янв. 2026", "1 января 2026 г.", "Mon 5 Jan", "Mi 5 Jan", "E 25.12.2026",
        "Monday, 5 January 2026",
        # Times.
        "12:30", "1:2:3", "100:00", "5:", "10:30 PM", "5pm", "10 p.m.", "12:30:15.5", "06: nachm.", "10 p",  # Excel
        # True and false.
        "TRUE", "false", "TÕENE", "Väär", "WAHR", "falsch", "ИСТИНА", "ложь",
        # After invisible characters.
        "\u200e5%", "1.10\u200b",
    ],
)  # fmt: skip
def test_text_that_a_spreadsheet_would_convert_stays_text(text: str) -> None:
    [_, [cell]] = read("".join(csv_lines(["A"], [[text]])))
    assert cell.startswith("'")
    assert cell.removeprefix("'") == " ".join(text.split())


@pytest.mark.parametrize(
    "text",
    [
        "Staff", "Õpetajad = 3", "5-day", "", "48", "0", "2026", "a;b; c", "Анна", "محمد", "5a", "A5", "5 km", "№5",
        'the "best", he said', "mari@acme.example", "mari5@acme.example", "👩\u200d🔧", "O'Neill", "'quoted'",
        "May", "March", "Mai", "Jan", "Jaan", "Ott", "Mart", "August", "April", "Juan 5", "Mari 5", "Group 5",
        "Monday 5", "True love", "24/7 support", "3 rooms", "5. klass", "9th floor", "7-Eleven", "Pärnu mnt 5",
        "Tallinn 10115", "50 Cent", "...", "1.2.3.4a", "x" * 10_000,
    ],
)  # fmt: skip
def test_other_cells_stay_as_they_are(text: str) -> None:
    assert escape_cell(text) == text
    assert read("".join(csv_lines(["A"], [[text]])))[1] == [text]


def test_numbers_and_dates_are_written_as_such() -> None:
    row: list[Cell] = [48, -1, date(2026, 12, 3), datetime(2026, 11, 25, 9, 5, 7, 999, tzinfo=UTC)]
    assert read("".join(csv_lines([*"ABCD"], [row])))[1] == ["48", "-1", "2026-12-03", "2026-11-25 09:05:07"]


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("one\r\ntwo\u2028three\x85four", "one two three four"),
        ("  a\t b ", "a b"),
        ("a\0b\x1b[1mc\x7f", "ab[1mc"),
        ("half \ud83d", "half \ufffd"),
    ],
)
def test_a_cell_is_one_line_without_control_characters(text: str, kept: str) -> None:
    assert escape_cell(text) == kept
    kept.encode()


CELLS = st.text(st.one_of(st.sampled_from("=+-@;,\"'\t\r\n " + INVISIBLE), st.characters()), max_size=12)


@hypothesis_settings(max_examples=150, deadline=None)
@given(st.lists(CELLS, min_size=3, max_size=3))
def test_any_cells_give_a_valid_table(row: list[str]) -> None:
    written = "".join(csv_lines(["A", "B", "C"], [row, ["x", "y", "z"]]))
    written.encode()
    assert written.count("\r\n") == len(written.splitlines()) == 3
    table = read(written)
    assert table[0] == ["A", "B", "C"]
    assert table[2] == ["x", "y", "z"]
    assert len(table[1]) == 3
    for delimiter in ",;\t":
        assert not would_run_somewhere(written, delimiter)


def test_every_cell_is_quoted_and_lines_end_as_spreadsheets_expect() -> None:
    assert "".join(csv_lines(["A", "B"], [["1", 'say "no"']])) == '\ufeff"A","B"\r\n"1","say ""no"""\r\n'
    assert "".join(csv_lines(["A"], [])) == '\ufeff"A"\r\n'


def test_a_long_table_comes_in_pieces() -> None:
    asked = 0

    def rows() -> Iterator[list[str]]:
        nonlocal asked
        while True:
            asked += 1
            yield ["x" * 100] * 10

    pieces = csv_lines(["A"] * 10, rows())
    assert asked == 0, "nothing is made before it is sent"
    for _ in range(3):
        assert CHUNK_CHARS <= len(next(pieces)) < CHUNK_CHARS + 1100
    assert asked < 60
    whole = list(csv_lines(["A"], [[str(number)] for number in range(10_000)]))
    assert max(map(len, whole)) < CHUNK_CHARS + 100
    assert [cell for [cell] in read("".join(whole))[1:]] == [str(number) for number in range(10_000)]


@pytest.mark.parametrize(
    ("name", "plain", "full"),
    [
        ("contacts", "contacts", "contacts"),
        ("Õhtune vahetus", "Ohtune vahetus", "Õhtune vahetus"),
        ("Ночная смена", "", "Ночная смена"),
        ("Summer party 🎉", "Summer party", "Summer party 🎉"),
        ("Customers: retail / wholesale", "Customers retail wholesale", "Customers retail wholesale"),
        ("../../etc/passwd", "etc passwd", "etc passwd"),
        ('a"; filename="b.exe', "a filename b.exe", "a ; filename= b.exe"),
        ("a\r\nSet-Cookie: b", "a Set-Cookie b", "a Set-Cookie b"),
        ("x\u202etxt.exe\0", "xtxt.exe", "xtxt.exe"),
        ("%41*'();", "41", "41 '();"),
        ("", "list", "list"),
        ("...", "list", "list"),
        ("ö" * 250, "o" * 50, "ö" * 50),
        ("🎉" * 250, "", "🎉" * 50),
    ],
)
def test_a_file_has_its_name(app: Flask, name: str, plain: str, full: str) -> None:
    with app.test_request_context():
        header = table_response(name, [], []).headers["Content-Disposition"]
    assert header.isascii()
    assert header.isprintable()
    found = re.fullmatch(r"attachment; filename=\"([A-Za-z0-9 ._-]*)-?(\d{4}-\d\d-\d\d)\.csv\"; filename\*=\S+", header)
    assert found
    assert found[1].strip(" -") == plain
    message = Message()
    message["Content-Disposition"] = re.sub(r' filename="[^"]*";', "", header)
    assert message.get_filename() == f"{full}-{found[2]}.csv"
    assert len(f"{full}-{found[2]}.csv".encode()) < 255


@pytest.mark.parametrize("hours", [-12, 14])
def test_a_file_name_has_the_teams_date(app: Flask, settings: Settings, hours: int) -> None:
    """At least one of the two zones has another date than UTC now."""
    zone = ZoneInfo(f"Etc/GMT{-hours:+}")
    app.extensions["settings"] = replace(settings, time_zone=zone)
    with app.test_request_context():
        header = table_response("contacts", [], []).headers["Content-Disposition"]
    assert f"contacts-{datetime.now(zone).date()}.csv" in header
