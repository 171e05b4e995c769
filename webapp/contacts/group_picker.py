"""Groups to choose from: as options of a list, and as boxes to tick for one contact."""

from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from webapp.phonebook import Group, Rows
from webapp.phonebook.errors import PhonebookError
from webapp.text import fold, is_blank, searchable, shorten, sort_key
from webapp.web.current import default_region
from webapp.web.error_pages import log_failure
from webapp.web.search import Search

MAX_GROUP_OPTIONS = 1000
"""Groups that a select element may hold."""
MAX_GROUP_BOXES = 500
"""Boxes to tick on one page."""

NEW_GROUP, NAMED_GROUP = "new", "named"
"""Options in place of a group's id: a new group, or an existing one of the typed name."""

T = TypeVar("T")


def sorted_by_name(groups: Rows[Group]) -> list[Group]:
    """Return groups sorted by name, as people sort."""
    return groups.derive(_sorted)


def _sorted(groups: Rows[Group]) -> list[Group]:
    return sorted(groups.rows, key=lambda group: (sort_key(group.name), str(group.id)))


def group_options(groups: Rows[Group]) -> list[tuple[str, str]]:
    """Return groups as options, sorted by name: the id, and the name with the number of contacts."""
    return groups.derive(_options)


def target_options(groups: Rows[Group] | PhonebookError, exclude: UUID | None = None) -> list[tuple[str, str]]:
    """Return the options for a group into which contacts are put.

    Args:
        groups: all groups, or the error if they could not be read.
        exclude: the group that the contacts are in already.

    """
    new = (NEW_GROUP, "A new group")
    if isinstance(groups, PhonebookError):
        return [new]
    if len(groups.rows) > MAX_GROUP_OPTIONS:
        return [new, (NAMED_GROUP, "The group of this name")]
    return [new, *(option for option in group_options(groups) if option[0] != str(exclude))]


def _options(groups: Rows[Group]) -> list[tuple[str, str]]:
    return [
        (str(group.id), f"{'(no name)' if is_blank(group.name) else shorten(group.name)} ({group.contacts_count:,})")
        for group in sorted_by_name(groups)
    ]


def result_or_error(fetched: Callable[[], T]) -> T | PhonebookError:
    """Wait for a call that the page can do without; return its error instead of raising it."""
    try:
        return fetched()
    except PhonebookError as error:
        log_failure(error)
        return error


@dataclass(frozen=True)
class GroupBoxes:
    """The groups to tick: those that the contact is in or the user has ticked, and others up to MAX_GROUP_BOXES."""

    own: list[Group]
    """Groups that the contact is in, or that the user has ticked."""
    others: list[Group]
    """Other groups that match the search."""
    total: int
    matches: int
    q: str
    ticked: Collection[UUID]
    duplicate_names: Collection[str]
    """Folded names that several groups have."""

    def has_duplicate_name(self, group: Group) -> bool:
        """Whether other groups have the same name."""
        return fold(group.name) in self.duplicate_names

    @property
    def ids(self) -> set[UUID]:
        """The ids of the groups that are shown."""
        return {group.id for group in (*self.own, *self.others)}


def group_boxes(
    all_groups: Rows[Group], own: Rows[Group], q: str, ticked: Collection[UUID] | None = None
) -> GroupBoxes:
    """Choose the groups to show, sorted by name.

    Args:
        all_groups: all groups of the phonebook.
        own: the groups that the contact is in.
        q: a search for names of other groups.
        ticked: the groups that the user ticked; None for the groups that the contact is in.

    """
    own_ids = {group.id for group in own.rows}
    listed = {group.id for group in all_groups.rows}
    # A group whose row in the whole list is invalid may be valid among the contact's own.
    every = sorted_by_name(all_groups) + [group for group in own.rows if group.id not in listed]
    search = Search.read(q, default_region())
    rows = [searchable(group.name) for group in every] if search else []
    matching = [every[index] for index in search.find(list(range(len(every))), rows)]
    marked = own_ids if ticked is None else set(ticked)
    first = [group for group in every if group.id in own_ids | marked][:MAX_GROUP_BOXES]
    rest = [group for group in matching if group.id not in own_ids | marked]
    return GroupBoxes(
        own=first,
        others=rest[: MAX_GROUP_BOXES - len(first)],
        total=len(every),
        matches=len(matching),
        q=q if search else "",
        ticked=marked,
        duplicate_names=all_groups.derive(_duplicate_names),
    )


def _duplicate_names(groups: Rows[Group]) -> frozenset[str]:
    names = Counter(fold(group.name) for group in groups.rows)
    return frozenset(name for name, count in names.items() if count > 1)
