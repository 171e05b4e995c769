"""The forms that add contacts to a group by their numbers, and remove the ticked ones."""

from collections.abc import Iterable
from typing import Self

from werkzeug.datastructures import MultiDict
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
    """Phone numbers, one per line, and whether to create contacts for numbers that are not in the phonebook."""

    numbers = TextAreaField("Phone numbers, one per line")
    create = BooleanField("Create contacts for numbers that are not in the phonebook yet")
    lines: list[NumberLine]

    def validate_numbers(self, field: Field) -> None:
        """Refuse an empty list and one that is too long. Each invalid line gets its own result later."""
        try:
            self.lines = read_lines(field.data or "", settings().default_region)
        except TooManyLines as error:
            raise ValidationError(f"These are {error.count:,} lines. Enter {MAX_LINES} or fewer at a time") from error
        if not self.lines:
            raise ValidationError("Enter a phone number")


class RemoveForm(OnceForm):
    """The ticked contacts. After the question, `confirmed` is set and `orphans` has the orphans' numbers."""

    number = SelectMultipleField(validate_choice=False)
    confirmed = HiddenField()
    orphans = HiddenField()

    @classmethod
    def with_saved(cls, saved: MultiDict[str, str]) -> Self:
        """Make the form with the ticks of a saved form."""
        return cls(formdata=None, data={"number": saved.getlist("number")})

    @property
    def numbers(self) -> list[str]:
        """The ticked numbers without duplicates."""
        return ticked_numbers(self.number.data or [])

    def set_question(self, orphans: Iterable[str]) -> None:
        """Store the orphans that the page names, for the user to confirm."""
        self.confirmed.data, self.orphans.data = "1", " ".join(sorted(orphans))

    def is_confirmed(self, orphans: Iterable[str]) -> bool:
        """Whether the user has confirmed the removal of all these orphans."""
        return bool(self.confirmed.data) and set(orphans) <= set((self.orphans.data or "").split())
