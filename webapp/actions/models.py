"""Actions and their changes as they are recorded, as plain data.

Submitting a form starts an *action*. Its plan (`plan.py`) lists the *changes*, each one call to the API. The action is
recorded with its changes before the first call.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Self
from uuid import UUID

from webapp.phonebook import Group
from webapp.phonebook import errors as phonebook_errors
from webapp.phonebook.errors import Changed, PhonebookError


class ChangeKind(StrEnum):
    """What a change does to a group, a contact, a membership or the blacklist."""

    CREATE = "create"
    RENAME = "rename"
    DELETE = "delete"
    ADD = "add"
    REMOVE = "remove"
    CREATE_CONTACT = "create contact"
    CHANGE_CONTACT = "change contact"
    DELETE_CONTACT = "delete contact"
    BLOCK = "block"
    """Put a number on the blacklist, a contact's or any other."""
    UNBLOCK = "unblock"
    """Take a number off the blacklist."""


GROUP_KINDS = frozenset({ChangeKind.CREATE, ChangeKind.RENAME, ChangeKind.DELETE})
CONTACT_KINDS = frozenset(ChangeKind) - GROUP_KINDS
"""Kinds of changes to contacts, memberships and the blacklist."""
BLACKLIST_KINDS = frozenset({ChangeKind.BLOCK, ChangeKind.UNBLOCK})


class Outcome(StrEnum):
    """How a change ended."""

    PLANNED = "planned"
    """Recorded, and left to a background job."""
    STARTED = "started"
    DONE = "done"
    REFUSED = "refused"
    """Messente refused the change or could not be reached: nothing was changed."""
    SKIPPED = "skipped"
    """The change was not sent; its `detail` says why."""
    UNKNOWN = "unknown"
    CONFIRMED = "confirmed"
    """Unknown at first; the phonebook showed it later."""
    NOT_FOUND_LATER = "not found later"
    """Unknown at first; the phonebook did not show it an hour later or more."""


UNDECIDED = frozenset({Outcome.STARTED, Outcome.UNKNOWN})
SUCCEEDED = frozenset({Outcome.DONE, Outcome.CONFIRMED})


