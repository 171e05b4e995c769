"""The forms by which contacts come into a group and out of it."""

from collections.abc import Iterable

from wtforms import BooleanField, Field, HiddenField, SelectMultipleField, TextAreaField, ValidationError

from webapp.contacts.numbers import Line, TooMany, read_lines
from webapp.phonebook.client import NUMBER
from webapp.site.context import settings
from webapp.site.forms import OnceForm

MOST = 100
"""Numbers that one form may hold."""


class NumbersForm(OnceForm):
    """Numbers, one a line, and whether contacts are to be created for those that the phonebook doesn't know."""

    numbers = TextAreaField("Phone numbers, one a line")
    create = BooleanField("Create contacts for numbers that are not in the phonebook yet")
    lines: list[Line]

    def validate_numbers(self, field: Field) -> None:
        """Refuse an empty list and one that is too long; lines that can't be read are told of by themselves."""
        try:
            self.lines = read_lines(field.data or "", settings().default_region, MOST)
        except TooMany as error:
            raise ValidationError(f"These are {error.count:,} lines. Enter {MOST} or fewer at a time") from error
        if not self.lines:
            raise ValidationError("Enter a phone number")


class RemoveForm(OnceForm):
    """The ticked contacts; once the reader was asked, `confirmed`, and who was then said to be in no other group."""

    number = SelectMultipleField(validate_choice=False)
    confirmed = HiddenField()
    alone = HiddenField()

    @property
    def numbers(self) -> list[str]:
        """The ticked numbers, each once."""
        return [number for number in dict.fromkeys(self.number.data or []) if NUMBER.fullmatch(number)]

    def ask_again(self, alone: Iterable[str]) -> None:
        """Have the form say what the reader is told now."""
        self.confirmed.data, self.alone.data = "1", " ".join(sorted(alone))

    def was_told(self, alone: Iterable[str]) -> bool:
        """Whether the reader has said yes to as much."""
        return bool(self.confirmed.data) and set(alone) <= set((self.alone.data or "").split())
