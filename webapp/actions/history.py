"""Read the recorded changes: filtered, newest first, one page at a time."""

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Self
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, and_, exists, func, or_, select

from webapp.actions.models import GROUP_KINDS, SUCCEEDED, Change, ChangeKind, Outcome
from webapp.actions.reconcile import reconcile
from webapp.actions.records import SELECT_CHANGES, find_undecided, retention_start, to_change
from webapp.phonebook import Group, Rows
from webapp.store import StoreError
from webapp.store.schema import actions, changes
from webapp.web.addresses import read_id, read_search
from webapp.web.current import default_region, phonebook, store
from webapp.web.paging import PAGE_SIZE, Paged, clamp_page, read_page_number
from webapp.web.search import Search

READ_AT_A_TIME = 500
"""Changes that a download reads in one transaction: a slow connection must not keep a transaction open."""

MAX_LATEST = 10
"""Changes on the page of a group or a contact."""

log = logging.getLogger(__name__)


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
    page: int = 1

    @classmethod
    def from_args(cls, args: Mapping[str, str]) -> Self:
        """Read the filters from an address's query."""
        kind = args.get("kind", "")
        return cls(
            q=read_search(args),
            person=args.get("person", ""),
            kind=kind if kind in set(ChangeKind) else "",
            group=str(read_id(args.get("group", "")) or ""),
            number=args.get("number", ""),
            page=read_page_number(args),
        )

    def address(self, *, page: int = 1, **changes: str) -> dict[str, str | int]:
        """Return the query arguments of this address with some changed; defaults are left out."""
        arguments: dict[str, str | int] = vars(self) | {"page": page} | changes
        return {key: value for key, value in arguments.items() if value != getattr(HistoryQuery, key)}

    @property
    def is_filtered(self) -> bool:
        """Whether any filter is set."""
        return bool(self.q or self.person or self.kind or self.group or self.number)

    def condition(self) -> ColumnElement[bool]:
        """Return the filters as an SQL condition. Expired actions that are not pruned yet are left out."""
        conditions = [actions.c.began >= retention_start()]
        if search := Search.read(self.q, default_region()):
            matches = [changes.c.searched.contains(each, autoescape=True) for each in search.numbers or search.words]
            # Earlier versions filled `searched` in another way, so search the names as they are, too.
            names = [column.contains(self.q, autoescape=True) for column in (changes.c.before, changes.c.after)]
            conditions.append(or_(*matches, *names) if search.numbers else or_(and_(*matches), *names))
        if self.person:
            conditions.append(actions.c.person == self.person)
        if self.kind:
            conditions.append(changes.c.kind == self.kind)
        if self.group:
            conditions.append(changes.c.group_id == UUID(self.group))
        if self.number:
            conditions.append(changes.c.number == self.number)
        return and_(*conditions)


@dataclass(frozen=True)
class HistoryRow:
    """A change, and whether it can be undone: a rename that no other change to the group followed."""

    change: Change
    can_undo: bool


@dataclass(frozen=True)
class HistoryPage(Paged):
    """One page of the changes."""

    query: HistoryQuery
    rows: list[HistoryRow]
    total: int
    page: int
    pages: int
    people: list[str]


def read_history_page(query: HistoryQuery) -> HistoryPage:
    """Read a page of the changes that match; a page past the end is the last one."""
    with store().read() as connection:
        count = select(func.count()).select_from(changes.join(actions)).where(query.condition())
        total = connection.execute(count).scalar_one()
        page, pages = clamp_page(query.page, total)
        rows = _rows(connection, query.condition(), PAGE_SIZE, offset=(page - 1) * PAGE_SIZE)
        people = select(actions.c.person).where(HistoryQuery().condition()).distinct().order_by(actions.c.person)
        return HistoryPage(query, rows, total, page, pages, list(connection.execute(people).scalars()))


def group_history(group: Group) -> list[HistoryRow] | None:
    """Return the latest changes to a group, after reconciling; None if the store fails."""
    return _history(HistoryQuery(group=str(group.id)), [changes.c.group_id == group.id, _OF_GROUPS], Rows((group,)))


def contact_history(number: str) -> list[HistoryRow] | None:
    """Return the latest changes to a contact, after reconciling; None if the store fails."""
    return _history(HistoryQuery(number=number), [changes.c.number == number, ~_OF_GROUPS])


_OF_GROUPS = changes.c.kind.in_(GROUP_KINDS)


def _history(
    query: HistoryQuery, undecided: list[ColumnElement[bool]], groups: Rows[Group] | None = None
) -> list[HistoryRow] | None:
    try:
        if found := find_undecided(*undecided):
            reconcile(found, phonebook(), groups)
        with store().read() as connection:
            return _rows(connection, query.condition(), MAX_LATEST)
    except StoreError as error:
        log.error("history not read", extra={"reason": str(error)})
        return None


def read_all(query: HistoryQuery) -> Iterator[list[Change]]:
    """Return all changes that match, newest first, in batches."""
    before: ColumnElement[bool] | None = None
    while True:
        condition = query.condition() if before is None else and_(query.condition(), before)
        with store().read() as connection:
            batch = [row.change for row in _rows(connection, condition, READ_AT_A_TIME)]
        yield batch
        if len(batch) < READ_AT_A_TIME:
            return
        before = changes.c.id < batch[-1].id


def _rows(connection: Connection, condition: ColumnElement[bool], number: int, *, offset: int = 0) -> list[HistoryRow]:
    later = changes.alias()
    followed = exists().where(
        later.c.group_id == changes.c.group_id,
        later.c.id > changes.c.id,
        later.c.kind.in_(GROUP_KINDS),
        later.c.outcome.not_in([Outcome.REFUSED, Outcome.SKIPPED, Outcome.NOT_FOUND_LATER]),
    )
    undoable = and_(changes.c.kind == ChangeKind.RENAME, changes.c.outcome.in_(SUCCEEDED), ~followed)
    query = SELECT_CHANGES.add_columns(undoable.label("can_undo")).where(condition).order_by(changes.c.id.desc())
    return [
        HistoryRow(to_change(row), bool(row.can_undo)) for row in connection.execute(query.limit(number).offset(offset))
    ]
