"""Describe planned changes for a page that asks before it makes them."""

from collections.abc import Iterable
from itertools import groupby

from markupsafe import Markup

from webapp.actions.models import ChangeKind, PlannedChange
from webapp.web.template_filters import quoted

_OF_GROUP = {
    ChangeKind.CREATE: Markup("The group {group} is created."),
    ChangeKind.RENAME: Markup("The group {group} is renamed to {name}."),
    ChangeKind.DELETE: Markup("The group {group} is deleted."),
}
_OF_CONTACTS = {
    ChangeKind.ADD: Markup("{who} added to {group}."),
    ChangeKind.REMOVE: Markup("{who} removed from {group}."),
    ChangeKind.CREATE_CONTACT: Markup("{who} created."),
    ChangeKind.DELETE_CONTACT: Markup("{who} deleted."),
}
_EDITED = Markup("The details of {who} are changed.")


def describe_changes(changes: Iterable[PlannedChange]) -> list[Markup]:
    """Return a sentence for each group, and for the contacts with whom the same is done."""
    return [_describe(kind, list(same)) for (kind, _), same in groupby(sorted(changes, key=_sort_key), key=_sort_key)]


def _sort_key(change: PlannedChange) -> tuple[ChangeKind, str]:
    return change.kind, str(change.group.id if change.group else change.new_group or change.name)


def _describe(kind: ChangeKind, same: list[PlannedChange]) -> Markup:
    first = same[0]
    group = quoted((first.group.name if first.group else first.new_group or first.name) or "")
    if kind in _OF_GROUP:
        return _OF_GROUP[kind].format(group=group, name=quoted(first.name or ""))
    if kind is ChangeKind.CHANGE_CONTACT:
        return _EDITED.format(who=first.number if len(same) == 1 else f"{len(same):,} contacts")
    who = f"{first.number} is" if len(same) == 1 else f"{len(same):,} contacts are"
    return _OF_CONTACTS[kind].format(who=who, group=group)
