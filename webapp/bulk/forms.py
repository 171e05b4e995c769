"""The form of an action on many contacts. The list sends it by GET to ask, and the page that asks by POST to run."""

from typing import Self

from werkzeug.datastructures import MultiDict
from wtforms import HiddenField, SelectMultipleField, StringField

from webapp.contacts.membership_forms import ticked_numbers
from webapp.groups.forms import tidy_name
from webapp.web.forms import OnceForm


class BulkForm(OnceForm):
    """Which contacts are meant, the group that they are put into, and what the page said when the user confirmed it."""

    number = SelectMultipleField(validate_choice=False)
    all = HiddenField()
    """Whether all contacts are meant that the list finds."""
    back = HiddenField()
    """The address of the list."""
    group = StringField("Group")
    """A group's id, or NEW_GROUP or NAMED_GROUP."""
    name = StringField("Or the name of a new group", filters=[tidy_name])
    anyway = StringField(filters=[tidy_name])
    """The duplicate name that the user has confirmed."""
    seen = HiddenField()

    @classmethod
    def read(cls, fields: MultiDict[str, str]) -> Self:
        """Make the form with fields of an address, or of a saved form."""
        data = {name: fields.get(name, "") for name in ("all", "back", "group", "name", "anyway")}
        group = fields.get("existing") or data["group"]  # a button is pressed to choose the group of a duplicate name
        changed = {"group": group, "name": tidy_name(data["name"]), "number": fields.getlist("number")}
        return cls(formdata=None, data=data | changed)

    @property
    def has_all(self) -> bool:
        """Whether all contacts are meant that the list finds."""
        return bool(self.all.data == "1")

    @property
    def numbers(self) -> list[str]:
        """The ticked numbers without duplicates."""
        return ticked_numbers(self.number.data or [])

    @property
    def new_name(self) -> str:
        """The typed name of a group."""
        return self.name.data or ""
