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
    steps: list[PlannedChange] = field(default_factory=list)
    conflicts: list[Conflict] = field(default_factory=list)
    lost: list[Markup] = field(default_factory=list)
    """Sentences about changes that can't be undone any more."""
    already: int = 0
    """Changes that have been undone already, by somebody or by an earlier undo."""

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to undo."""
        return not self.steps and not self.conflicts

    @property
    def digest(self) -> str:
        """A digest of what the preview says. If the one in the form differs, the user is asked again."""
        said = [sorted(map(_identify, self.steps)), self.lost]
        said += [[each.text, sorted(map(_identify, each.changes))] for each in self.conflicts]
        return hashlib.sha256(repr(said).encode("utf-8", "surrogatepass")).hexdigest()

    def plan(self, *, with_conflicts: bool) -> Plan:
        """Return the plan of the undo.

        Deleted groups and contacts are put back first. Only if that succeeds is anything removed.
        """
        wanted = list(self.steps)
        if with_conflicts:
            wanted += [change for conflict in self.conflicts for change in conflict.changes]
        plan = Plan()
        for kinds in reversed(_PHASES):
            if steps := [[change] for change in wanted if change.kind in kinds]:
                plan = Plan(steps, plan)
        return replace(plan, undoes=self.action.id, kind="undo")


_PHASES = (
    {ChangeKind.CREATE, ChangeKind.CREATE_CONTACT},
    {ChangeKind.ADD, ChangeKind.RENAME, ChangeKind.CHANGE_CONTACT, ChangeKind.BLOCK},
    {ChangeKind.REMOVE, ChangeKind.UNBLOCK},
    {ChangeKind.DELETE, ChangeKind.DELETE_CONTACT},
)


def _identify(change: PlannedChange) -> tuple[str, ...]:
    details = describe_details(change.details) if change.details else ""
    return (change.kind, change.group_key, str(change.name), str(change.number), details)