ALREADY_SO: Mapping[ChangeKind, type[PhonebookError]] = {
    ChangeKind.ADD: phonebook_errors.Conflict,
    ChangeKind.REMOVE: phonebook_errors.NotFound,
    ChangeKind.DELETE: phonebook_errors.NotFound,
    ChangeKind.DELETE_CONTACT: phonebook_errors.NotFound,
    ChangeKind.BLOCK: phonebook_errors.Conflict,
    ChangeKind.UNBLOCK: phonebook_errors.NotFound,
}
"""The errors that say that the phonebook was already as the change wanted it."""


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
    """The group's name before the change."""
    asked: str | None
    """See `PlannedChange.asked`."""
    after: str | None
    """The group's name after the change, as Messente returned it."""
    contacts: int | None
    """The number of contacts that a deleted group had."""
    duplicates: str
    """Ids of the groups that already had the new name, separated by spaces."""
    ended: datetime | None
    outcome: Outcome
    error: str | None
    """The name of the error's class in `webapp.phonebook.errors`."""
    changed: str | None
    detail: str | None
    retry_after: int | None
    number: str | None
    new_group: UUID | None = None
    """See `NewGroup.reference`: what the changes of an action that need a group that it creates have in common."""
    merged_into: UUID | None = None
    """See `PlannedChange.merged_into`; None until the action has created that group."""
    phase: int = 0
    """Phases run one after the other, see `Plan.then`."""
    step: int = 0
    """Within an action. The changes of one step run in order."""
    details: Mapping[str, str | None] = field(default_factory=dict)
    """See `PlannedChange.details`; only read from the store where they are needed."""
    replaced: Mapping[str, Any] = field(default_factory=dict)
    """See `PlannedChange.replaced`; only read from the store where it is needed."""
    is_running: bool = False
    """Whether the request or the job that makes the change may still be running."""

    @property
    def was_unnecessary(self) -> bool:
        """Whether Messente refused it because the phonebook was already as the change wanted it."""
        error = ALREADY_SO.get(self.kind)
        return self.outcome is Outcome.REFUSED and error is not None and self.error == error.__name__

    @property
    def has_effect(self) -> bool:
        """Whether the phonebook is as the change wanted it: it was made, or Messente said that it was so already."""
        return self.outcome in SUCCEEDED or self.was_unnecessary

    @property
    def is_undecided(self) -> bool:
        """Whether the outcome is unknown and no request is running the change any more."""
        return self.outcome in UNDECIDED and not self.is_running

    @property
    def is_of_contact(self) -> bool:
        """Whether the change's number belongs to a contact, or did before the change."""
        if self.outcome is Outcome.SKIPPED or self.error == phonebook_errors.NotFound.__name__:
            return False
        if self.kind in BLACKLIST_KINDS:  # a number on the blacklist may belong to nobody
            return False
        if self.kind is not ChangeKind.CREATE_CONTACT or self.error == phonebook_errors.Conflict.__name__:
            return True
        return self.outcome in SUCCEEDED

    @property
    def failure(self) -> PhonebookError | None:
        """The error of its call; NoClearAnswer if a crash left the outcome unknown, OutOfTime if it was not sent."""
        if self.error:
            kind: type[PhonebookError] = getattr(phonebook_errors, self.error)
            return kind(changed=Changed(self.changed), detail=self.detail or "", retry_after=self.retry_after)
        if self.is_undecided or self.outcome is Outcome.NOT_FOUND_LATER:
            return phonebook_errors.NoClearAnswer(changed=Changed.UNKNOWN)
        is_unsent = self.outcome in {Outcome.SKIPPED, Outcome.PLANNED}
        return phonebook_errors.OutOfTime(self.detail or "") if is_unsent else None

    @property
    def detail_names(self) -> list[str]:
        """The names of the details that the change writes."""
        return (self.asked or "").split()[:-1]

    @property
    def orphan_count(self) -> int | None:
        """The number of contacts that a group's deletion left in no group; None if unknown."""
        return int(self.asked.split()[0]) if self.kind is ChangeKind.DELETE and self.asked else None

    @property
    def first_orphan(self) -> str | None:
        """The phone number of one of the contacts that a group's deletion left in no group."""
        return next(iter(self.asked.split()[1:]), None) if self.kind is ChangeKind.DELETE and self.asked else None

    @property
    def is_merge(self) -> bool:
        """Whether it deletes a group that has been merged into another one."""
        return self.kind is ChangeKind.DELETE and bool(self.merged_into or self.new_group)

    def with_new_group(self, group_id: UUID | None) -> Self:
        """Return a copy for which the new group that it needs has this id."""
        if group_id is None or self.kind is ChangeKind.CREATE:
            return self
        return (
            replace(self, merged_into=group_id) if self.kind is ChangeKind.DELETE else replace(self, group_id=group_id)
        )

    def ended_with(self, error: PhonebookError | None, group: Group | None = None) -> Self:
        """Return a copy with the outcome of its call.

        Args:
            error: raised by the call; None if it succeeded.
            group: the group in the API's response.

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
        """Return a copy that was not sent."""
        return self._with(outcome=Outcome.SKIPPED, detail=reason)

    def decided(self, outcome: Outcome, group: Group | None = None) -> Self:
        """Return a copy with the outcome that the phonebook showed later."""
        return self._with(group, outcome=outcome)

    def _with(self, group: Group | None = None, **values: Any) -> Self:
        if group:
            values |= {"group_id": group.id, "after": group.name}
        return replace(self, is_running=False, **values)


class JobState(StrEnum):
    """The state of a job."""

    ACTIVE = "active"
    """A background worker runs it, or will."""
    STOPPED = "stopped"
    FINISHED = "finished"


NO_WORKER = "NoWorker"
"""The reason of a job that was stopped because no background worker has run it for a day."""


@dataclass(frozen=True, kw_only=True)
class Job:
    """An action that runs in the background. Times are in UTC."""

    action_id: int
    state: JobState
    stop_requested: bool
    resume_at: datetime | None
    """When the job goes on or went on: later, if Messente could not be used."""
    reason: str | None
    """The name of the error's class in `webapp.phonebook.errors` for which the job waits, or was given up; or
    `NO_WORKER`."""
    failing_since: datetime | None
    lease_until: datetime | None
    """Until then a background worker runs it; None if none does."""
    ended: datetime | None

    @property
    def is_active(self) -> bool:
        """Whether the job has not ended."""
        return self.state is JobState.ACTIVE


@dataclass(frozen=True, kw_only=True)
class Action:
    """The changes of one submitted form. Without changes there was nothing to do, and nothing is recorded."""

    id: int = 0
    """In the store."""
    person: str = ""
    began: datetime | None = None
    """None if it was not read from the store."""
    changes: tuple[Change, ...] = ()
    """Empty if a job makes the changes: there may be many."""
    job: Job | None = None
    kind: str = ""
    """See `Plan.kind`."""
    undoes: int | None = None
    """The id of the action that this one undoes."""
    content: str = ""
    """A digest of the form's fields; empty if an earlier version recorded the action."""
    is_repeat: bool = False
    """Whether the form was submitted before, so that this is its recorded result."""

    @property
    def is_running(self) -> bool:
        """Whether the request that makes the changes may still be running."""
        return any(change.is_running for change in self.changes)

    @property
    def change(self) -> Change:
        """The only change of an action that has one."""
        [change] = self.changes
        return change
