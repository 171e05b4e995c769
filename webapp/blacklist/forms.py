"""The forms that put numbers on the blacklist and take them off."""

from wtforms import Field, TextAreaField, ValidationError

from webapp.memberships.forms import read_numbers
from webapp.phone_numbers.pasted import NumberLine
from webapp.web.forms import OnceForm


class BlockForm(OnceForm):
    """Phone numbers, one per line."""

    numbers = TextAreaField("Phone numbers, one per line")
    lines: list[NumberLine]

    def validate_numbers(self, field: Field) -> None:
        """Refuse an empty list, one that is too long, and a single line that is no number."""
        self.lines = read_numbers(field)
        if len(self.lines) == 1 and self.lines[0].reason:
            raise ValidationError(self.lines[0].reason)

    def refuse(self, message: str) -> None:
        """Add an error to the numbers."""
        self.numbers.errors = [*self.numbers.errors, message]


class UnblockForm(OnceForm):
    """The answer to the question whether to take a number off the blacklist."""
