"""What the columns of a table mean: guessed from headings and content, and checked as chosen."""

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from webapp.contacts.table import DETAIL_LABELS
from webapp.imports.headings import (
    BLACKLISTED,
    FULL_NAME,
    GROUPS,
    NUMBER,
    compact,
    field_of,
    is_last_name_first,
    is_mobile,
)
from webapp.spreadsheets.table import Row

LEFT_OUT = ""

FIELDS = (NUMBER, "first_name", "last_name", FULL_NAME, *list(DETAIL_LABELS)[2:], GROUPS, BLACKLISTED)
"""What a column can be, besides `LEFT_OUT`: the contact's fields by their names in `Contact`, and four more."""

_JUDGED_ROWS = 200
_MIN_SHARE = 0.6
"""The share of a column's filled cells that have to look like a field."""
MAX_HEADING_ROW = 5
"""Headings may follow a few lines such as the list's title."""

_PHONE = re.compile(r"['\s]*(?:\+|00)?\(?[0-9][0-9 \u00a0()./\u2010-\u2015-]{5,18}[0-9]\s*|[0-9][.,][0-9]+E\+[0-9]+")
_PHONE_WITH_CODE = re.compile(r"['\s]*(?:\+|00)[0-9].*", re.DOTALL)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}.*|[0-9]{1,2}[./][0-9]{1,2}[./][0-9]{2,4}")
_EMAIL = re.compile(r"\s*(?:mailto:)?[^\s@]+@[^\s@]+\.[^\s@]{2,}\s*")
_NAME = re.compile(r"\s*[^\W\d_][^\d@_<>=;|]{0,60}")
_SEVERAL_WORDS = re.compile(r"\s*\S+\s+\S+.*")


class Guess(NamedTuple):
    """What a table seems to hold."""

    has_heading: bool
    """Whether the first row has headings."""
    fields: list[str]
    """One of `FIELDS` or `LEFT_OUT` for each column. No field occurs twice."""
    last_name_first: bool = False
    """Whether the heading says that full names are written so."""


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
    own = {compact(label): name for name, label in labels.items() if compact(label)}
    named = [[field_of(cell, own) for cell in row.cells] for row in rows[:MAX_HEADING_ROW]]
    place = max(range(len(named)), key=lambda place: sum(map(bool, named[place])))
    if any(map(_is_phone, rows[0].cells)):
        return Guess(False, _fill_by_content([LEFT_OUT] * len(named[0]), rows))
    if not any(named[place]):
        is_heading = len(rows) > 1 and any(map(_is_phone, rows[1].cells))
        return Guess(is_heading, _fill_by_content(named[0], rows[is_heading:]))
    fields = _fill_by_content(_once_each(named[place], rows[place:]), rows[place + 1 :], named=True)
    last_name_first = FULL_NAME in fields and is_last_name_first(rows[place].cells[fields.index(FULL_NAME)])
    return Guess(True, fields, last_name_first)


def check_columns(fields: Sequence[str], labels: Mapping[str, str] = DETAIL_LABELS) -> list[ColumnError]:
    """Return what is wrong with the chosen fields: no column of numbers, or two columns for one field."""
    errors = []
    for name, label in field_labels(labels).items():
        columns = _columns(fields, name)
        if len(columns) > 1:
            message = f"{label} is chosen for columns {_letters(columns)}. Choose it for one of them."
            errors.append(ColumnError(message, columns))
    full, parts = _columns(fields, FULL_NAME), _columns(fields, "first_name", "last_name")
    if full and parts:
        letters = _letters((*full, *parts))
        message = f"Columns {letters} have full names and parts of names. Import only full names, or only parts."
        errors.append(ColumnError(message, (*full, *parts)))
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
    return hashlib.sha256("\0".join(map(compact, row.cells)).encode("utf-8", "replace")).hexdigest()


def _once_each(names: list[str], rows: Sequence[Row]) -> list[str]:
    """Leave out the repetitions of fields, and headings such as "No" above what can't be phone numbers.

    Of several columns of numbers, a mobile phone's is the first choice.
    """
    headings, *others = (row.cells for row in rows[:_JUDGED_ROWS])
    phones = {
        place: _share([row[place] for row in others if row[place]], _is_phone) for place in _columns(names, NUMBER)
    }
    number = max(phones, key=lambda place: (phones[place] >= _MIN_SHARE, is_mobile(headings[place])), default=-1)
    if number >= 0 and others and not phones[number] and any(row[number] for row in others):
        number = -1
    seen: set[str] = set()
    fields = []
    for place, name in enumerate(names):
        is_first = name not in seen and (name != NUMBER or place == number)
        fields.append(name if is_first else LEFT_OUT)
        if is_first:
            seen.add(name)
    if FULL_NAME in seen and seen & {"first_name", "last_name"}:
        # "Name" beside "Surname" is the first name; beside both parts of a name it is one field too many.
        part = "first_name" if "first_name" not in seen else "last_name" if "last_name" not in seen else LEFT_OUT
        fields[fields.index(FULL_NAME)] = part
    return fields


def _fill_by_content(fields: list[str], rows: Sequence[Row], *, named: bool = False) -> list[str]:
    """Add the fields that can be told by what is in their columns; names only if no column is `named`."""
    columns = list(zip(*(row.cells for row in rows[:_JUDGED_ROWS]), strict=True))
    free = [place for place in range(len(columns)) if not fields[place]]
    filled = {place: [cell for cell in columns[place] if cell.strip()] for place in free}
    if NUMBER not in fields:
        phones = {place: _share(filled[place], _is_phone) for place in free}
        codes = {place: _share(filled[place], lambda cell: bool(_PHONE_WITH_CODE.match(cell))) for place in free}
        likely = [place for place in free if phones[place] >= _MIN_SHARE]
        if likely:
            fields[max(likely, key=lambda place: (codes[place], phones[place]))] = NUMBER
    if "email" not in fields:
        emails = [place for place in free if _share(filled[place], _EMAIL.fullmatch) >= _MIN_SHARE]
        if emails:
            fields[emails[0]] = "email"
    names = [
        place for place in free if not fields[place] and _share(filled[place], _NAME.fullmatch) > 1 - _MIN_SHARE / 3
    ]
    if names and not named:
        if len(names) == 1 or _share(filled[names[0]], _SEVERAL_WORDS.fullmatch) >= _MIN_SHARE:
            fields[names[0]] = FULL_NAME
        else:
            fields[names[0]], fields[names[1]] = "first_name", "last_name"
    return fields


def _share(cells: Sequence[str], looks_right: Callable[[str], object]) -> float:
    return sum(map(bool, map(looks_right, cells))) / len(cells) if cells else 0


def _is_phone(cell: str) -> bool:
    return bool(_PHONE.fullmatch(cell)) and not _DATE.fullmatch(cell)


def _columns(fields: Sequence[str], *names: str) -> tuple[int, ...]:
    return tuple(place for place, name in enumerate(fields) if name in names)


def _letters(columns: Sequence[int]) -> str:
    letters = [column_letters(place) for place in sorted(columns)]
    return " and ".join([", ".join(letters[:-1]), letters[-1]])
