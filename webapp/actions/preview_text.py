"""Describe planned changes for a page that asks before it makes them."""

from collections.abc import Iterable
from itertools import groupby

from markupsafe import Markup

from webapp.actions.models import BLACKLIST_KINDS, ChangeKind
from webapp.actions.plan import PlannedChange
from webapp.phone_numbers.numbering_plans import grouped
from webapp.web.template_filters import contacts, quoted

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

_FILLED = Markup("The group {} will be created, with {} in it.")

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
_CREATE, _ADD = _ORDER.index(ChangeKind.CREATE), _ORDER.index(ChangeKind.ADD)


def describe_changes(changes: Iterable[PlannedChange]) -> list[Markup]:
    """Return one sentence for each change to a group, and one for all contacts with the same change.

    A group is created with its contacts in one sentence.
    """
    by_key = {key: list(same) for key, same in groupby(sorted(changes, key=_sort_key), key=_sort_key)}
    sentences = []
    for (place, group), same in by_key.items():
        kind = _ORDER[place]
        if kind is ChangeKind.CREATE and (added := by_key.get((_ADD, group))):
            sentences.append(_FILLED.format(quoted(same[0].name or ""), contacts(len(added))))
        elif kind is not ChangeKind.ADD or (_CREATE, group) not in by_key:
            sentences.append(_describe(kind, same))
    return sentences


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
