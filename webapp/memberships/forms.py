"""The forms by which contacts come into groups and out of them: on a group's page, a contact's, and a list's."""

from collections.abc import Iterable, Mapping
from typing import Self

from wtforms import (
    BooleanField,
    Field,
    HiddenField,
    SelectMultipleField,
    TextAreaField,
    ValidationError,
)

from webapp.contacts.membership_forms import ticked_numbers
from webapp.phone_numbers.reading import MAX_LINES, NumberLine, TooManyLines, read_lines
from webapp.web.current import settings
from webapp.web.forms import OnceForm


class NumbersForm(OnceForm):
    """Numbers, one a line, and whether contacts are to be created for those that the phonebook doesn't know."""

    numbers = TextAreaField("Phone numbers, one a line")
    create = BooleanField("Create contacts for numbers that are not in the phonebook yet")
    lines: list[NumberLine]

    def validate_numbers(self, field: Field) -> None:
        """Refuse an empty list and one that is too long; lines that can't be read are told of by themselves."""
        try:
            self.lines = read_lines(field.data or "", settings().default_region)
        except TooManyLines as error:
            raise ValidationError(f"These are {error.count:,} lines. Enter {MAX_LINES} or fewer at a time") from error
        if not self.lines:
            raise ValidationError("Enter a phone number")


class RemoveForm(OnceForm):
    """The ticked contacts; once the reader was asked, `confirmed`, and who was then said to be in no other group."""

    number = SelectMultipleField(validate_choice=False)
    confirmed = HiddenField()
    alone = HiddenField()

    @classmethod
    def with_saved(cls, kept: Mapping[str, str]) -> Self:
        """Make the form with what was ticked before its reader had to sign in."""
        return cls(formdata=None, data={"number": kept.get("number", "").split()})

    @property
    def numbers(self) -> list[str]:
        """The ticked numbers, each once."""
        return ticked_numbers(self.number.data or [])

    def ask_again(self, alone: Iterable[str]) -> None:
        """Have the form say what the reader is told now."""
        self.confirmed.data, self.alone.data = "1", " ".join(sorted(alone))

    def was_told(self, alone: Iterable[str]) -> bool:
        """Whether the reader has said yes to as much."""
        return bool(self.confirmed.data) and set(alone) <= set((self.alone.data or "").split())
