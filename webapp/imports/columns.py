"""What the columns of a table mean: guessed from headings and content, and checked as chosen."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from webapp.contacts.table import DETAIL_LABELS
from webapp.spreadsheets.table import Row
from webapp.text import fold

LEFT_OUT = ""
NUMBER = "number"
FULL_NAME = "full_name"
GROUPS = "groups"
BLACKLISTED = "blacklisted"

FIELDS = (NUMBER, "first_name", "last_name", FULL_NAME, *list(DETAIL_LABELS)[2:], GROUPS, BLACKLISTED)
"""What a column can be, besides `LEFT_OUT`: the contact's fields by their names in `Contact`, and four more."""


class Guess(NamedTuple):
    """What a table seems to hold."""

    has_heading: bool
    """Whether the first row has headings."""
    fields: list[str]
    """One of `FIELDS` or `LEFT_OUT` for each column. No field occurs twice."""


class ColumnError(NamedTuple):
    """Why the chosen fields can't be imported."""

    message: str
    columns: tuple[int, ...]
    """The columns that it concerns, from 0."""


def field_labels(labels: Mapping[str, str] = DETAIL_LABELS) -> dict[str, str]:
    """Return the labels of `FIELDS`, in their order.

    Args:
        labels: those of a contact's details.

    """
    own = {NUMBER: "Phone number", FULL_NAME: "Full name", GROUPS: "Groups", BLACKLISTED: "Blacklisted"}
    return {name: own.get(name) or labels[name] for name in FIELDS}


def guess_columns(rows: Sequence[Row], labels: Mapping[str, str] = DETAIL_LABELS) -> Guess:
    """Guess the columns of a table by its headings, and else by what is in them.

    Args:
        rows: the table's, at least one.
        labels: those of a contact's details, as this dashboard's downloads have them.

    """
    known = {fold(label): name for name, label in field_labels(labels).items()} | {"number": NUMBER, "phone": NUMBER}
    fields: list[str] = []
    for cell in rows[0].cells:
        name = known.get(fold(cell), LEFT_OUT)
        fields.append(LEFT_OUT if name in fields else name)
    return Guess(any(fields), fields)


def check_columns(fields: Sequence[str], labels: Mapping[str, str] = DETAIL_LABELS) -> list[ColumnError]:
    """Return what is wrong with the chosen fields: no column of numbers, or two columns for one field."""
    errors = []
    for name, label in field_labels(labels).items():
        columns = tuple(place for place, chosen in enumerate(fields) if chosen == name)
        if len(columns) > 1:
            letters = " and ".join(column_letters(place) for place in columns)
            errors.append(ColumnError(f"{label} is chosen for columns {letters}. Choose it for one of them.", columns))
    if NUMBER not in fields:
        errors.append(ColumnError("Choose the column of phone numbers.", ()))
    return errors


def column_letters(place: int) -> str:
    """Return what a spreadsheet program calls a column, counted from 0: A … Z, AA …."""
    letters = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def headings_digest(row: Row) -> str:
    """Return a digest of a table's headings, by which the chosen columns can be remembered for such files."""
    return hashlib.sha256("\0".join(fold(cell) for cell in row.cells).encode("utf-8", "replace")).hexdigest()
