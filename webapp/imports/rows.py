"""What the rows of a table say about contacts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple

from webapp.contacts.details import tidy
from webapp.imports.cells import (
    CellRefused,
    read_detail,
    read_full_name,
    read_groups,
    read_phone,
    read_yes_or_no,
    with_plus,
)
from webapp.imports.columns import LEFT_OUT, MAX_HEADING_ROW, column_letters
from webapp.imports.headings import BLACKLISTED, FULL_NAME, GROUPS, NUMBER, field_of
from webapp.phone_numbers.pasted import read_several
from webapp.phonebook import Contact
from webapp.spreadsheets.table import Table
from webapp.text import is_same_text

NOBODY: Mapping[str, Contact] = MappingProxyType({})


@dataclass(frozen=True)
class RowOptions:
    """How to read rows."""

    has_heading: bool = True
    """Whether the first row is left out, and what is between it and the headings."""
    split_numbers: bool = False
    """Whether a cell with two numbers gives two contacts, which is otherwise refused."""
    add_plus: bool = False
    """Whether numbers that lack only the + before their country code get one; they are otherwise refused."""
    last_name_first: bool = False
    """Whether full names are written so; a comma says so in any case."""


class Refusal(NamedTuple):
    """Why a row can't be imported."""

    cell: str
    """As spreadsheet programs name it, such as D7."""
    text: str
    """What is in the cell."""
    reason: str
    """For the user, without a full stop."""
    option: str = ""
    """The name of the field of `RowOptions` that would import the row: split_numbers or add_plus; "" for none, and
    "region" if numbers without a country code have no region."""


class ImportRow(NamedTuple):
    """A row, with either a phone number or a refusal."""

    row: int
    """The spreadsheet's number of the row. With `split_numbers`, rows can share one."""
    cells: list[str]
    """The row's cells as they are in the file."""
    number: str = ""
    """The phone number in E.164 form; "" if the row is refused."""
    details: Mapping[str, str | None] = MappingProxyType({})
    """The contact's details that have a column: "" for a blank cell, None for a cell that says to clear the field."""
    groups: tuple[str, ...] = ()
    """The names of groups, each once."""
    blacklisted: bool | None = None
    """Whether the contact should be on the blacklist; None if the row doesn't say."""
    refusal: Refusal | None = None
    same_as: int | None = None
    """The number of an earlier row with the same phone number: this one is "listed twice"."""


def read_rows(
    table: Table, columns: Sequence[str], region: str, options: RowOptions, known: Mapping[str, Contact] = NOBODY
) -> list[ImportRow]:
    """Read the contacts in a table.

    Args:
        table: each of its rows gives at least one `ImportRow`, except for the headings.
        columns: a field for each column, without errors: see `check_columns`.
        region: two-letter region of numbers without a country code; "" refuses these.
        options: how to read.
        known: the phonebook's contacts by number. Their numbers and details may break the rules for new ones. A cell
            that differs from a known detail only by white space or invisible characters gives the known detail.

    """
    phone = columns.index(NUMBER)
    others = [(place, name) for place, name in enumerate(columns) if name not in {LEFT_OUT, NUMBER}]
    first_rows: dict[str, int] = {}
    result: list[ImportRow] = []
    for row, cells in table.rows[_heading_rows(table, phone) if options.has_heading else 0 :]:
        place = phone
        try:
            for number in _read_numbers(cells[phone], region, options, known):
                contact = known.get(number)
                details: dict[str, str | None] = {}
                groups: tuple[str, ...] = ()
                blacklisted = None
                for place, name in others:
                    cell = cells[place]
                    if name == GROUPS:
                        groups = read_groups(cell)
                    elif name == BLACKLISTED:
                        blacklisted = read_yes_or_no(cell)
                    elif name == FULL_NAME:
                        details |= _read_full_name(cell, contact, options)
                    else:
                        details[name] = _read_detail(name, cell, contact)
                first = first_rows.setdefault(number, row)
                same_as = None if first == row else first
                result.append(ImportRow(row, cells, number, details, groups, blacklisted, same_as=same_as))
        except CellRefused as error:
            refusal = Refusal(f"{column_letters(place)}{row}", cells[place], error.reason, error.option)
            result.append(ImportRow(row, cells, refusal=refusal))
    return result


def _heading_rows(table: Table, phone: int) -> int:
    """Return the number of rows down to the headings, which may follow the list's title."""
    above = [
        place for place, row in enumerate(table.rows[:MAX_HEADING_ROW]) if field_of(row.cells[phone], {}) == NUMBER
    ]
    return above[0] + 1 if above else 1


def _read_numbers(cell: str, region: str, options: RowOptions, known: Mapping[str, Contact]) -> list[str]:
    try:
        return [read_phone(cell, region, known)]
    except CellRefused as error:
        if error.option == "split_numbers" and options.split_numbers:
            return read_several(cell, region)
        if error.option == "add_plus" and options.add_plus:
            return [with_plus(cell)]
        raise


def _read_detail(name: str, cell: str, contact: Contact | None) -> str | None:
    old = (getattr(contact, name) or "") if contact else ""
    if cell == old:
        return cell
    try:
        new = read_detail(name, cell)
    except CellRefused:
        if contact and _is_same(old, cell):
            return old
        raise
    return old if old and new and _is_same(old, new) else new


def _read_full_name(cell: str, contact: Contact | None, options: RowOptions) -> dict[str, str | None]:
    if contact and contact.name and _is_same(contact.name, cell):
        return {"first_name": contact.first_name or "", "last_name": contact.last_name or ""}
    return read_full_name(cell, last_name_first=options.last_name_first)


def _is_same(old: str, new: str) -> bool:
    """Whether two texts differ only by what a file or a form may change: white space, and what is invisible."""
    return is_same_text(tidy(old), tidy(new))
