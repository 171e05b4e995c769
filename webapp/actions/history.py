"""Read the recorded actions: filtered, newest first, one page at a time."""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, exists, func, select

from webapp.actions.claims import undo_start
from webapp.actions.history_query import HistoryQuery
from webapp.actions.lines import READ_AT_A_TIME, count_lines, is_line, read_first_lines
from webapp.actions.models import GROUP_KINDS, Change, Outcome
from webapp.actions.outcome_text import describe_outcome
from webapp.actions.reconcile import reconcile
from webapp.actions.records import SELECT_CHANGES, find_undecided, to_change
from webapp.actions.results import ResultLine
from webapp.actions.totals import LineState, Totals, describe_totals
from webapp.phonebook import Group, Rows
from webapp.store import StoreError
from webapp.store.schema import actions, changes
from webapp.web.current import phonebook, store
from webapp.web.paging import PAGE_SIZE, Paged, clamp_page

MAX_LATEST = 10
"""Actions on the page of a group or a contact, and on the overview."""

MAX_SHOWN_LINES = 10
"""Lines of an action that a list of actions shows."""

MAX_COUNTED = 10_000
"""Actions that can be paged through; the filters find older ones. Counting all would get slower with every action."""

MAX_PRINTED_ACTIONS = 2_000
"""Actions on paper. A thousand take a second or two to sum up."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class HistoryRow:
    """An action, with the lines that match the filters."""

    action_id: int
    person: str
    began: datetime
    kind: str
    totals: Totals
    lines: Sequence[ResultLine]
    """The first of its lines."""
    can_undo: bool
    """Whether it is recent enough, and nobody has undone it."""
    undone_by: int | None = None
    """The id of the latest action that has undone it."""

    @property
    def offers_undo(self) -> bool:
        """Whether it has done something, has ended, and can be undone."""
        return self.can_undo and bool(self.totals.count(LineState.DONE)) and not self.totals.count(LineState.WAITING)

    @property
    def is_single(self) -> bool:
        """Whether it has one line."""
        return self.totals.count() == 1 and bool(self.lines)

    @property
    def result(self) -> str:
        """The outcome of one line, or the numbers of lines by result."""
        if not self.is_single:
            return describe_totals(self.totals)
        [line] = self.lines
        return line.text if line.is_created else describe_outcome(line.change)


@dataclass(frozen=True)
class HistoryPage(Paged):
    """One page of the actions."""

    query: HistoryQuery
    rows: list[HistoryRow]
    total: int
    """At most MAX_COUNTED."""
    has_more: bool
    """Whether there are more than MAX_COUNTED."""
    page: int
    pages: int
    people: list[str]
    """The people who began the latest MAX_COUNTED actions."""
    page_size: int = PAGE_SIZE

    @property
    def numbers(self) -> set[str]:
        """The numbers of contacts on this page."""
        return {line.number for row in self.rows for line in row.lines if line.may_be_contact}

    @property
    def group_name(self) -> str | None:
        """The latest name of the only group that is shown, as far as this page has it."""
        changes = (line.change for row in self.rows for line in row.lines)
        names = (each.after or each.before for each in changes if str(each.group_id) == self.query.group)
        return next(filter(None, names), None)


def read_history_page(query: HistoryQuery) -> HistoryPage:
    """Read a page of the actions that match; a page past the end is the last one."""
    with store().read() as connection:
        # All ids at once, since a search that finds little reads all changes: it must do so only once.
        found = connection.execute(query.select_ids().limit(MAX_COUNTED + 1)).scalars().all()
        total = min(len(found), MAX_COUNTED)
        page_size = MAX_PRINTED_ACTIONS if query.for_paper else PAGE_SIZE
        page, pages = clamp_page(query.page, total, page_size)
        starts = range((page - 1) * page_size, min(page * page_size, total), PAGE_SIZE)
        rows = [row for start in starts for row in _rows(connection, query, found[start : start + PAGE_SIZE])]
        latest = HistoryQuery().select_ids().add_columns(actions.c.person).limit(MAX_COUNTED)
        people = sorted({person for _, person in connection.execute(latest)})
    return HistoryPage(query, rows, total, len(found) > total, page, pages, people, page_size)


def latest_actions() -> list[HistoryRow]:
    """Return the latest actions, newest first, without looking up what is unknown.

    Raises:
        StoreError: when they can't be read.

    """
    with store().read() as connection:
        return _latest(connection, HistoryQuery())


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
            return _latest(connection, query)
    except StoreError as error:
        log.error("history not read", extra={"reason": str(error)})
        return None


def read_all(query: HistoryQuery) -> Iterator[list[Change]]:
    """Return all changes that match, newest first, in batches."""
    before: ColumnElement[bool] | None = None
    while True:
        condition = query.of_changes() if before is None else and_(query.of_changes(), before)
        selected = SELECT_CHANGES.where(condition).order_by(changes.c.id.desc()).limit(READ_AT_A_TIME)
        with store().read() as connection:
            batch = list(map(to_change, connection.execute(selected)))
        yield batch
        if len(batch) < READ_AT_A_TIME:
            return
        before = changes.c.id < batch[-1].id


def _latest(connection: Connection, query: HistoryQuery) -> list[HistoryRow]:
    return _rows(connection, query, connection.execute(query.select_ids().limit(MAX_LATEST)).scalars().all())


def _rows(connection: Connection, query: HistoryQuery, ids: Sequence[int]) -> list[HistoryRow]:
    found = connection.execute(select(actions).where(actions.c.id.in_(ids)).order_by(actions.c.id.desc())).all()
    # A contact that was created is part of another line, unless created contacts are all that is looked for.
    matching = query.among_changes() if query.kind else and_(query.among_changes(), is_line())
    totals = count_lines(connection, and_(changes.c.action_id.in_(ids), matching))
    lines = read_first_lines(connection, ids, matching, MAX_SHOWN_LINES)
    undone, since = find_undone(connection, ids), undo_start()
    return [
        HistoryRow(
            action.id,
            action.person,
            action.began,
            action.kind,
            totals.get(action.id, Totals()),
            lines.get(action.id, []),
            can_undo=action.began >= since and action.id not in undone,
            undone_by=undone.get(action.id),
        )
        for action in found
    ]


def find_undone(connection: Connection, ids: Sequence[int]) -> dict[int, int]:
    """Return the latest undos by the actions that they undo; one of which nothing was carried out does not count."""
    failed = [Outcome.REFUSED, Outcome.SKIPPED, Outcome.NOT_FOUND_LATER]
    has_effect = exists().where(changes.c.action_id == actions.c.id, changes.c.outcome.not_in(failed))
    query = select(actions.c.undoes, func.max(actions.c.id).label("undo")).where(actions.c.undoes.in_(ids), has_effect)
    return {row.undoes: row.undo for row in connection.execute(query.group_by(actions.c.undoes))}
