"""Plans, actions and changes, as plain data.

A form asks for an *action*. Its *plan* lists the *changes* that it needs, each one call to the API. The action is
recorded with its changes before the first call is made.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Self
from uuid import UUID

from webapp.phonebook import Group
from webapp.phonebook import errors as phonebook_errors
from webapp.phonebook.errors import Changed, PhonebookError


class ChangeKind(StrEnum):
    """What a change does, to a group, to a contact or to a membership."""

    CREATE = "create"
    RENAME = "rename"
    DELETE = "delete"
    ADD = "add"
    REMOVE = "remove"
    CREATE_CONTACT = "create contact"
    CHANGE_CONTACT = "change contact"
    DELETE_CONTACT = "delete contact"


GROUP_KINDS = frozenset({ChangeKind.CREATE, ChangeKind.RENAME, ChangeKind.DELETE})
CONTACT_KINDS = frozenset(ChangeKind) - GROUP_KINDS
"""Kinds of changes to contacts and memberships."""


class Outcome(StrEnum):
    """How a change ended."""

    STARTED = "started"
    DONE = "done"
    REFUSED = "refused"
    """Messente refused it or could not be reached: nothing was changed."""
    SKIPPED = "skipped"
    """It was not sent; the change's `detail` says why."""
    UNKNOWN = "unknown"
    CONFIRMED = "confirmed"
    """Unknown at first; the phonebook showed it later."""
    NOT_FOUND_LATER = "not found later"
    """Unknown at first; the phonebook did not show it an hour later or more."""


UNDECIDED = frozenset({Outcome.STARTED, Outcome.UNKNOWN})
SUCCEEDED = frozenset({Outcome.DONE, Outcome.CONFIRMED})


@dataclass(frozen=True, kw_only=True)
class PlannedChange:
    """One call that an action is to make."""

    kind: ChangeKind
    group: Group | None = None
    """The group that it is about, as it is now."""
    name: str | None = None
    """The name that a group is to have."""
    number: str | None = None
    """The contact's number, or the text that was typed as one."""
    details: Mapping[str, str | None] = field(default_factory=dict)
    """A contact's details that are to be written; None clears one."""
    duplicates: Iterable[Group] = ()
    """Groups that have the new group's name already."""
    orphans: Sequence[str] | None = None
    """Numbers of the contacts that a group's deletion leaves in no group; None if not known."""
    skip_reason: str = ""
    """Why it is recorded and not sent: a clause without a full stop."""

    @property
    def asked(self) -> str | None:
        """What is recorded of it: a group's new name, names and a digest of details, or the orphans of a deletion."""
        if self.orphans is not None:
            return " ".join([str(len(self.orphans)), *self.orphans[:1]])
        return describe_details(self.details) if self.kind in CONTACT_KINDS and self.details else self.name


@dataclass(frozen=True)
class Plan:
    """The changes of one action: `steps` run side by side, the changes of one step one after the other.

    A step stops at its first change that fails. A plan without steps has nothing to do.
    """

    steps: Sequence[Sequence[PlannedChange]] = ()

    @classmethod
    def single(cls, change: PlannedChange) -> Self:
        """Plan one change."""
        return cls([[change]])

    @property
    def changes(self) -> list[PlannedChange]:
        """All changes, in the order in which they are recorded."""
        return [change for step in self.steps for change in step]


