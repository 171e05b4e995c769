"""The plan of an action: the changes that it is to make, as plain data, before anything is recorded or sent."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

from webapp.actions.models import CONTACT_KINDS, ChangeKind
from webapp.phonebook import Group


@dataclass(frozen=True)
class NewGroup:
    """A group that an action creates. Its changes refer to it, because the group has no id before that."""

    name: str
    reference: UUID = field(default_factory=uuid4)
    """Tells it from other new groups, also of the same name. If a deleted group is put back: the id that it had."""


@dataclass(frozen=True, kw_only=True)
class PlannedChange:
    """One call that an action is to make."""

    kind: ChangeKind
    group: Group | None = None
    """The group to change, as it is now; None for a group that the action creates (see `new_group`)."""
    new_group: NewGroup | None = None
    """The group that this change creates, or that an earlier phase of the same action creates for it."""
    merged_into: Group | None = None
    """For a deletion: the group that must have all members of the deleted one, or the deletion is not sent. It may also
    be a `new_group`."""
    name: str | None = None
    """The group's new name."""
    number: str | None = None
    """The contact's number, or the typed text if it is no valid number."""
    details: Mapping[str, str | None] = field(default_factory=dict)
    """The contact's new details; None clears a detail."""
    replaced: Mapping[str, Any] = field(default_factory=dict)
    """What the change removes or overwrites, as JSON can hold it: undoing it needs that."""
    duplicates: Iterable[Group] = ()
    """Groups that already have the new name, or the name of a group that is deleted."""
    orphans: Sequence[str] | None = None
    """Numbers of the contacts that the group's deletion leaves in no group; None if unknown."""
    skip_reason: str = ""
    """Why the change is recorded but not sent: a clause without a full stop."""

    @property
    def group_name(self) -> str | None:
        """The name of the group that the change is about, before the change."""
        if self.group:
            return self.group.name
        return self.new_group.name if self.new_group and self.kind is not ChangeKind.CREATE else None

    @property
    def group_key(self) -> str:
        """Tells the group that the change is about from other groups; "" if there is none."""
        if self.group:
            return str(self.group.id)
        return str(self.new_group.reference) if self.new_group else ""

    @property
    def asked(self) -> str | None:
        """What is recorded of the change: a group's new name, a digest of the details, or a deletion's orphans."""
        if self.orphans is not None:
            return " ".join([str(len(self.orphans)), *self.orphans[:1]])
        return describe_details(self.details) if self.kind in CONTACT_KINDS and self.details else self.name


@dataclass(frozen=True)
class Plan:
    """The changes of one action. Steps run in parallel; the changes of one step run in order.

    A step stops at its first change that fails. A plan without steps changes nothing.
    """

    steps: Sequence[Sequence[PlannedChange]] = ()
    then: "Plan | None" = None
    """The next phase. It runs only if the phonebook is as all steps of this phase wanted it."""
    undoes: int | None = None
    """The id of the action that this one undoes."""
    kind: str = ""
    """What the action is, if its changes alone don't say it, such as "move"."""

    @property
    def phases(self) -> list["Plan"]:
        """All phases that have steps, this one first."""
        later = self.then.phases if self.then else []
        return [self, *later] if self.steps else later

    @property
    def changes(self) -> list[PlannedChange]:
        """All changes, in the order in which they are recorded."""
        return [change for phase in self.phases for step in phase.steps for change in step]


def describe_details(details: Mapping[str, str | None]) -> str:
    """Return the names of details and a digest of their values, so that the values themselves are not stored."""
    values = json.dumps([[name, details[name] or ""] for name in sorted(details)])
    return " ".join([*sorted(details), hashlib.sha256(values.encode()).hexdigest()])
