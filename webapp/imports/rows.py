"""What the rows of a table say about contacts. The phonebook isn't asked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple

from webapp.imports.columns import LEFT_OUT, NUMBER, column_letters
from webapp.phone_numbers.reading import UnreadableNumber, read_number
from webapp.spreadsheets.table import Table

CLEAR = "--"
"""A cell that empties the contact's field."""


@dataclass(frozen=True)
class RowOptions:
    """How to read rows."""

    has_heading: bool = True
    """Whether the first row is left out."""
    split_numbers: bool = False
    """Whether a cell with two numbers gives two contacts, which is otherwise refused."""


class Refusal(NamedTuple):
    """Why a row can't be imported."""

    cell: str
    """As spreadsheet programs name it, such as D7."""
    text: str
    """What is in the cell."""
    reason: str
    """A sentence for the user, without a full stop."""
    has_two_numbers: bool = False
    """Whether `RowOptions.split_numbers` would import the row."""


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


def read_rows(table: Table, columns: Sequence[str], region: str, options: RowOptions) -> list[ImportRow]:
    """Read the contacts in a table.

    Args:
        table: of which each row gives at least one `ImportRow`, except for the headings.
        columns: a field for each column, without errors: see `check_columns`.
        region: two-letter region of numbers without a country code; "" refuses these.
        options: how to read.

    """
    place = columns.index(NUMBER)
    first_rows: dict[str, int] = {}
    result = []
    for row, cells in table.rows[1 if options.has_heading else 0 :]:
        try:
            number = read_number(cells[place], region)
        except UnreadableNumber as error:
            refusal = Refusal(f"{column_letters(place)}{row}", cells[place], error.reason)
            result.append(ImportRow(row, cells, refusal=refusal))
            continue
        first = first_rows.setdefault(number, row)
        details: dict[str, str | None] = {
            name: cell for name, cell in zip(columns, cells, strict=True) if name not in (LEFT_OUT, NUMBER)
        }
        result.append(ImportRow(row, cells, number, details, same_as=None if first == row else first))
    return result
