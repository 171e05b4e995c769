"""Contacts as a file for a spreadsheet."""

import csv
import io
from collections.abc import Iterator

import pytest
from flask import Flask

from webapp.contacts import export
from webapp.phone_numbers.pasted import NumberLine, read_lines
from webapp.phonebook import Contact

HEADINGS = [
    "Number", "First name", "Last name", "Company", "Title", "E-mail",
    "Custom field 1", "Custom field 2", "Custom field 3", "Custom field 4", "Blacklisted", "Deleted on",
]  # fmt: skip
ANNA = Contact(
    "+37251234567", "Анна", 'Tamm "Õie"', "Näidis OÜ", "Dr", "anna@acme.example",
    "=1+1", "line\none", "00123", "x" * 10_000, "2026-12-03",
)  # fmt: skip
BERT = Contact("+37251234568")


@pytest.fixture(autouse=True)
def request_of_a_file(app: Flask) -> Iterator[None]:
    with app.test_request_context():
        assert app.preprocess_request() is None
        yield


def table(*contacts: Contact, blacklist: frozenset[str] | None = frozenset()) -> list[list[str]]:
    written = export.download_contacts("contacts", contacts, blacklist).get_data().decode("utf-8-sig")
    return list(csv.reader(io.StringIO(written, newline="")))


def test_all_details_of_a_contact_are_shown() -> None:
    assert table(ANNA, BERT) == [
        HEADINGS,
        [
            "'+37251234567", "Анна", 'Tamm "Õie"', "Näidis OÜ", "Dr", "anna@acme.example",
            "'=1+1", "line one", "'00123", "x" * 10_000, "No", "2026-12-03",
        ],
        ["'+37251234568", *[""] * 9, "No", ""],
    ]  # fmt: skip


def test_the_blacklist_is_exported_as_far_as_it_is_known() -> None:
    assert [row[10] for row in table(ANNA, BERT, blacklist=frozenset({BERT.number}))[1:]] == ["No", "Yes"]
    assert [row[10] for row in table(ANNA, BERT, blacklist=None)[1:]] == ["Not known", "Not known"]


def test_an_unreadable_date_is_exported_unchanged() -> None:
    for came, exported in [("2026-12-03T00:00:00Z", "2026-12-03"), ("soon", "soon"), ("=1", "'=1")]:
        assert table(Contact("+37251234567", deletion_text=came))[1][11] == exported


def test_numbers_are_text_in_every_file() -> None:
    assert [row[0] for row in table(Contact("37251234567"), Contact("=1+1"))[1:]] == ["'37251234567", "'=1+1"]


def test_a_column_of_numbers_can_be_pasted_back() -> None:
    contacts = [Contact(f"+3725123{number:04}") for number in range(100)]
    column = "\r\n".join(row[0] for row in table(*contacts)[1:])
    assert read_lines(column, "") == [NumberLine(f"'{contact.number}", contact.number) for contact in contacts]


def test_it_is_sent_as_a_file(app: Flask) -> None:
    response = app.process_response(export.download_contacts("Õhtune vahetus", [ANNA], frozenset()))
    assert response.get_data().startswith(b"\xef\xbb\xbf")
    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["Content-Disposition"].startswith('attachment; filename="Ohtune vahetus-20')
    assert "filename*=UTF-8''%C3%95htune%20vahetus-20" in response.headers["Content-Disposition"]
