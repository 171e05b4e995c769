"""The forms that put numbers on the blacklist and take them off."""

from wtforms import Field, TextAreaField, ValidationError

from webapp.phone_numbers.reading import MAX_LINES, NumberLine, TooManyLines, read_lines
from webapp.web.current import settings
from webapp.web.forms import OnceForm


class BlockForm(OnceForm):
    """Phone numbers, one per line."""

    numbers = TextAreaField("Phone numbers, one per line")
    lines: list[NumberLine]

    def validate_numbers(self, field: Field) -> None:
        """Refuse an empty list, one that is too long, and a single line that is no number."""
        try:
            self.lines = read_lines(field.data or "", settings().default_region)
        except TooManyLines as error:
            raise ValidationError(f"These are {error.count:,} lines. Enter {MAX_LINES} or fewer at a time") from error
        if not self.lines:
            raise ValidationError("Enter a phone number")
        if len(self.lines) == 1 and self.lines[0].reason:
            raise ValidationError(self.lines[0].reason)

    def refuse(self, message: str) -> None:
        """Add an error to the numbers."""
        self.numbers.errors = [*self.numbers.errors, message]


class UnblockForm(OnceForm):
    """The answer to the question whether to take a number off the blacklist."""
