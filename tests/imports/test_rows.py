"""What rows say about contacts: nothing is changed silently, and what can't be imported says why."""

import csv
import io

import msgspec
import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from webapp.contacts.export import download_contacts
from webapp.imports.cells import read_detail
from webapp.imports.columns import check_columns, guess_columns
from webapp.imports.rows import ImportRow, RowOptions, read_rows
from webapp.phonebook import Contact
from webapp.phonebook.models import DETAILS
from webapp.sandbox import sample
from webapp.spreadsheets.reader import read_table
from webapp.spreadsheets.table import ReadOptions, Row, Table

NUMBER = "+37255551234"
MESSENTE_COLUMNS = {
    "Title": "title",
    "First Name": "first_name",
    "Last Name": "last_name",
    "Phone": "number",
    "Email": "email",
    "Company": "company",
    "Custom": "custom",
    "Custom2": "custom2",
    "Custom3": "custom3",
    "Custom4": "custom4",
}


def read(
    columns: str, *rows: list[str], region: str = "EE", known: dict[str, Contact] | None = None, **options: bool
) -> list[ImportRow]:
    table = Table([Row(number, cells) for number, cells in enumerate(rows, 1)])
    return read_rows(table, columns.split(","), region, RowOptions(has_heading=False, **options), known or {})


def one(columns: str, *cells: str, add_plus: bool = False, last_name_first: bool = False) -> ImportRow:
    [row] = read(columns, list(cells), add_plus=add_plus, last_name_first=last_name_first)
    return row


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        ("+37255551234", NUMBER),
        ("37255551234", NUMBER),
        ("37255551234.0", NUMBER),
        ("37255551234,00", NUMBER),
        ("55551234", NUMBER),
        ("5555 1234", NUMBER),
        ("'+37255551234", NUMBER),
        ("\u00a0+372 5555 1234\u00a0", NUMBER),
        ("tel: 00372 5555-1234", NUMBER),
        ("+371 2012 3456", "+37120123456"),
    ],
)
def test_numbers(cell: str, number: str) -> None:
    assert one("number", cell).number == number


@pytest.mark.parametrize(
    ("cell", "reason", "option"),
    [
        ("", "There is no number in it", ""),
        ("3.72E+11", "A spreadsheet has shortened this number: import the .xlsx file, which has all its digits", ""),
        ("3,72556E+11", "A spreadsheet has shortened this number: import the .xlsx file, which has all its digits", ""),
        ("55551234 / 55551235", "There is more than one number in it", "split_numbers"),
        ("+37255551234\n+37255551235", "There is more than one number in it", "split_numbers"),
        ("37120123456", "It is too long for a number in Estonia", "add_plus"),
        ("371 2012-3456", "It is too long for a number in Estonia", "add_plus"),
        ("2026-05-01", "It looks like a date", ""),
        ("=HYPERLINK(1)", "It has letters in it: leave only the number", ""),
        ("5555\0 1234", "It has an invisible character in it", ""),
        ("+3725", "It is too short", ""),
    ],
)
def test_numbers_that_are_refused(cell: str, reason: str, option: str) -> None:
    row = one("first_name,number", "Mari", cell)
    assert row.refusal
    assert (row.refusal.cell, row.refusal.text, row.refusal.option) == ("B1", cell, option)
    assert row.refusal.reason.startswith(reason)
    assert row.number == ""


def test_without_a_region_national_numbers_are_refused() -> None:
    [row] = read("number", ["55551234"], region="")
    assert row.refusal
    assert row.refusal.reason == "Write the number with + and the country code"


def test_two_numbers_in_a_cell_are_two_contacts_if_the_user_says_so() -> None:
    rows = read("number,first_name", ["55551234; 55551235", "Mari"], ["55551235", "Mari"], split_numbers=True)
    assert [(row.row, row.number, row.details["first_name"], row.same_as) for row in rows] == [
        (1, "+37255551234", "Mari", None), (1, "+37255551235", "Mari", None), (2, "+37255551235", "Mari", 1),
    ]  # fmt: skip


def test_numbers_get_their_plus_if_the_user_says_so() -> None:
    assert one("number", "37120123456", add_plus=True).number == "+37120123456"
    assert one("number", "371 2012 3456", add_plus=True).number == "+37120123456"
    assert one("number", "37605030299", add_plus=True).refusal


