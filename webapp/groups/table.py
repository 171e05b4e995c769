"""How the list of groups is searched and sorted."""

from collections import Counter
from collections.abc import Collection
from datetime import UTC, datetime
from itertools import groupby
from uuid import UUID

from werkzeug.datastructures import MultiDict

from webapp.phonebook import Group, Rows
from webapp.text import fold, sort_key
from webapp.web.addresses import read_id
from webapp.web.lists import ListPage, Table, sort_keys

MAX_NAMESAKES_SHOWN = 3
"""Names of several groups that the list points out."""

LIST_PROBLEMS = {
    "none": "Tick the groups first. Nothing was ticked",
    "one": "Tick two groups or more to merge them",
    "not-one": "Tick one group to copy it",
    "gone": "The ticked groups are not in the phonebook any more. Tick others",
}
"""Messages at the list's bar of actions, by the address's `problem`."""

_LONG_AGO = datetime.min.replace(tzinfo=UTC)

GROUPS_TABLE = Table[Group](
    text=lambda group: group.name,
    sort_keys={
        "name": lambda group: sort_key(group.name),
        "contacts": lambda group: group.contacts_count,
        "created": lambda group: group.created_on or _LONG_AGO,
    },
)


def largest_group_size(groups: Rows[Group]) -> int:
    """Return the number of contacts in the largest group: the full length of the bars in the list."""
    return max((group.contacts_count for group in groups.rows), default=0)


def ticked_ids(listing: ListPage[Group], args: MultiDict[str, str]) -> Collection[UUID]:
    """Return the ids of the groups on this page that are ticked: those in the address, or all with `tick=page`."""
    shown = {group.id for group in listing.rows}
    return (
        shown if args.get("tick") == "page" else shown.intersection(filter(None, map(read_id, args.getlist("group"))))
    )


def find_namesakes(groups: Rows[Group]) -> list[list[Group]]:
    """Return the groups whose names look the same, those of each name together."""
    keys = groups.derive(sort_keys, GROUPS_TABLE, "name")
    counts = Counter(keys)
    similar = [group for group, key in zip(groups.rows, keys, strict=True) if counts[key] > 1]  # others are unique
    found = groupby(sorted(similar, key=_folded_name), key=_folded_name)
    return [same for _, each in found if len(same := list(each)) > 1]


def _folded_name(group: Group) -> str:
    return fold(group.name)
