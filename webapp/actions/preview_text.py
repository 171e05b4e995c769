"""Describe planned changes for a page that asks before it makes them."""

from collections.abc import Iterable
from itertools import groupby

from markupsafe import Markup

from webapp.actions.models import BLACKLIST_KINDS, ChangeKind
from webapp.actions.plan import PlannedChange
from webapp.phone_numbers.numbering_plans import grouped
from webapp.web.template_filters import quoted

_OF_GROUP = {
    ChangeKind.CREATE: Markup("The group {group} will be created."),
    ChangeKind.RENAME: Markup("The group {group} will be renamed to {name}."),
    ChangeKind.DELETE: Markup("The group {group} will be deleted."),
}
_OF_CONTACTS = {
    ChangeKind.ADD: Markup("{who} will be added to {group}."),
    ChangeKind.REMOVE: Markup("{who} will be removed from {group}."),
    ChangeKind.CREATE_CONTACT: Markup("{who} will be created."),
    ChangeKind.CHANGE_CONTACT: Markup("The details of {who} will be changed."),
    ChangeKind.DELETE_CONTACT: Markup("{who} will be deleted."),
    ChangeKind.BLOCK: Markup("{who} will be added to the blacklist."),
    ChangeKind.UNBLOCK: Markup("{who} will be taken off the blacklist."),
}

_ORDER = (
    ChangeKind.CREATE,
    ChangeKind.CREATE_CONTACT,
    ChangeKind.RENAME,
    ChangeKind.CHANGE_CONTACT,
    ChangeKind.ADD,
    ChangeKind.REMOVE,
    ChangeKind.BLOCK,
    ChangeKind.UNBLOCK,
    ChangeKind.DELETE_CONTACT,
    ChangeKind.DELETE,
)


def describe_changes(changes: Iterable[PlannedChange]) -> list[Markup]:
    """Return one sentence for each change to a group, and one for all contacts with the same change."""
    by_kind = groupby(sorted(changes, key=_sort_key), key=_sort_key)
    return [_describe(_ORDER[place], list(same)) for (place, _), same in by_kind]


def _sort_key(change: PlannedChange) -> tuple[int, str]:
    return _ORDER.index(change.kind), change.group_key


def _describe(kind: ChangeKind, same: list[PlannedChange]) -> Markup:
    first = same[0]
    group = quoted(first.group_name or first.name or "")
    if kind in _OF_GROUP:
        return _OF_GROUP[kind].format(group=group, name=quoted(first.name or ""))
    noun = "numbers" if kind in BLACKLIST_KINDS else "contacts"
    who = grouped(first.number or "") if len(same) == 1 else f"{len(same):,} {noun}"
    return _OF_CONTACTS[kind].format(who=who, group=group)
