"""Merge groups into one: what that would do, and the plan."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import Any
from uuid import UUID

from wtforms import Field, HiddenField, StringField, ValidationError

from webapp.actions.models import ChangeKind
from webapp.actions.not_run import NotRun, too_many_changes
from webapp.actions.plan import NewGroup, Plan, PlannedChange
from webapp.groups.forms import asks_about_duplicates, check_name, new_name, tidy_name
from webapp.groups.members import fetch_numbers
from webapp.groups.plans import find_duplicates, find_others
from webapp.groups.selection import Selection, digest, digested_counts
from webapp.phonebook import Group
from webapp.phonebook.client import URL_NUMBER
from webapp.web.addresses import read_id
from webapp.web.current import phonebook, settings
from webapp.web.failures import GROUPS_UNCHANGED, Failure
from webapp.web.forms import OnceForm
from webapp.web.time_budget import Budget

NEW = "new"
"""The value of `into` for a new group."""

MAX_MERGED = 200
"""Groups that one page can merge."""

MEMBERS_NOT_READ = Failure(
    "We could not read all contacts of these groups",
    f"{GROUPS_UNCHANGED} Groups are merged only if all of their contacts are known. Try again in a minute.",
    502,
)
TOO_MANY = Failure(
    "These are too many groups to merge at once", f"{GROUPS_UNCHANGED} Choose {MAX_MERGED} groups or fewer.", 422
)
NOTHING_TO_MERGE = Failure(
    "There is nothing to merge",
    f"{GROUPS_UNCHANGED} Fewer than two of the groups are still in the phonebook.",
    409,
)


class MergeForm(OnceForm):
    """Which group stays, and what the page said. The selection is in further fields."""

    into = StringField("The group that stays")
    """The group's id, or NEW."""
    name = StringField("Name of the new group", filters=[tidy_name])
    anyway = StringField(filters=[tidy_name])
    seen = HiddenField()
    """The digest of the preview."""

    def validate_into(self, _field: Field) -> None:
        """Require a choice."""
        if self.into.data != NEW and self.survivor_id is None:
            raise ValidationError("Choose the group that stays")

    def validate_name(self, field: Field) -> None:
        """Require a name for a new group."""
        if self.into.data == NEW:
            check_name(self, field)

    @property
    def survivor_id(self) -> UUID | None:
        """The id of the existing group that stays."""
        return read_id(self.into.data or "")

    @property
    def shown_contacts(self) -> int | None:
        """How many contacts the page showed."""
        return next(iter(digested_counts(self.seen.data)), None)


@dataclass(frozen=True)
class MergePreview:
    """What merging the selected groups would do now."""

    selection: Selection
    numbers: Mapping[UUID, frozenset[str]]
    """The numbers of each group's contacts."""

    @property
    def groups(self) -> Sequence[Group]:
        """The groups to merge."""
        return self.selection.groups

    @cached_property
    def different(self) -> frozenset[str]:
        """The numbers of all contacts in the groups."""
        return frozenset[str]().union(*self.numbers.values())

    @property
    def total(self) -> int:
        """How many different contacts are in the groups."""
        return len(self.different)

    def count(self, group: Group) -> int:
        """Return how many contacts are in a group."""
        return len(self.numbers[group.id])

    def missing(self, group: Group) -> int:
        """Return how many contacts would be added to a group if it stays."""
        return self.total - self.count(group)

    @property
    def largest(self) -> Group:
        """The group with the most contacts, which is chosen first: the fewest contacts are added to it."""
        return max(self.groups, key=self.count)

    @cached_property
    def digest(self) -> str:
        """A digest of the groups and their contacts."""
        groups = sorted((str(each.id), each.name, sorted(self.numbers[each.id])) for each in self.groups)
        return digest([self.total], groups)


def preview_merge(selection: Selection) -> MergePreview:
    """Find out what merging the selected groups would do.

    Raises:
        NotRun: when they can't be merged.
        PhonebookError: when they can't be read.

    """
    if len(selection.groups) > MAX_MERGED:
        raise NotRun(TOO_MANY)
    if len(selection.groups) < 2:
        raise NotRun(NOTHING_TO_MERGE)
    numbers = fetch_numbers(phonebook(Budget.ORPHANS), selection.groups)
    if numbers is None or not all(map(URL_NUMBER.fullmatch, chain.from_iterable(numbers.values()))):
        raise NotRun(MEMBERS_NOT_READ)
    return MergePreview(selection, numbers)


def plan_merge(form: MergeForm, selection: Selection) -> Plan:
    """Plan to create the group that stays if it is new, to add everybody to it, and then to delete the others.

    Raises:
        NotRun: to ask again, if anything has changed since the page was opened, or about a duplicate name.
        PhonebookError: when the groups can't be read.

    """
    preview = preview_merge(selection)
    survivor = next((group for group in preview.groups if group.id == form.survivor_id), None)
    if form.seen.data != preview.digest or (survivor is None and form.into.data != NEW):
        shown, form.seen.data = form.shown_contacts, preview.digest
        raise NotRun(preview=preview, has_changed=True, shown=shown)
    if (preview.missing(survivor) if survivor else preview.total) > settings().max_changes:
        raise NotRun(too_many_changes())
    if survivor:
        return _then(_additions(preview, survivor, group=survivor), _deletions(preview, survivor))
    new, duplicates = NewGroup(new_name(form)), find_duplicates(new_name(form), selection.now.rows)
    others = [group for group in duplicates if group not in preview.groups]
    if asks_about_duplicates(form, others):
        raise NotRun(preview=preview, anyway="Merge anyway")
    create = PlannedChange(kind=ChangeKind.CREATE, new_group=new, name=new.name, duplicates=duplicates)
    return _then([create], _additions(preview, None, new_group=new), _deletions(preview, new))


def _additions(preview: MergePreview, survivor: Group | None, **group: Any) -> list[PlannedChange]:
    missing = preview.different - preview.numbers[survivor.id] if survivor else preview.different
    return [PlannedChange(kind=ChangeKind.ADD, number=number, **group) for number in sorted(missing)]


def _deletions(preview: MergePreview, survivor: Group | NewGroup) -> list[PlannedChange]:
    return [
        PlannedChange(
            kind=ChangeKind.DELETE,
            group=group,
            merged_into=survivor if isinstance(survivor, Group) else None,
            new_group=survivor if isinstance(survivor, NewGroup) else None,
            name=survivor.name,
            orphans=(),
            duplicates=find_others(group, preview.selection.now.rows),
            replaced={"members": sorted(preview.numbers[group.id]), "contacts": {}},
        )
        for group in preview.groups
        if group is not survivor
    ]


def _then(*phases: list[PlannedChange]) -> Plan:
    """Return a plan of phases; the changes of one run side by side."""
    plan = None
    for changes in reversed(phases):
        plan = Plan([[change] for change in changes], plan, kind="merge")
    return plan or Plan()
