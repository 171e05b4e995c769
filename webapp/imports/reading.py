"""An uploaded file as a table, with what is still to be asked about it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from itertools import islice

from webapp.contacts.table import detail_labels
from webapp.imports import uploads
from webapp.imports.columns import (
    LEFT_OUT,
    Guess,
    check_columns,
    column_letters,
    field_labels,
    guess_columns,
    headings_digest,
)
from webapp.imports.forms import ImportForm, ReadForm
from webapp.imports.headings import FULL_NAME, NUMBER, compact, field_of
from webapp.imports.preview import ImportPreview, State
from webapp.imports.rows import ImportRow, RowOptions, read_rows
from webapp.imports.uploads import Choices, RefusedRow
from webapp.phonebook import Contact
from webapp.spreadsheets.reader import read_table
from webapp.spreadsheets.table import ReadOptions, Table
from webapp.web.current import settings

MAX_SAMPLES = 4
"""Cells of a column that the page about columns shows."""


class Question(StrEnum):
    """What the user is asked about a file, in this order."""

    SHEET = "sheet"
    ENCODING = "encoding"
    COLUMNS = "columns"


@dataclass(frozen=True)
class FileReading:
    """A file as a table, read as the user has chosen so far."""

    table: Table
    choices: Choices

    @cached_property
    def guess(self) -> Guess:
        """What the columns seem to be."""
        return guess_columns(self.table.rows, detail_labels())

    @property
    def has_heading(self) -> bool:
        """Whether the first row is a heading."""
        return self.choices.has_heading if self.choices.columns is not None else self.guess.has_heading

    @property
    def headings_digest(self) -> str:
        """A digest of the first row, by which its columns are remembered."""
        return headings_digest(self.table.rows[0])

    @property
    def columns(self) -> Sequence[str]:
        """What each column is, as chosen, as the last time, or as guessed."""
        return self.choices.columns or self.remembered or self.guess.fields

    @cached_property
    def remembered(self) -> tuple[str, ...] | None:
        """What the columns of a file with the same headings were; None if there was none, or it has no headings."""
        found = uploads.find_columns(self.headings_digest) if self.guess.has_heading else None
        return found if found and len(found) == self.table.width else None

    @property
    def headings(self) -> list[str]:
        """The headings as they are in the file; without any, the columns' letters."""
        if self.has_heading:
            return self.table.rows[0].cells
        return [column_letters(place) for place in range(self.table.width)]

    def samples(self, place: int) -> list[str]:
        """Return the first cells of a column that have something in them, and its heading before them."""
        cells = (row.cells[place] for row in self.table.rows)
        return list(islice((cell for cell in cells if cell.strip()), MAX_SAMPLES))

    def question(self, wanted: str = "") -> Question | None:
        """Return what the user is to be asked next; None if nothing.

        Args:
            wanted: a question that the user wants to answer again.

        """
        if len(self.table.sheets) > 1 and (self.choices.sheet is None or wanted == Question.SHEET):
            return Question.SHEET
        if self.table.question and (self.choices.encoding is None or wanted == Question.ENCODING):
            return Question.ENCODING
        return Question.COLUMNS if self.choices.columns is None or wanted == Question.COLUMNS else None

    def guessed_choices(self) -> Choices:
        """Return the choices with what is certain, so that the user isn't asked about it."""
        if self.question() is not Question.COLUMNS:
            return self.choices
        own = {compact(label): name for name, label in detail_labels().items()}
        are_named = all(
            bool(name) == bool(field_of(heading, own)) and (name != LEFT_OUT or not self.samples(place))
            for place, (name, heading) in enumerate(zip(self.columns, self.table.rows[0].cells, strict=True))
        )
        is_certain = self.guess.has_heading and NUMBER in self.columns and (self.remembered or are_named)
        return replace(self.choices, columns=tuple(self.columns)) if is_certain else self.choices

    def answer(self, question: Question, form: ReadForm) -> Choices:
        """Return the choices with the answer to a question.

        Raises:
            ValueError: with a message, if the answer is none.

        """
        if question is Question.SHEET:
            if form.sheet.data not in self.table.sheets:
                raise ValueError("Choose a sheet")
            return Choices(sheet=form.sheet.data)
        if question is Question.ENCODING:
            if form.encoding.data not in {each.encoding for each in self.table.question or ()}:
                raise ValueError("Choose the lines in which the names are right")
            return Choices(sheet=self.choices.sheet, encoding=form.encoding.data)
        columns = form.column.data or []
        if len(columns) != self.table.width or not set(columns) <= {LEFT_OUT, *field_labels()}:
            raise ValueError("The columns don't fit the file. Choose them again")
        if errors := check_columns(columns, detail_labels()):
            raise ValueError(" ".join(error.message for error in errors))
        return replace(self.choices, columns=tuple(columns), has_heading=form.heading.data == "yes")

    @property
    def has_full_names(self) -> bool:
        """Whether a column has full names."""
        return FULL_NAME in self.columns

    def rows(self, form: ImportForm, known: Mapping[str, Contact]) -> list[ImportRow]:
        """Return what the rows say about contacts.

        Args:
            form: has the user's choices.
            known: the phonebook's contacts by number.

        """
        options = RowOptions(
            has_heading=self.has_heading,
            split_numbers=bool(form.split.data),
            add_plus=bool(form.plus.data),
            last_name_first=bool(form.last_first.data),
        )
        region = form.region.data or settings().default_region
        return read_rows(self.table, self.columns, region, options, known)

    def refused(self, preview: ImportPreview) -> list[RefusedRow]:
        """Return the rows that can't be imported, as they are in the file."""
        return [
            RefusedRow(number=each.row.row, cells=tuple(each.row.cells), reason=each.reason)
            for each in preview.having(State.REFUSED)
        ]


def read_upload(data: bytes, choices: Choices) -> FileReading:
    """Read a file.

    Raises:
        UnreadableFile: with a sentence for the user.

    """
    options = ReadOptions(sheet=choices.sheet, encoding=choices.encoding, region=settings().default_region)
    return FileReading(read_table(data, options), choices)
