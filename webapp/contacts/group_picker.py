"""Groups to choose from, and those that are ticked for one contact."""

from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from webapp.phonebook import Group, Rows
from webapp.phonebook.errors import PhonebookError
from webapp.text.matching import fold, sort_key
from webapp.web.current import default_region
from webapp.web.error_pages import log_failure
from webapp.web.search import Search, searchable

MAX_GROUP_OPTIONS = 1000
"""Groups that one list to choose from may hold."""
MAX_GROUP_BOXES = 500

T = TypeVar("T")


def sorted_by_name(found: Rows[Group]) -> list[Group]:
    """Return groups as people sort them."""
    return found.derive(_sorted)


def _sorted(found: Rows[Group]) -> list[Group]:
    return sorted(found.rows, key=lambda group: (sort_key(group.name), str(group.id)))


def result_or_error(fetched: Callable[[], T]) -> T | PhonebookError:
    """Wait for something that a page can do without; where it can't be read, return the error."""
    try:
        return fetched()
    except PhonebookError as error:
        log_failure(error)
        return error


@dataclass(frozen=True)
class GroupBoxes:
    """Groups to be ticked: the contact's own first of all, then others as long as there is room."""

    groups: list[Group]
    total: int
    matches: int
    q: str
    ticked: Collection[UUID]
    twins: Collection[str]
    """Names, folded, that several groups have."""

    def has_duplicate_name(self, group: Group) -> bool:
        """Whether its name alone doesn't say which group it is."""
        return fold(group.name) in self.twins

    @property
    def is_searched(self) -> bool:
        """Whether there are so many that they are searched for."""
        return self.total > MAX_GROUP_BOXES

    @property
    def ids(self) -> set[UUID]:
        """Of those that are shown."""
        return {group.id for group in self.groups}


def group_boxes(
    all_groups: Rows[Group], own: Rows[Group], q: str, ticked: Collection[UUID] | None = None
) -> GroupBoxes:
    """Choose the groups that are shown, as people sort them.

    Args:
        all_groups: of the phonebook.
        own: which the contact is in.
        q: part of the names that are looked for, where there are too many to show all.
        ticked: by the reader; else those that the contact is in.

    """
    own_ids = {group.id for group in own.rows}
    listed = {group.id for group in all_groups.rows}
    # A row that could not be read there may be readable here.
    every = sorted_by_name(all_groups) + [group for group in own.rows if group.id not in listed]
    search = Search.read(q, default_region()) if len(every) > MAX_GROUP_BOXES else Search()
    rows = [searchable(group.name) for group in every] if search else []
    found = [every[index] for index in search.find(list(range(len(every))), rows)]
    marked = own_ids if ticked is None else set(ticked)
    first = [group for group in every if group.id in own_ids | marked] if len(every) > MAX_GROUP_BOXES else []
    kept = {group.id for group in first[:MAX_GROUP_BOXES]}
    rest = [group for group in found if group.id not in kept][: MAX_GROUP_BOXES - len(kept)]
    shown = kept | {group.id for group in rest}
    return GroupBoxes(
        groups=[group for group in every if group.id in shown],
        total=len(every),
        matches=len(found),
        q=q if search else "",
        ticked=marked,
        twins=all_groups.derive(_twins),
    )


def _twins(found: Rows[Group]) -> frozenset[str]:
    names = Counter(fold(group.name) for group in found.rows)
    return frozenset(name for name, count in names.items() if count > 1)