@dataclass(frozen=True, kw_only=True)
class Change:
    """A recorded change. Times are in UTC."""

    id: int
    action_id: int
    person: str
    began: datetime
    kind: ChangeKind
    group_id: UUID | None
    before: str | None
    """The group's name before."""
    asked: str | None
    """See `PlannedChange.asked`."""
    after: str | None
    """The group's new name, as Messente has it."""
    contacts: int | None
    """How many contacts a deleted group had."""
    duplicates: str
    """Ids of the groups that had the name already, separated by spaces."""
    ended: datetime | None
    outcome: Outcome
    error: str | None
    """The name of the error's class in `webapp.phonebook.errors`."""
    changed: str | None
    detail: str | None
    retry_after: int | None
    number: str | None
    is_running: bool = False
    """Whether the request that began it may still be at work."""

    @property
    def is_undecided(self) -> bool:
        """Whether its outcome is not known, and nobody is at work on it any more."""
        return self.outcome in UNDECIDED and not self.is_running

    @property
    def is_of_contact(self) -> bool:
        """Whether its number was a contact's, before it or afterwards."""
        if self.outcome is Outcome.SKIPPED or self.error == phonebook_errors.NotFound.__name__:
            return False
        if self.kind is not ChangeKind.CREATE_CONTACT or self.error == phonebook_errors.Conflict.__name__:
            return True
        return self.outcome in SUCCEEDED

    @property
    def failure(self) -> PhonebookError | None:
        """The error it ended with; NoClearAnswer where a crash left its outcome open."""
        if self.error:
            kind: type[PhonebookError] = getattr(phonebook_errors, self.error)
            return kind(changed=Changed(self.changed), detail=self.detail or "", retry_after=self.retry_after)
        if self.is_undecided or self.outcome is Outcome.NOT_FOUND_LATER:
            return phonebook_errors.NoClearAnswer(changed=Changed.UNKNOWN)
        return None

    @property
    def detail_names(self) -> list[str]:
        """The names of the details that it writes."""
        return (self.asked or "").split()[:-1]

    @property
    def orphan_count(self) -> int | None:
        """How many contacts a group's deletion has left in no group; None if not known."""
        return int(self.asked.split()[0]) if self.kind is ChangeKind.DELETE and self.asked else None

    @property
    def first_orphan(self) -> str | None:
        """The number of one of those contacts."""
        return next(iter(self.asked.split()[1:]), None) if self.kind is ChangeKind.DELETE and self.asked else None

    def ended_with(self, error: PhonebookError | None, group: Group | None = None) -> Self:
        """Return it with the outcome of its call.

        Args:
            error: what the call raised.
            group: the group as the API's answer has it.

        """
        if error is None:
            return self._with(group, outcome=Outcome.DONE)
        outcomes = {Changed.NO: Outcome.REFUSED, Changed.UNKNOWN: Outcome.UNKNOWN, Changed.YES: Outcome.DONE}
        return self._with(
            group,
            outcome=outcomes[error.changed],
            error=type(error).__name__,
            changed=error.changed.value,
            detail=error.detail,
            retry_after=error.retry_after,
        )

    def skipped(self, reason: str) -> Self:
        """Return it as one that was not sent."""
        return self._with(outcome=Outcome.SKIPPED, detail=reason)

    def decided(self, outcome: Outcome, group: Group | None = None) -> Self:
        """Return it with what the phonebook showed later."""
        return self._with(group, outcome=outcome)

    def _with(self, group: Group | None = None, **values: Any) -> Self:
        if group:
            values |= {"group_id": group.id, "after": group.name}
        return replace(self, is_running=False, **values)


@dataclass(frozen=True, kw_only=True)
class Action:
    """What one submitted form asked for, and its outcome. Without changes there was nothing to do or record."""

    changes: tuple[Change, ...] = ()
    content: str = ""
    """A digest of the form's fields; empty for those recorded by earlier versions."""
    is_repeat: bool = False
    """Whether it was found under a form that had been sent before."""

    @property
    def id(self) -> int:
        """Its id in the store."""
        return self.changes[0].action_id

    @property
    def is_running(self) -> bool:
        """Whether the request that began it may still be at work."""
        return any(change.is_running for change in self.changes)

    @property
    def change(self) -> Change:
        """The one change of an action that has just one."""
        [change] = self.changes
        return change


def describe_details(details: Mapping[str, str | None]) -> str:
    """Write the names of details, and a digest of their values, so that the values themselves are not stored."""
    values = json.dumps([[name, details[name] or ""] for name in sorted(details)])
    return " ".join([*sorted(details), hashlib.sha256(values.encode()).hexdigest()])
