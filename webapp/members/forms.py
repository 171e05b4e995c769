"""The forms by which contacts come into groups and out of them: on a group's page, a contact's, and a list's."""

from collections.abc import Iterable, Mapping
from typing import Self
from uuid import UUID

from wtforms import (
    BooleanField,
    Field,
    HiddenField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    ValidationError,
)

from webapp.contacts.choices import Boxes
from webapp.phone_numbers.reading import MOST_LINES, Line, TooMany, read_lines
from webapp.phonebook.client import NUMBER
from webapp.site.addresses import read_id
from webapp.site.context import settings
from webapp.site.forms import OnceForm
from webapp.site.paging import PAGE_SIZE


class NumbersForm(OnceForm):
    """Numbers, one a line, and whether contacts are to be created for those that the phonebook doesn't know."""

    numbers = TextAreaField("Phone numbers, one a line")
    create = BooleanField("Create contacts for numbers that are not in the phonebook yet")
    lines: list[Line]

    def validate_numbers(self, field: Field) -> None:
        """Refuse an empty list and one that is too long; lines that can't be read are told of by themselves."""
        try:
            self.lines = read_lines(field.data or "", settings().default_region)
        except TooMany as error:
            raise ValidationError(f"These are {error.count:,} lines. Enter {MOST_LINES} or fewer at a time") from error
        if not self.lines:
            raise ValidationError("Enter a phone number")


class RemoveForm(OnceForm):
    """The ticked contacts; once the reader was asked, `confirmed`, and who was then said to be in no other group."""

    number = SelectMultipleField(validate_choice=False)
    confirmed = HiddenField()
    alone = HiddenField()

    @classmethod
    def with_kept(cls, kept: Mapping[str, str]) -> Self:
        """Make the form with what was ticked before its reader had to sign in."""
        return cls(formdata=None, data={"number": kept.get("number", "").split()})

    @property
    def numbers(self) -> list[str]:
        """The ticked numbers, each once."""
        return _numbers(self.number.data or [])

    def ask_again(self, alone: Iterable[str]) -> None:
        """Have the form say what the reader is told now."""
        self.confirmed.data, self.alone.data = "1", " ".join(sorted(alone))

    def was_told(self, alone: Iterable[str]) -> bool:
        """Whether the reader has said yes to as much."""
        return bool(self.confirmed.data) and set(alone) <= set((self.alone.data or "").split())


class GroupsForm(OnceForm):
    """The groups that are ticked, and `was`: those that were when the page was opened, of the ones shown."""

    group = SelectMultipleField(validate_choice=False)
    was = HiddenField()
    anyway = StringField()
    """Whether the contact may be left in no group."""

    @classmethod
    def about(cls, shown: Boxes | None) -> Self:
        """Make the form for boxes as they are shown."""
        was = sorted(str(each) for each in shown.ticked if each in shown.ids) if shown else []
        return cls(formdata=None, data={"was": " ".join(was), "group": []})

    @property
    def ticked(self) -> set[UUID]:
        """The groups that are ticked."""
        return _ids(self.group.data or [])

    @property
    def ticked_then(self) -> set[UUID]:
        """The groups that were ticked when the page was opened."""
        return _ids((self.was.data or "").split())

    def refuse(self, message: str) -> None:
        """Say at the boxes why nothing was saved."""
        self.group.errors = [*self.group.errors, message]


class RescueForm(OnceForm):
    """Contacts that are ticked, and the group that they are put into."""

    number = SelectMultipleField("Contacts", validate_choice=False)
    group = StringField("Group")

    @classmethod
    def with_kept(cls, kept: Mapping[str, str]) -> Self:
        """Make the form with what was chosen before its reader had to sign in."""
        return cls(formdata=None, data={"number": kept.get("number", "").split(), "group": kept.get("group", "")})

    def validate_number(self, _field: Field) -> None:
        """Refuse to do nothing, and more than a page holds."""
        if not self.numbers:
            raise ValidationError("Tick the contacts that you want to keep")
        if len(self.numbers) > PAGE_SIZE:
            raise ValidationError(f"Tick {PAGE_SIZE} contacts or fewer")

    def validate_group(self, _field: Field) -> None:
        """Refuse to put them nowhere."""
        if self.group_id is None:
            raise ValidationError("Choose a group")

    @property
    def numbers(self) -> list[str]:
        """The ticked numbers, each once."""
        return _numbers(self.number.data or [])

    @property
    def group_id(self) -> UUID | None:
        """The group that is chosen."""
        return read_id(self.group.data or "")


def _numbers(texts: Iterable[str]) -> list[str]:
    return [text for text in dict.fromkeys(texts) if NUMBER.fullmatch(text)]


def _ids(texts: Iterable[str]) -> set[UUID]:
    return {found for text in texts if (found := read_id(text))}
