"""The forms that add contacts to a group by their numbers, and remove the ticked ones."""

from wtforms import (
    BooleanField,
    Field,
    TextAreaField,
    ValidationError,
)

from webapp.phone_numbers.pasted import MAX_LINES, NumberLine, TooManyLines, read_lines
from webapp.web.current import settings
from webapp.web.forms import OnceForm


def read_numbers(field: Field) -> list[NumberLine]:
    """Read the numbers of a text area. Each line that is no number says so itself.

    Raises:
        ValidationError: when there are none, or too many.

    """
    try:
        lines = read_lines(field.data or "", settings().default_region)
    except TooManyLines as error:
        raise ValidationError(f"These are {error.count:,} lines. Enter {MAX_LINES} or fewer at a time") from error
    if not lines:
        raise ValidationError("Enter a phone number")
    return lines


class NumbersForm(OnceForm):
    """Phone numbers, one per line, and whether to create contacts for numbers that are not in the phonebook."""

    numbers = TextAreaField("Phone numbers, one per line")
    create = BooleanField("Create contacts for numbers that are not in the phonebook yet")
    lines: list[NumberLine]

    def validate_numbers(self, field: Field) -> None:
        """Refuse an empty list and one that is too long. Each invalid line gets its own result later."""
        self.lines = read_numbers(field)
