"""The list of groups as a reader asked to see it: searched, sorted, a page of it."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Self

from webapp.phonebook import Group, GroupList
from webapp.site.paging import PAGE_SIZE, Paged, page_asked_for, page_shown
from webapp.site.text import fold

_NUMBER = re.compile(r"([0-9]+)")
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


def natural_key(text: str) -> list[tuple[int, str] | str]:
    """Make a key that sorts as a person does: folded, and "Group 2" before "Group 10"."""
    parts = _NUMBER.split(fold(text))
    # Numbers stand at odd places. By length first they need no int(), which refuses thousands of digits.
    return [_digits(part) if index % 2 else part for index, part in enumerate(parts)]


def _digits(text: str) -> tuple[int, str]:
    number = text.lstrip("0")
    return len(number), number


SORT_KEYS: Mapping[str, Callable[[Group], Any]] = {
    "name": lambda group: natural_key(group.name),
    "contacts": lambda group: group.contacts_count,
    "created": lambda group: group.created_on or _LONG_AGO,
}


@dataclass(frozen=True)
class Query:
    """What was asked for in the address. Nonsense in it falls back to the default."""

    q: str = ""
    sort: str = "name"
    page: int = 1

    @classmethod
    def from_args(cls, args: Mapping[str, str]) -> Self:
        """Read an address's query."""
        sort = args.get("sort", "")
        return cls(
            q=" ".join(args.get("q", "").split()),
            sort=sort if sort.removeprefix("-") in SORT_KEYS else "name",
            page=page_asked_for(args),
        )

    def address(self, *, sort: str | None = None, page: int = 1) -> dict[str, str | int]:
        """Make the arguments of an address that differs from this one; defaults are left out."""
        wanted: dict[str, str | int] = {"q": self.q, "sort": sort or self.sort, "page": page}
        return {key: value for key, value in wanted.items() if value != getattr(Query, key)}


@dataclass(frozen=True)
class Listing(Paged):
    """One page of the list, and what is said about it."""

    query: Query
    rows: list[Group]
    matches: int
    total: int
    unreadable: int
    largest: int
    """Contacts in the largest group of all, by which the others' sizes are drawn."""
    page: int
    pages: int


def arrange(found: GroupList, query: Query) -> Listing:
    """Search, sort and cut into pages; a page past the end is the last."""
    wanted = fold(query.q)
    groups = [group for group in found.groups if wanted in fold(group.name)]
    column = query.sort.removeprefix("-")
    groups.sort(key=SORT_KEYS["name"])  # those that are equal by another column stay A-Z
    groups.sort(key=SORT_KEYS[column], reverse=query.sort.startswith("-"))
    page, pages = page_shown(query.page, len(groups))
    start = (page - 1) * PAGE_SIZE
    return Listing(
        query=query,
        rows=groups[start : start + PAGE_SIZE],
        matches=len(groups),
        total=len(found.groups),
        unreadable=found.unreadable,
        largest=max((group.contacts_count for group in found.groups), default=0),
        page=page,
        pages=pages,
    )
