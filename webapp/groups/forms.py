"""The forms of the groups' pages."""

import hashlib
import re
from collections.abc import Iterable, Mapping
from typing import Self

from markupsafe import Markup
from wtforms import Field, HiddenField, StringField, ValidationError

from webapp.groups.orphans import OrphanReport
from webapp.phonebook import Group
from webapp.text.cleaning import MAX_SHOWN_CHARS, MAX_TEXT_CHARS, is_blank, normalize_spaces, remove_hidden_characters
from webapp.text.matching import is_duplicate_name, is_same_text
from webapp.web.forms import OnceForm
from webapp.web.template_filters import contacts, date, quoted

MAX_DUPLICATES_NAMED = 3
"""How many of them are described where there are several."""

UNKNOWN_ORPHANS = "unknown"

_COUNT = re.compile(r"[0-9]{1,9}")


def _fold(value: str | None) -> str:
    return normalize_spaces(value or "")


class NameForm(OnceForm):
    """A group's name. `anyway` is the name for which the user has said that a duplicate is meant."""

    name = StringField("Group name", filters=[_fold])
    anyway = StringField(filters=[_fold])

    def validate_name(self, field: Field) -> None:
        """Refuse what can't be a name; whether the API likes it is its own matter."""
        cleaned = remove_hidden_characters(field.data)
        if is_blank(cleaned):
            raise ValidationError("Enter a group name")
        if cleaned != field.data:
            # Nobody can see such a character, or find it to remove it: do it for them, and have them look.
            field.data = cleaned
            raise ValidationError("The name had hidden characters in it. They are taken out: check the name")
        if len(cleaned) > MAX_TEXT_CHARS:
            raise ValidationError(f"Group name must be {MAX_TEXT_CHARS} characters or fewer")

    @property
    def wanted(self) -> str:
        """The name that was typed, its white space folded."""
        return self.name.data or ""

    def refuse_name(self, message: str) -> None:
        """Say at the field why the name won't do."""
        self.name.errors = [*self.name.errors, message]

    def asks_about_duplicates(self, groups: Iterable[Group], *, but: Group | None = None) -> bool:
        """Ask at the field whether a duplicate name is meant, unless there is none or the user has said so already.

        Args:
            groups: all of the phonebook.
            but: the group that is being named, which is no duplicate of itself.

        """
        duplicates = [group for group in groups if is_duplicate_name(group.name, self.wanted) and group != but]
        if not duplicates or self.anyway.data == self.wanted:
            return False
        self.refuse_name(_duplicate_question(duplicates))
        return True


class RenameForm(NameForm):
    """The new name, and `was`: the name as it was when the page was opened."""

    was = HiddenField()

    @classmethod
    def about(cls, group: Group, kept: Mapping[str, str]) -> Self:
        """Make the form for a group as it is now, with what was typed into it before."""
        name = _carried(group)
        return cls(data={"name": name, "was": name} | dict(kept))

    def asks_about_change(self, group: Group) -> bool:
        """Ask at the field whether to go on, if the group is called otherwise by now."""
        was = self.was.data
        if is_same_text(was or "", _carried(group)):
            return False
        earlier = Markup(" When you opened this page it was called {}.").format(quoted(was)) if was else ""
        self.refuse_name(
            Markup("The group is now called {}.{} Press Rename group to call it {} all the same.").format(
                quoted(group.name), earlier, quoted(self.wanted)
            )
        )
        self.was.data = _carried(group)
        return True


class DeleteGroupForm(OnceForm):
    """What the reader was told of the group before saying that it shall go."""

    was = HiddenField()
    count = HiddenField()
    alone = HiddenField()
    """How many of its contacts are in no other group, and a digest of who they are; or that it is not known."""

    @classmethod
    def about(cls, group: Group, reach: OrphanReport | None) -> Self:
        """Make the form for a group as it is now, with what is known of its contacts."""
        data = {"was": _carried(group), "count": str(group.contacts_count), "alone": _alone(reach)}
        return cls(formdata=None, data=data)

    def describes(self, group: Group) -> bool:
        """Whether the group is as it was when the page was opened."""
        return is_same_text(self.was.data or "", _carried(group)) and self.count.data == str(group.contacts_count)

    @property
    def accepts_anything(self) -> bool:
        """Whether the reader goes on without knowing who is in no other group."""
        return bool(self.alone.data == UNKNOWN_ORPHANS)

    @property
    def told_orphans(self) -> int | None:
        """How many the reader was told; None where that was not known."""
        count = (self.alone.data or "").partition(" ")[0]
        return int(count) if _COUNT.fullmatch(count) else None

    def is_worse(self, reach: OrphanReport | None) -> bool:
        """Whether more contacts are in no other group than the reader was told, or others, or that is not known now."""
        told = self.told_orphans
        if self.accepts_anything:
            return False
        if told is None or reach is None:
            return True
        now = len(reach.alone.rows)
        return now > told or (now == told and self.alone.data != _alone(reach))


def _carried(group: Group) -> str:
    """Return as much of a group's name as a form carries: it has to fit into what may be sent."""
    return group.name[:MAX_SHOWN_CHARS]


def _alone(reach: OrphanReport | None) -> str:
    if reach is None:
        return UNKNOWN_ORPHANS
    numbers = sorted(contact.number for contact in reach.alone.rows)
    return f"{len(numbers)} {hashlib.sha256(' '.join(numbers).encode('utf-8', 'surrogatepass')).hexdigest()}"


def _duplicate_question(groups: list[Group]) -> Markup:
    named, name = Markup("; ").join(map(_told_apart, groups[:MAX_DUPLICATES_NAMED])), quoted(groups[0].name)
    if len(groups) == 1:
        return Markup("There is already a group called {} ({}).").format(name, named)
    more = f"; and {len(groups) - MAX_DUPLICATES_NAMED} more" if len(groups) > MAX_DUPLICATES_NAMED else ""
    return Markup("There are already {} groups called {} ({}{}).").format(len(groups), name, named, more)


def _told_apart(group: Group) -> Markup:
    created = Markup(", created {}").format(date(group.created_on)) if group.created_on else ""
    return Markup("{}{}").format(contacts(group.contacts_count), created)
