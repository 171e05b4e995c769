"""The filters of the recorded actions: read from an address, and turned into SQL."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Self
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, or_, select, true

from webapp.actions.models import ChangeKind
from webapp.actions.records import retention_start
from webapp.store.schema import actions, changes
from webapp.web.addresses import read_id, read_search
from webapp.web.current import default_region, settings
from webapp.web.paging import read_page_number
from webapp.web.search import Search

_NAMES = {"from": "first_day", "to": "last_day"}
"""Names in the address that differ from those of the fields."""


@dataclass(frozen=True)
class HistoryQuery:
    """The filters in an address. Invalid values fall back to the defaults."""

    q: str = ""
    """Part of a group's name, before or after the change, or of a contact's number."""
    person: str = ""
    kind: str = ""
    group: str = ""
    """A group's id."""
    number: str = ""
    """A contact's number."""
    first_day: str = ""
    """An ISO date in the team's time zone."""
    last_day: str = ""
    page: int = 1
    wrong_days: tuple[str, ...] = ()
    """Typed dates that are invalid."""
    for_paper: bool = False
    """Whether a page has all actions, to be printed."""

    @classmethod
    def from_args(cls, args: Mapping[str, str]) -> Self:
        """Read the filters from an address's query."""
        kind = args.get("kind", "")
        typed = [args.get(name, "").strip() for name in _NAMES]
        days = [read_day(text) for text in typed]
        return cls(
            q=read_search(args),
            person=args.get("person", ""),
            kind=kind if kind in set(ChangeKind) else "",
            group=str(read_id(args.get("group", "")) or ""),
            number=args.get("number", ""),
            first_day=days[0].isoformat() if days[0] else "",
            last_day=days[1].isoformat() if days[1] else "",
            page=read_page_number(args),
            wrong_days=tuple(text for text, day in zip(typed, days, strict=True) if text and not day),
            for_paper=args.get("print") == "1",
        )

    def address(self, *, page: int = 1) -> dict[str, Any]:
        """Return the query arguments of this address with another page; defaults are left out."""
        arguments = {name: getattr(self, _NAMES.get(name, name)) for name in ("q", "person", "kind", "group", "number")}
        arguments |= {name: getattr(self, field) for name, field in _NAMES.items()}
        return {name: value for name, value in arguments.items() if value} | ({"page": page} if page > 1 else {})

    @property
    def is_filtered(self) -> bool:
        """Whether any filter is set."""
        return bool(self.address())

    @property
    def is_backwards(self) -> bool:
        """Whether the first day is after the last one, so that nothing can match."""
        return bool(self.first_day and self.last_day) and self.first_day > self.last_day

    def select_ids(self) -> Select[int]:
        """Return the query for the ids of the actions that match, newest first."""
        if not self._of_changes:
            return select(actions.c.id).where(self._of_action).order_by(actions.c.id.desc())
        # With `EXISTS` for each action, a search that finds little would take twice as long.
        found = select(changes.c.action_id).distinct().join(actions).where(self.of_changes())
        return found.order_by(changes.c.action_id.desc())

    def of_changes(self) -> ColumnElement[bool]:
        """Return the SQL condition for the changes that match; it needs a join with `actions`."""
        return and_(self._of_action, *self._of_changes)

    def among_changes(self) -> ColumnElement[bool]:
        """Return the SQL condition for the changes that match among those of an action that matches."""
        return and_(true(), *self._of_changes)

    @property
    def _of_action(self) -> ColumnElement[bool]:
        """The conditions for the actions. Expired ones that are not pruned yet are left out."""
        conditions = [actions.c.began >= retention_start()]
        if self.first_day:
            conditions.append(actions.c.began >= _start_of(date.fromisoformat(self.first_day)))
        if self.last_day and self.last_day < date.max.isoformat():
            conditions.append(actions.c.began < _start_of(date.fromisoformat(self.last_day) + timedelta(days=1)))
        if self.person:
            conditions.append(actions.c.person == self.person)
        return and_(*conditions)

    @property
    def _of_changes(self) -> list[ColumnElement[bool]]:
        conditions = []
        if search := Search.read(self.q, default_region()):
            matches = [changes.c.searched.contains(each, autoescape=True) for each in search.numbers or search.words]
            # Earlier versions filled `searched` in another way, so search the names as they are, too.
            names = [column.contains(self.q, autoescape=True) for column in (changes.c.before, changes.c.after)]
            conditions.append(or_(*matches, *names) if search.numbers else or_(and_(*matches), *names))
        if self.kind:
            conditions.append(changes.c.kind == self.kind)
        if self.group:
            conditions.append(changes.c.group_id == UUID(self.group))
        if self.number:
            conditions.append(changes.c.number == self.number)
        return conditions


def read_day(text: str) -> date | None:
    """Read a date as a browser's date field sends it: "2026-11-26"; return None if it is invalid."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _start_of(day: date) -> datetime:
    """Return the beginning of a day in the team's time zone."""
    return datetime.combine(day, time(), settings().time_zone)
