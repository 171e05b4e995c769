"""Delete several groups: what that would do, and the plan."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from wtforms import HiddenField

from webapp.actions.models import ChangeKind
from webapp.actions.not_run import NotRun
from webapp.actions.plan import Plan, PlannedChange
from webapp.actions.replaced import details_of
from webapp.groups.members import Members, fetch_members
from webapp.groups.orphans import OrphanReport, OrphansUnknown, find_orphan_numbers
from webapp.groups.plans import find_others, refuse_deletion
from webapp.groups.selection import Selection, digest, digested_counts
from webapp.phonebook import Group, Rows
from webapp.phonebook.errors import PhonebookError
from webapp.web.current import phonebook, settings
from webapp.web.error_pages import log_failure
from webapp.web.forms import OnceForm
from webapp.web.time_budget import Budget

log = logging.getLogger(__name__)


class DeleteGroupsForm(OnceForm):
    """What the page said when the user confirmed the deletion. The selection is in further fields."""

    groups_seen = HiddenField()
    """The groups' digest."""
    seen = HiddenField()
    """The digest of their contacts and orphans."""

    @classmethod
    def for_preview(cls, preview: "DeletionPreview") -> "DeleteGroupsForm":
        """Make the form for a preview."""
        return cls(formdata=None, data={"groups_seen": preview.groups_digest, "seen": preview.digest})

    @property
    def shown_groups(self) -> int | None:
        """How many groups the page showed."""
        return next(iter(digested_counts(self.groups_seen.data)), None)

    @property
    def shown_contacts(self) -> int | None:
        """How many contacts the page showed; None if unknown."""
        return next(iter(digested_counts(self.seen.data)), None)

    @property
    def shown_orphans(self) -> int | None:
        """How many orphans the page showed; None if unknown."""
        return next(iter(digested_counts(self.seen.data)[1:]), None)

    def describes(self, preview: "DeletionPreview") -> bool:
        """Whether all is as when the page was opened. Whoever confirmed that it is unknown is not asked again."""
        if self.groups_seen.data != preview.groups_digest:
            return False
        return self.shown_orphans is None or self.seen.data == preview.digest


@dataclass(frozen=True)
class DeletionPreview:
    """What deleting the selected groups would do now."""

    selection: Selection
    members: Members
    orphans: frozenset[str] | None
    """Numbers of the contacts that would be in no group; None if unknown."""
    unknown: OrphansUnknown | None = None
    """Why the orphans are unknown."""

    @property
    def groups(self) -> Sequence[Group]:
        """The groups to delete."""
        return self.selection.groups

    @cached_property
    def groups_digest(self) -> str:
        """A digest of the groups."""
        groups = sorted((str(each.id), each.name, each.contacts_count) for each in self.groups)
        return digest([len(groups)], groups)

    @cached_property
    def digest(self) -> str:
        """A digest of the groups' contacts and the orphans."""
        contacts = None if self.members.incomplete else len(self.members.numbers)
        orphans = None if self.orphans is None else sorted(self.orphans)
        counts = [contacts, None if orphans is None else len(orphans)]
        return digest(counts, sorted(self.members.numbers), orphans)

    @property
    def report(self) -> OrphanReport | None:
        """The orphans as contacts."""
        if self.orphans is None:
            return None
        return OrphanReport(len(self.members.numbers), Rows(self.members.having(self.orphans)))


def preview_deletion(selection: Selection) -> DeletionPreview:
    """Find out what deleting the selected groups would do. The reason is logged if the orphans can't be found."""
    client = phonebook(Budget.ORPHANS)
    members = fetch_members(client, selection.groups)
    try:
        if members.incomplete:
            raise OrphansUnknown("contacts of the groups can't be read") from members.error
        ids = {group.id for group in selection.groups}
        orphans, _gone = find_orphan_numbers(client, ids, members.numbers)
    except (OrphansUnknown, PhonebookError) as error:
        unknown = _explain(error)
        log.warning("orphans unknown", extra={"reason": str(unknown)})
        return DeletionPreview(selection, members, None, unknown)
    return DeletionPreview(selection, members, frozenset(orphans))


def _explain(error: OrphansUnknown | PhonebookError) -> OrphansUnknown:
    cause = error.__cause__ if isinstance(error, OrphansUnknown) else error
    if isinstance(cause, PhonebookError):
        log_failure(cause)
    if isinstance(error, OrphansUnknown):
        return error
    unknown = OrphansUnknown(type(error).__name__)
    unknown.__cause__ = error
    return unknown


def plan_deletions(form: DeleteGroupsForm, selection: Selection) -> Plan:
    """Plan the deletion of the selected groups.

    Raises:
        NotRun: to ask again, if anything has changed since the page was opened.

    """
    preview = preview_deletion(selection)
    if not form.describes(preview):
        again = DeleteGroupsForm.for_preview(preview)
        again.keep_token(form)
        raise NotRun(form=again, before=form, preview=preview)
    if failure := refuse_deletion(preview.orphans or ()):
        raise NotRun(failure)
    return Plan([[_deletion(group, preview)] for group in preview.groups])


def _deletion(group: Group, preview: DeletionPreview) -> PlannedChange:
    members = preview.members.by_group.get(group.id, ())
    numbers = [contact.number for contact in members]
    is_known = group.id not in preview.members.incomplete
    orphans = None if preview.orphans is None else [number for number in numbers if number in preview.orphans]
    # Messente may delete those that are in no group then: undoing the deletion creates them again.
    kept = preview.orphans
    replaced: dict[str, Any] = {}
    if is_known:
        if kept is None:
            leaving = members if len(members) <= settings().max_changes else ()
        else:
            leaving = [each for each in members if each.number in kept]
        replaced = {"members": numbers, "contacts": {each.number: details_of(each) for each in leaving}}
    duplicates = find_others(group, preview.selection.now.rows)
    return PlannedChange(kind=ChangeKind.DELETE, group=group, orphans=orphans, replaced=replaced, duplicates=duplicates)
