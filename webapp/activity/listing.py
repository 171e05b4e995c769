"""The entries as a reader asked to see them: filtered, newest first, a page of them."""

import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Self
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, and_, exists, func, or_, select

from webapp.activity.entries import COLUMNS, OF_GROUPS, Entry, Kind, Outcome, kept_since
from webapp.site.addresses import read_id, search_asked_for
from webapp.site.context import default_region, store
from webapp.site.paging import PAGE_SIZE, Paged, page_asked_for, page_shown
from webapp.site.search import Search
from webapp.store import StoreError
from webapp.store.schema import activity

BATCH = 500
"""Entries that a download reads at a time: no transaction lasts as long as somebody's connection is slow."""

LATEST = 10
"""Entries that the page of one group or contact shows."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Query:
    """What was asked for in the address. Nonsense in it falls back to the default."""

    q: str = ""
    """Part of a group's name, before or after, or of a contact's number."""
    person: str = ""
    kind: str = ""
    group: str = ""
    """A group's id."""
    number: str = ""
    """A contact's."""
    page: int = 1

    @classmethod
    def from_args(cls, args: Mapping[str, str]) -> Self:
        """Read an address's query."""
        kind = args.get("kind", "")
        return cls(
            q=search_asked_for(args),
            person=args.get("person", ""),
            kind=kind if kind in set(Kind) else "",
            group=str(read_id(args.get("group", "")) or ""),
            number=args.get("number", ""),
            page=page_asked_for(args),
        )

    def address(self, *, page: int = 1, **changes: str) -> dict[str, str | int]:
        """Make the arguments of an address that differs from this one; defaults are left out."""
        wanted: dict[str, str | int] = vars(self) | {"page": page} | changes
        return {key: value for key, value in wanted.items() if value != getattr(Query, key)}

    @property
    def is_filtered(self) -> bool:
        """Whether it leaves anything out."""
        return bool(self.q or self.person or self.kind or self.group or self.number)

    def condition(self) -> ColumnElement[bool]:
        """Say the same to the database. What should be gone, and is not pruned yet, is not shown either."""
        conditions = [activity.c.began >= kept_since()]
        if search := Search.read(self.q, default_region()):
            finds = [activity.c.searched.contains(each, autoescape=True) for each in search.numbers or search.words]
            # Earlier versions have prepared `searched` otherwise: what is typed as it stands there is found, too.
            names = [column.contains(self.q, autoescape=True) for column in (activity.c.before, activity.c.after)]
            conditions.append(or_(*finds, *names) if search.numbers else or_(and_(*finds), *names))
        if self.person:
            conditions.append(activity.c.person == self.person)
        if self.kind:
            conditions.append(activity.c.kind == self.kind)
        if self.group:
            conditions.append(activity.c.group_id == UUID(self.group))
        if self.number:
            conditions.append(activity.c.number == self.number)
        return and_(*conditions)


@dataclass(frozen=True)
class Row:
    """An entry, and whether it is a rename that nothing came after."""

    entry: Entry
    can_undo: bool


@dataclass(frozen=True)
class Listing(Paged):
    """One page of the entries, and what is said about it."""

    query: Query
    rows: list[Row]
    total: int
    page: int
    pages: int
    people: list[str]


def arrange(query: Query) -> Listing:
    """Filter and cut into pages; a page past the end is the last."""
    with store().read() as connection:
        total = connection.execute(select(func.count()).select_from(activity).where(query.condition())).scalar_one()
        page, pages = page_shown(query.page, total)
        rows = _rows(connection, query.condition(), PAGE_SIZE, offset=(page - 1) * PAGE_SIZE)
        people = select(activity.c.person).where(Query().condition()).distinct().order_by(activity.c.person)
        return Listing(query, rows, total, page, pages, list(connection.execute(people).scalars()))


def latest(query: Query, settle: Callable[[], None]) -> list[Row] | None:
    """Return the newest entries that match, after what is open among them has been settled; None where that fails."""
    try:
        settle()
        with store().read() as connection:
            return _rows(connection, query.condition(), LATEST)
    except StoreError as error:
        log.error("history not read", extra={"reason": str(error)})
        return None


def everything(query: Query) -> Iterator[list[Entry]]:
    """Return all entries that match, newest first, in batches."""
    before: ColumnElement[bool] | None = None
    while True:
        wanted = query.condition() if before is None else and_(query.condition(), before)
        with store().read() as connection:
            found = [row.entry for row in _rows(connection, wanted, BATCH)]
        yield found
        if len(found) < BATCH:
            return
        before = activity.c.id < found[-1].id


def _rows(connection: Connection, condition: ColumnElement[bool], number: int, *, offset: int = 0) -> list[Row]:
    later = activity.alias()
    followed = exists().where(
        later.c.group_id == activity.c.group_id,
        later.c.id > activity.c.id,
        later.c.kind.in_(OF_GROUPS),
        later.c.outcome.not_in([Outcome.REFUSED, Outcome.KEPT_BACK, Outcome.ABSENT]),
    )
    undoable = and_(
        activity.c.kind == Kind.RENAME, activity.c.outcome.in_([Outcome.DONE, Outcome.CONFIRMED]), ~followed
    )
    query = select(*COLUMNS, undoable.label("can_undo")).where(condition).order_by(activity.c.id.desc())
    return [Row(Entry.of(row), bool(row.can_undo)) for row in connection.execute(query.limit(number).offset(offset))]