def test_a_number_that_is_listed_twice() -> None:
    rows = read("number", ["55551234"], ["55551235"], ["+372 5555 1234"])
    assert [row.same_as for row in rows] == [None, None, 1]


def test_rows_above_the_headings_are_left_out() -> None:
    table = Table([Row(1, ["Staff", ""]), Row(3, ["Name", "Phone"]), Row(4, ["Mari", "55551234"])])
    assert [row.row for row in read_rows(table, ["full_name", "number"], "EE", RowOptions())] == [4]


def test_only_fields_with_a_column_are_given() -> None:
    row = one("number,first_name,company,,email", NUMBER, "", "--", "left out", "Mari <mari@example.com>")
    assert row.details == {"first_name": "", "company": None, "email": "mari@example.com"}
    assert (row.groups, row.blacklisted, row.refusal) == ((), None, None)


@pytest.mark.parametrize(
    ("name", "cell", "reason"),
    [
        ("company", "x" * 251, "It must be 250 characters or fewer"),
        ("company", "a\u202eb", "It has invisible characters in it: type it again"),
        ("company", "a\0b", "It has invisible characters in it: type it again"),
        ("first_name", "#N/A", "The cell has a spreadsheet error: correct the formula, or empty the cell"),
        ("email", "mari", "Enter an e-mail address in full, like name@example.com"),
        ("email", "a@example.com, b@example.com", "This is more than one e-mail address. Enter one"),
        ("first_name", "2026-05-01", "It looks like a date: format the cell as text and type the name again"),
        ("full_name", "2026-05-01 00:00:00", "It looks like a date: format the cell as text and type the name again"),
        (
            "company",
            "Alfa;\n55551235;Beta",
            "There are several rows in it: look for a missing or extra quotation mark",
        ),
        (
            "first_name",
            "#NO RESULT",
            "The file has no result for this formula: open it in a spreadsheet program, save it and choose it again",
        ),
        ("groups", " #N/A ", "The cell has a spreadsheet error: correct the formula, or empty the cell"),
        ("blacklisted", "perhaps", "It says neither yes nor no"),
        ("groups", "Staff, " + "x" * 251, "A group name must be 250 characters or fewer"),
        ("groups", "Staff\u202e", "It has invisible characters in it: type it again"),
    ],
)
def test_details_that_are_refused(name: str, cell: str, reason: str) -> None:
    row = one(f"number,{name}", NUMBER, cell)
    assert row.refusal
    assert (row.refusal.cell, row.refusal.text, row.refusal.reason) == ("B1", cell, reason)
    assert row.number == ""


@pytest.mark.parametrize(
    ("cell", "first", "last"),
    [
        ("Mari", "Mari", ""),
        ("Mari Tamm", "Mari", "Tamm"),
        ("Anna Maria Tamm", "Anna Maria", "Tamm"),
        ("Tamm, Anna Maria", "Anna Maria", "Tamm"),
        ("TAMM Mari", "Mari", "TAMM"),
        ("MARI TAMM", "MARI", "TAMM"),
        ("Ludwig van Beethoven", "Ludwig", "van Beethoven"),
        ("Иванов Иван Иванович", "Иван Иванович", "Иванов"),
        ("Иван Иванов", "Иван", "Иванов"),
        ("", "", ""),
        ("--", None, None),
    ],
)
def test_full_names_are_split(cell: str, first: str | None, last: str | None) -> None:
    assert one("number,full_name", NUMBER, cell).details == {"first_name": first, "last_name": last}


def test_full_names_whose_last_names_come_first() -> None:
    details = [
        one("number,full_name", NUMBER, cell, last_name_first=True).details for cell in ("Tamm Mari", "de Vries Jan")
    ]
    assert details == [{"first_name": "Mari", "last_name": "Tamm"}, {"first_name": "Jan", "last_name": "de Vries"}]


def test_groups_are_separated_by_commas_and_semicolons() -> None:
    assert one("number,groups", NUMBER, " Staff,Board;  Night  shift ;Staff,; --").groups == (
        "Staff",
        "Board",
        "Night shift",
    )


