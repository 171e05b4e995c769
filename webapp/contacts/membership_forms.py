"""The forms that change the groups of contacts, for one contact and on lists of contacts."""

from collections.abc import Iterable
from typing import Self
from uuid import UUID

from wtforms import HiddenField, SelectMultipleField, StringField

from webapp.contacts.group_picker import GroupBoxes
from webapp.phonebook.client import URL_NUMBER
from webapp.web.addresses import read_id, read_search
from webapp.web.forms import OnceForm


class GroupsForm(OnceForm):
    """The ticked groups, and `was`: the groups that were ticked when the page was opened."""

    group = SelectMultipleField(validate_choice=False)
    was = HiddenField()
    q = StringField()
    """A search for groups, above the boxes."""
    search = StringField()
    """Whether to search, which changes nothing: "1", or "all" to show all groups again."""
    anyway = StringField()
    """Whether the contact may be left in no group."""

    @classmethod
    def for_boxes(cls, boxes: GroupBoxes) -> Self:
        """Make the form for the boxes on a page."""
        was = sorted(str(each) for each in boxes.ticked if each in boxes.ids)
        return cls(formdata=None, data={"was": " ".join(was), "group": []})

    @property
    def shown_groups(self) -> str:
        """The search for the groups to show."""
        return "" if self.search.data == "all" else read_search({"q": self.q.data or ""})

    @property
    def ticked(self) -> set[UUID]:
        """The ids of the ticked groups."""
        return _ids(self.group.data or [])

    @property
    def ticked_then(self) -> set[UUID]:
        """The ids of the groups that were ticked when the page was opened."""
        return _ids((self.was.data or "").split())

    def refuse(self, message: str) -> None:
        """Add an error to the boxes."""
        self.group.errors = [*self.group.errors, message]


def ticked_numbers(texts: Iterable[str]) -> list[str]:
    """Return the valid numbers of ticked boxes, without duplicates."""
    return [text for text in dict.fromkeys(texts) if URL_NUMBER.fullmatch(text)]


def _ids(texts: Iterable[str]) -> set[UUID]:
    return {group_id for text in texts if (group_id := read_id(text))}
