"""What reading a spreadsheet gives: a table of text, or the reason why there is none."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

MAX_BYTES = 10 * 1024 * 1024
MAX_ROWS = 50_000
"""Rows with content, below the headings."""
MAX_ROWS_WITH_BLANK = 1_048_576
"""As many as a sheet holds in Excel."""
MAX_COLUMNS = 100
MAX_CELL_CHARS = 32_767
"""As many as a cell holds in Excel."""


class UnreadableFile(Exception):
    """A file that can't be read as a table. The message is for the user: what is wrong and what to do.

    `reason` is one of: empty, too_large, too_many_rows, too_many_columns, cell_too_long, open_quote, encrypted,
    damaged, not_a_table, busy.
    """

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


@dataclass(frozen=True)
class ReadOptions:
    """What the user chose. None leaves it to the content.

    An encoding, delimiter or sheet that the file can't have is ignored.
    """

    sheet: str | None = None
    encoding: str | None = None
    """One of the encodings in `Table.question`."""
    delimiter: str | None = None
    """One of `DELIMITERS`."""
    region: str = ""
    """Two-letter region whose code page is the most likely one; "" for unknown."""


class Row(NamedTuple):
    """A row that isn't blank. All rows of a table have the same number of cells."""

    number: int
    """The number that a spreadsheet program shows beside the row, from 1."""
    cells: list[str]


class Reading(NamedTuple):
    """How a text would read in one encoding."""

    encoding: str
    """For `ReadOptions.encoding`."""
    name: str
    """The encoding's languages, for users: "Estonian, Latvian, Lithuanian"."""
    samples: list[Row]
    """Up to three rows with letters that the encodings read differently: the same rows in every reading."""


@dataclass(frozen=True)
class Table:
    """The cells of a sheet or a text file as text, at most `MAX_ROWS` rows and `MAX_COLUMNS` columns."""

    rows: list[Row]
    """At least one. Blank rows are left out, and blank columns at the end."""
    sheet: str | None = None
    """The name of the sheet that was read; None for text."""
    sheets: list[str] = field(default_factory=list)
    """The sheets to choose from, in the workbook's order: those with content. Empty for text."""
    hidden_rows: int = 0
    """Rows with content that the spreadsheet program doesn't show, such as filtered ones. They are in `rows`."""
    hidden_columns: int = 0
    encoding: str | None = None
    """The text's encoding; None for workbooks."""
    question: list[Reading] | None = None
    """The possible readings if the encoding isn't certain, the most likely one first; else None.

    The rows are those of `ReadOptions.encoding` if the user chose one of these, else of the first.
    """
    delimiter: str | None = None
    """What separates a text's cells; None for workbooks."""

    @property
    def width(self) -> int:
        """The number of columns."""
        return len(self.rows[0].cells)


def as_rectangle(numbered: Iterable[tuple[int, list[str]]]) -> list[Row]:
    """Leave out blank rows and blank columns at the end, and give all rows the same number of cells.

    Raises:
        UnreadableFile: if nothing is left, or too much.

    """
    rows: list[Row] = []
    width = 0
    for number, cells in numbered:
        if number > MAX_ROWS_WITH_BLANK:
            raise _too_many_rows()
        used = len(cells)
        while used and (not cells[used - 1] or cells[used - 1].isspace()):
            used -= 1
        if not used:
            continue
        if max(map(len, cells)) > MAX_CELL_CHARS:
            raise cell_too_long(number)
        width = max(width, used)
        if width > MAX_COLUMNS:
            raise UnreadableFile(
                "too_many_columns",
                f"Row {number:,} has more than {MAX_COLUMNS} columns. Delete the columns that you don't need.",
            )
        if len(rows) > MAX_ROWS:
            raise _too_many_rows()
        rows.append(Row(number, cells))
    if not rows:
        raise UnreadableFile("empty", "There is nothing to import: no row has anything in it.")
    for _, cells in rows:
        del cells[width:]
        cells.extend([""] * (width - len(cells)))
    return rows


def _too_many_rows() -> UnreadableFile:
    return UnreadableFile("too_many_rows", f"There are more than {MAX_ROWS:,} rows. Split the list.")


def cell_too_long(number: int) -> UnreadableFile:
    """Return the error for a cell in a row, which may have swallowed the rows after it."""
    return UnreadableFile(
        "cell_too_long",
        f"A cell in row {number:,} has more than {MAX_CELL_CHARS:,} characters. Shorten it, and look for a missing "
        "or extra quotation mark near it.",
    )
