"""Count an action's lines by kind and state, and describe the counts on pages."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from webapp.actions.models import ChangeKind


class LineState(StrEnum):
    """The state of a line."""

    ATTENTION = "attention"
    """It was refused or not sent, or its outcome is unknown."""
    REPEATED = "repeated"
    """The same number is on an earlier line."""
    DONE = "done"
    UNCHANGED = "unchanged"
    """The phonebook was already as requested."""
    WAITING = "waiting"
    """It is under way or not sent yet."""


MADE = frozenset({LineState.DONE, LineState.UNCHANGED})
"""The states in which the phonebook is as requested."""


@dataclass(frozen=True)
class KindTotal:
    """The lines of one kind in an action."""

    kind: ChangeKind
    counts: dict[LineState, int]
    group_id: UUID | None
    """The only group; None if there are several, or none that has an id."""
    group: str | None
    """The name of the only group; None if there are several."""
    number: str | None
    """The only number; None if there are several."""

    @property
    def asked(self) -> int:
        """The number of lines, each number counted once."""
        return sum(self.counts.values()) - self.counts.get(LineState.REPEATED, 0)


@dataclass(frozen=True)
class Totals:
    """The number of lines of an action, by kind and state."""

    kinds: Sequence[KindTotal] = ()
    """In the order in which the action has them."""

    def count(self, *states: LineState) -> int:
        """Return the number of lines in these states; without any, of all lines."""
        wanted = states or tuple(LineState)
        return sum(total.counts.get(state, 0) for total in self.kinds for state in wanted)

    @property
    def has_several_groups(self) -> bool:
        """Whether the lines are about several groups."""
        unnamed = any(each.group is None for each in self.kinds if each.kind in _WITH_GROUP)
        return unnamed or len(self._group_ids) > 1

    @property
    def group_id(self) -> UUID | None:
        """The only group of the lines; None if there are several, or none that has an id."""
        return None if self.has_several_groups else next(iter(self._group_ids), None)

    @property
    def _group_ids(self) -> set[UUID]:
        return {each.group_id for each in self.kinds if each.group_id}


_WITH_GROUP = {ChangeKind.CREATE, ChangeKind.RENAME, ChangeKind.DELETE, ChangeKind.ADD, ChangeKind.REMOVE}


def describe_totals(totals: Totals) -> str:
    """Describe the results of an action: "22 added · 2 listed twice · 6 need attention"."""
    done = [(each.counts.get(LineState.DONE), _MADE[each.kind]) for each in totals.kinds]
    parts = [_numbered(count, texts) for count, texts in done if count]
    for state, text in _OTHERS.items():
        if count := totals.count(state):
            parts.append(_numbered(count, text))
    return " · ".join(parts)


_MADE = {
    ChangeKind.CREATE: ("group created", "groups created"),
    ChangeKind.RENAME: ("group renamed", "groups renamed"),
    ChangeKind.DELETE: ("group deleted", "groups deleted"),
    ChangeKind.ADD: ("added", "added"),
    ChangeKind.REMOVE: ("removed", "removed"),
    ChangeKind.CREATE_CONTACT: ("contact created", "contacts created"),
    ChangeKind.CHANGE_CONTACT: ("contact changed", "contacts changed"),
    ChangeKind.DELETE_CONTACT: ("contact deleted", "contacts deleted"),
    ChangeKind.BLOCK: ("added to the blacklist", "added to the blacklist"),
    ChangeKind.UNBLOCK: ("taken off the blacklist", "taken off the blacklist"),
}
"""Descriptions of one line that is done, and of several."""

_OTHERS = {
    LineState.UNCHANGED: ("unchanged", "unchanged"),
    LineState.REPEATED: ("listed twice", "listed twice"),
    LineState.ATTENTION: ("needs attention", "need attention"),
    LineState.WAITING: ("not done yet", "not done yet"),
}


def _numbered(count: int, texts: tuple[str, str]) -> str:
    return f"{count:,} {texts[count != 1]}"