@pytest.mark.parametrize(
    ("cell", "answer"),
    [(cell, True) for cell in ("Yes", "TRUE", "1", "jah", "да", "JĀ", "taip", "kyllä", "ja", "x")]
    + [(cell, False) for cell in ("No", "FALSE", "0", "ei", "нет", "nē", "ne", "nein")]
    + [(cell, None) for cell in ("", " ", "Not known", "--")],
)
def test_answers(cell: str, answer: bool | None) -> None:
    row = one("number,blacklisted", NUMBER, cell)
    assert (row.blacklisted, row.refusal) == (answer, None)


def test_what_the_phonebook_has_already_is_not_refused_or_changed() -> None:
    contact = Contact("+3725", "2026-05-01", "two  spaces\u200e", "x" * 300, None, "mari", "--")
    cells = ["3725", "2026-05-01", "two spaces", "x" * 300, "", "mari", "--"]
    [row] = read("number,first_name,last_name,company,title,email,custom", cells, known={"+3725": contact})
    assert row.refusal is None
    assert row.number == "+3725"
    assert row.details == {name: getattr(contact, name) or "" for name in row.details}
    assert [row.number for row in read("number", ["+3725"], known={"+3725": contact})] == ["+3725"]
    [row] = read("number,full_name", [NUMBER, "Anna Maria Tamm"], known={NUMBER: Contact(NUMBER, "Anna", "Maria Tamm")})
    assert row.details == {"first_name": "Anna", "last_name": "Maria Tamm"}


TRICKY = [
    Contact("+37255550001", "=1+1", "'=1+1", "a;=1", "1.10", None, "TRUE", "3/4", "--", "'quoted'"),
    Contact(
        "+37255550002", "line\none", " spaces ", "x" * 5000, "\u202ertl", "no address", "00123", "+372", "''5", "-"
    ),
    Contact(
        "+99955550003",
        "Анна",
        "محمد",
        'say "no", please',
        "👩\u200d🔧",
        "õ@õun.ee",
        "_x0041_",
        "a,b;c|d",
        "\ufffd",
        "2026-05-01",
    ),
]


@pytest.mark.parametrize("form", ["format=xlsx", ""])
def test_downloads_go_round_without_a_change(app: Flask, form: str) -> None:
    contacts = [*msgspec.convert(list(sample.generate().contacts), list[Contact]), *TRICKY]
    known = {contact.number: contact for contact in contacts}
    blacklist = frozenset(list(known)[::7])
    with app.test_request_context(f"/?{form}"):
        assert app.preprocess_request() is None
        response = download_contacts("contacts", contacts, blacklist)
        response.direct_passthrough = False
        data = response.get_data()
        response.close()
    check_unchanged(data, known, blacklist)


def test_messentes_export_goes_round_without_a_change() -> None:
    contacts = msgspec.convert(list(sample.generate().contacts), list[Contact])
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow([*MESSENTE_COLUMNS, "Blacklisted"])
    fields = list(MESSENTE_COLUMNS.values())
    writer.writerows([*(getattr(contact, name) or "" for name in fields), "false"] for contact in contacts)
    check_unchanged(file.getvalue().encode(), {contact.number: contact for contact in contacts}, frozenset())


def check_unchanged(data: bytes, known: dict[str, Contact], blacklist: frozenset[str]) -> None:
    table = read_table(data, ReadOptions(region="EE"))
    guess = guess_columns(table.rows)
    assert check_columns(guess.fields) == []
    rows = read_rows(table, guess.fields, "EE", RowOptions(guess.has_heading), known)
    assert [row.refusal for row in rows if row.refusal] == []
    assert [row.number for row in rows] == list(known)
    for row in rows:
        contact = known[row.number]
        assert row.details == {name: getattr(contact, name) or "" for name in DETAILS}
        assert row.blacklisted == (row.number in blacklist)


@given(st.sampled_from(["first_name", "company", "email"]), st.text(max_size=20))
def test_a_detail_that_is_accepted_stays_as_it_is(name: str, cell: str) -> None:
    try:
        detail = read_detail(name, cell)
    except Exception:  # noqa: BLE001 - refused
        return
    assert detail is None or read_detail(name, detail) == detail
