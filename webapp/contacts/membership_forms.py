"""The forms that change which groups contacts are in: on a contact's page, and on lists of contacts in no group."""

from collections.abc import Iterable, Mapping
from typing import Self
from uuid import UUID

from wtforms import Field, HiddenField, SelectMultipleField, StringField, ValidationError

from webapp.contacts.group_picker import GroupBoxes
from webapp.phonebook.client import URL_NUMBER
from webapp.web.addresses import read_id
from webapp.web.forms import OnceForm
from webapp.web.paging import PAGE_SIZE


class GroupsForm(OnceForm):
    """The groups that are ticked, and `was`: those that were when the page was opened, of the ones shown."""

    group = SelectMultipleField(validate_choice=False)
    was = HiddenField()
    anyway = StringField()
    """Whether the contact may be left in no group."""

    @classmethod
    def about(cls, shown: GroupBoxes | None) -> Self:
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


class PutInGroupForm(OnceForm):
    """Contacts that are ticked, and the group that they are put into."""

    number = SelectMultipleField("Contacts", validate_choice=False)
    group = StringField("Group")

    @classmethod
    def with_saved(cls, kept: Mapping[str, str]) -> Self:
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
        return ticked_numbers(self.number.data or [])

    @property
    def group_id(self) -> UUID | None:
        """The group that is chosen."""
        return read_id(self.group.data or "")


def ticked_numbers(texts: Iterable[str]) -> list[str]:
    """Return the numbers among what was ticked, each once."""
    return [text for text in dict.fromkeys(texts) if URL_NUMBER.fullmatch(text)]


def _ids(texts: Iterable[str]) -> set[UUID]:
    return {found for text in texts if (found := read_id(text))}
