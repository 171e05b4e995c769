"""The groups that an action is for: those ticked in the list, or all that the list's search finds."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import urlencode
from uuid import UUID

from flask import url_for
from werkzeug.datastructures import MultiDict

from webapp.groups.table import GROUPS_TABLE
from webapp.phonebook import Group, Rows
from webapp.web.addresses import read_id
from webapp.web.current import phonebook
from webapp.web.lists import ListQuery, filter_and_sort
from webapp.web.time_budget import Budget

MAX_DIGITS = 10
"""More digits than any count has."""


@dataclass(frozen=True)
class Selection:
    """Selected groups as they are now, and the list that they were selected in."""

    ids: tuple[UUID, ...]
    """The ticked groups. They may not exist any more."""
    is_all: bool
    """Whether all groups that the search finds are selected, instead of the ticked ones."""
    query: ListQuery
    """The search, order and page of the list."""

    @classmethod
    def read(cls, sent: MultiDict[str, str]) -> "Selection":
        """Read a selection from a form or an address."""
        ids = dict.fromkeys(filter(None, map(read_id, sent.getlist("group"))))
        return cls(tuple(ids), sent.get("all") == "1", ListQuery.from_args(sent, GROUPS_TABLE))

    @cached_property
    def now(self) -> Rows[Group]:
        """All groups. Raises PhonebookError when they can't be read."""
        return phonebook(Budget.CHECK).list_groups()

    @cached_property
    def groups(self) -> Sequence[Group]:
        """The selected groups that exist, sorted as in the list. Raises PhonebookError when they can't be read."""
        if self.is_all:
            return filter_and_sort(self.now, GROUPS_TABLE, self.query)
        wanted = set(self.ids)
        every = filter_and_sort(self.now, GROUPS_TABLE, ListQuery(sort=self.query.sort))
        return [group for group in every if group.id in wanted]

    @property
    def gone(self) -> int:
        """How many of the ticked groups are not in the phonebook any more, or could not be read."""
        return 0 if self.is_all else len(self.ids) - len(self.groups)

    @property
    def fields(self) -> list[tuple[str, str]]:
        """The selection as the fields of a form or the arguments of an address."""
        own = [(name, str(value)) for name, value in self.query.address(page=self.query.page).items()]
        return own + ([("all", "1")] if self.is_all else [("group", str(each)) for each in self.ids])

    def address(self, endpoint: str) -> str:
        """Return the address of a page for this selection."""
        return _with_query(url_for(endpoint), self.fields)

    @property
    def list_address(self) -> str:
        """The address of the list, without ticks."""
        return url_for("groups.index", **self.query.address(page=self.query.page))

    def list_with_problem(self, problem: str) -> str:
        """Return the address of the list with the ticks and a message."""
        return _with_query(url_for("groups.index"), [*self.fields, ("problem", problem)])


def _with_query(path: str, fields: list[tuple[str, str]]) -> str:
    return f"{path}?{urlencode(fields)}" if fields else path


def digest(counts: Iterable[int | None], *parts: object) -> str:
    """Return some counts and a digest of what a page says, by which it is compared when its form is sent."""
    said = hashlib.sha256(repr(parts).encode("utf-8", "surrogatepass")).hexdigest()
    return " ".join(["unknown" if count is None else str(count) for count in counts] + [said])


def digested_counts(text: str | None) -> list[int | None]:
    """Return the counts in a digest that a form has sent; None for unknown ones."""
    counts = (text or "").split()[:-1]
    return [int(each) if each.isascii() and each.isdigit() and len(each) < MAX_DIGITS else None for each in counts]
