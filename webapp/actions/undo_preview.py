"""What an undo would do: shown to the user first, then run."""

import hashlib
from dataclasses import dataclass, field, replace

from markupsafe import Markup

from webapp.actions.models import Action, ChangeKind
from webapp.actions.plan import Plan, PlannedChange, describe_details


@dataclass(frozen=True)
class Conflict:
    """A part of an undo that the user is asked about, because something has changed meanwhile."""

    text: Markup
    """What has changed, as a sentence."""
    changes: tuple[PlannedChange, ...]
    """The changes that undo it anyway."""


@dataclass
class UndoPreview:
    """What an undo would do now."""

    action: Action
    max_changes: int
    """What one action can have."""
    steps: list[PlannedChange] = field(default_factory=list)
    conflicts: list[Conflict] = field(default_factory=list)
    lost: list[Markup] = field(default_factory=list)
    """Sentences about changes that can't be undone any more."""
    left_out: int = 0
    """Members of deleted groups beyond what one action can put back. They are in no step and in no conflict."""
    already: int = 0
    """Changes that have been undone already, by somebody or by an earlier undo."""

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to undo."""
        return not self.steps and not self.conflicts

    @property
    def leaves_groups(self) -> bool:
        """Whether contacts leave groups that are neither deleted nor added to a group."""
        leaving, safe = set[str | None](), set[str | None]()
        for step in self.steps:
            if step.kind is ChangeKind.DELETE:
                leaving.update(step.replaced["members"])
            elif step.kind is ChangeKind.REMOVE:
                leaving.add(step.number)
            elif step.kind in {ChangeKind.ADD, ChangeKind.DELETE_CONTACT}:
                safe.add(step.number)
        return not leaving <= safe

    @property
    def is_part(self) -> bool:
        """Whether more is to be undone than one action can: the rest takes another undo."""
        count = len(self.steps) + sum(len(conflict.changes) for conflict in self.conflicts)
        return self.left_out > 0 or count > self.max_changes

    @property
    def digest(self) -> str:
        """A digest of what the preview says. If the one in the form differs, the user is asked again."""
        said: list[object] = [sorted(map(_identify, self.steps)), self.lost, self.left_out]
        said += [[each.text, sorted(map(_identify, each.changes))] for each in self.conflicts]
        return hashlib.sha256(repr(said).encode("utf-8", "surrogatepass")).hexdigest()

    def plan(self, *, with_conflicts: bool) -> Plan:
        """Return the plan of the undo.

        Deleted groups and contacts are put back first. Only if that succeeds is anything removed. If these are more
        changes than one action can have, it has the first of them, and undoing again does the rest.
        """
        wanted = list(self.steps)
        if with_conflicts:
            wanted += [change for conflict in self.conflicts for change in conflict.changes]
        room, phases = self.max_changes, list[list[PlannedChange]]()
        for kinds in _PHASES[:_PUTTING_BACK] if self.left_out else _PHASES:
            phases.append([change for change in wanted if change.kind in kinds][:room])
            room -= len(phases[-1])
        plan = Plan()
        for changes in filter(None, reversed(phases)):
            plan = Plan([[change] for change in changes], plan)
        return replace(plan, undoes=self.action.id, kind="undo")


_PUTTING_BACK = 2
"""The first phases, in which nothing is removed."""
_PHASES = (
    {ChangeKind.CREATE, ChangeKind.CREATE_CONTACT},
    {ChangeKind.ADD, ChangeKind.RENAME, ChangeKind.CHANGE_CONTACT, ChangeKind.BLOCK},
    {ChangeKind.REMOVE, ChangeKind.UNBLOCK},
    {ChangeKind.DELETE, ChangeKind.DELETE_CONTACT},
)


def _identify(change: PlannedChange) -> tuple[str, ...]:
    details = describe_details(change.details) if change.details else ""
    return (change.kind, change.group_key, str(change.name), str(change.number), details)
