"""The forms of the groups' pages."""

import hashlib
import re
from collections.abc import Mapping
from typing import Protocol, Self

from markupsafe import Markup
from wtforms import Field, HiddenField, StringField, ValidationError

from webapp.groups.orphans import OrphanReport
from webapp.phonebook import Group
from webapp.text import (
    MAX_SHOWN_CHARS,
    MAX_TEXT_CHARS,
    is_blank,
    is_same_text,
    normalize_spaces,
    remove_hidden_characters,
)
from webapp.web.forms import OnceForm
from webapp.web.template_filters import contacts, date, quoted

MAX_DUPLICATES_NAMED = 3
"""Groups of the same name that a question describes."""

UNKNOWN_ORPHANS = "unknown"

_COUNT = re.compile(r"[0-9]{1,9}")


def tidy_name(value: str | None) -> str:
    """Normalize the white space of a typed name."""
    return normalize_spaces(value or "")


def check_name(_form: OnceForm, field: Field) -> None:
    """Check that a name is not empty, not too long and has no hidden characters. The API has more rules.

    Raises:
        ValidationError: with what is wrong.

    """
    cleaned = remove_hidden_characters(field.data)
    if is_blank(cleaned):
        raise ValidationError("Enter a group name")
    if cleaned != field.data:
        # Users can't see such characters to remove them: remove them here, and have the user check the name.
        field.data = cleaned
        raise ValidationError("The name contained hidden characters, which were removed. Check the name")
    if len(cleaned) > MAX_TEXT_CHARS:
        raise ValidationError(f"Group name must be {MAX_TEXT_CHARS} characters or fewer")


_NAME = StringField("Group name", filters=[tidy_name], validators=[check_name])


class NewGroupForm(OnceForm):
    """A new group's name. `anyway` is the duplicate name that the user has confirmed."""

    name = _NAME
    anyway = StringField(filters=[tidy_name])


class RenameForm(OnceForm):
    """A group's new name; `anyway` as in NewGroupForm. `was` is the name that it had when the page was opened."""

    name = _NAME
    anyway = StringField(filters=[tidy_name])
    was = HiddenField()
    back = HiddenField()
    """The address of the list that the user came from; empty if they came from elsewhere."""

    @classmethod
    def for_group(cls, group: Group, saved: Mapping[str, str], back: str) -> Self:
        """Make the form for a group as it is now, with the fields of a saved form."""
        name = _truncated_name(group)
        return cls(data={"name": name, "was": name, "back": back} | dict(saved))

    def asks_about_change(self, group: Group) -> bool:
        """Ask at the field whether to go on, if somebody else has renamed the group; return whether they have."""
        was = self.was.data
        if is_same_text(was or "", _truncated_name(group)):
            return False
        earlier = Markup(" When you opened this page it was called {}.").format(quoted(was)) if was else ""
        question = Markup("The group is now called {}.{} Press Rename group to call it {} anyway.")
        refuse_name(self, question.format(quoted(group.name), earlier, quoted(new_name(self))))
        self.was.data = _truncated_name(group)
        return True


class DeleteGroupForm(OnceForm):
    """What the page said about the group when the user confirmed its deletion."""

    was = HiddenField()
    count = HiddenField()
    orphans = HiddenField()
    """The number of orphans and a digest of their numbers; or UNKNOWN_ORPHANS."""
    back = HiddenField()
    """See RenameForm."""

    @classmethod
    def for_group(cls, group: Group, report: OrphanReport | None, back: str = "") -> Self:
        """Make the form for a group as it is now, and for the orphans that its deletion would leave."""
        data = {"was": _truncated_name(group), "count": str(group.contacts_count), "orphans": _orphans_digest(report)}
        return cls(formdata=None, data=data | {"back": back})

    def describes(self, group: Group) -> bool:
        """Whether the group is as it was when the page was opened."""
        has_name = is_same_text(self.was.data or "", _truncated_name(group))
        return has_name and self.count.data == str(group.contacts_count)

    @property
    def accepts_unknown(self) -> bool:
        """Whether the user confirmed the deletion without knowing its orphans."""
        return bool(self.orphans.data == UNKNOWN_ORPHANS)

    @property
    def shown_orphan_count(self) -> int | None:
        """The number of orphans that the page showed; None if it was unknown."""
        count = (self.orphans.data or "").partition(" ")[0]
        return int(count) if _COUNT.fullmatch(count) else None

    def is_worse(self, report: OrphanReport | None) -> bool:
        """Whether there are more orphans than the page showed, or different ones, or they are unknown now."""
        shown = self.shown_orphan_count
        if self.accepts_unknown:
            return False
        if shown is None or report is None:
            return True
        now = len(report.orphans.rows)
        return now > shown or (now == shown and self.orphans.data != _orphans_digest(report))


class NameForm(Protocol):
    """A form with a group's new name."""

    name: StringField
    anyway: StringField
    """The duplicate name that the user has confirmed."""


def new_name(form: NameForm) -> str:
    """Return the submitted name, its white space normalized."""
    return form.name.data or ""


def refuse_name(form: NameForm, message: str) -> None:
    """Add an error to the name's field."""
    form.name.errors = [*form.name.errors, message]


def asks_about_duplicates(form: NameForm, duplicates: list[Group]) -> bool:
    """Ask at the field whether a duplicate name is intended; return whether it was necessary to ask."""
    if not duplicates or form.anyway.data == new_name(form):
        return False
    refuse_name(form, duplicate_question(duplicates))
    return True


def _truncated_name(group: Group) -> str:
    """Cut a group's name so that the form isn't too long to submit."""
    return group.name[:MAX_SHOWN_CHARS]


def _orphans_digest(report: OrphanReport | None) -> str:
    if report is None:
        return UNKNOWN_ORPHANS
    numbers = sorted(contact.number for contact in report.orphans.rows)
    return f"{len(numbers)} {hashlib.sha256(' '.join(numbers).encode('utf-8', 'surrogatepass')).hexdigest()}"


def duplicate_question(groups: list[Group]) -> Markup:
    """Say which groups have a name already."""
    described, name = Markup("; ").join(map(_describe_duplicate, groups[:MAX_DUPLICATES_NAMED])), quoted(groups[0].name)
    if len(groups) == 1:
        return Markup("There is already a group called {} ({}).").format(name, described)
    more = f"; and {len(groups) - MAX_DUPLICATES_NAMED} more" if len(groups) > MAX_DUPLICATES_NAMED else ""
    return Markup("There are already {} groups called {} ({}{}).").format(len(groups), name, described, more)


def _describe_duplicate(group: Group) -> Markup:
    created = Markup(", created {}").format(date(group.created_on)) if group.created_on else ""
    return Markup("{}{}").format(contacts(group.contacts_count), created)
