"""The page of one action: what was requested, its progress, and the result of each line."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Self
from uuid import UUID

from sqlalchemy import and_, func, select

from webapp.actions.lines import count_lines, is_line, read_lines, removed_numbers
from webapp.actions.merge_left import find_unmerged
from webapp.actions.models import GROUP_KINDS, Action, ChangeKind, Job, JobState, Outcome
from webapp.actions.names import fetch_contacts, names_of
from webapp.actions.outcome_text import about
from webapp.actions.reconcile import reconcile
from webapp.actions.records import find_action, find_undecided_of
from webapp.actions.results import ResultLine
from webapp.actions.totals import LineState, Totals, describe_totals
from webapp.phone_numbers.pasted import MAX_LINES
from webapp.phonebook import Contact, Rows
from webapp.phonebook.models import find_in_no_group, find_numbers
from webapp.store.schema import changes
from webapp.web.current import phonebook, store
from webapp.web.paging import Paged, clamp_page, read_page_number
from webapp.web.time_budget import Budget

LINES_PER_PAGE = 200

MAX_OPEN_LINES = 3
"""If more lines are done, the page shows them only after a click."""

WORKER_PATIENCE = timedelta(seconds=10)
"""If no background worker takes a job for this long, the page says that the job waits for one."""

PACE_SPAN = timedelta(minutes=1)
"""The remaining time is estimated from the changes that ended within this time."""

_LIST = ((LineState.ATTENTION,), (LineState.REPEATED,), (LineState.DONE, LineState.UNCHANGED), (LineState.WAITING,))
"""The parts of the list of lines, in their order."""


class Progress(StrEnum):
    """What an action is doing."""

    UNDER_WAY = "under way"
    """A request is making its changes."""
    RUNNING = "running"
    STOPPING = "stopping"
    WAITING = "waiting"
    """For Messente, which could not be used."""
    NO_WORKER = "no worker"
    STOPPED = "stopped"
    GIVEN_UP = "given up"
    ENDED = "ended"


@dataclass(frozen=True)
class ActionQuery:
    """The address of an action's page. Invalid values fall back to the defaults."""

    action_id: int
    page: int = 1
    refreshes: bool = True
    """Whether the page of a running action reloads itself."""

    @classmethod
    def from_args(cls, action_id: int, args: Mapping[str, str]) -> Self:
        """Read an address's query."""
        return cls(action_id, read_page_number(args), args.get("refresh") != "off")

    def address(self, *, page: int = 1, refreshes: bool | None = None) -> dict[str, str | int]:
        """Return the arguments of this address with some changed; defaults are left out."""
        arguments: dict[str, str | int] = {"action_id": self.action_id}
        if page > 1:
            arguments["page"] = page
        if not (self.refreshes if refreshes is None else refreshes):
            arguments["refresh"] = "off"
        return arguments


@dataclass(frozen=True)
class Part:
    """A part of the list of lines, as far as it is on this page."""

    state: LineState
    lines: Sequence[ResultLine]
    total: int
    """Lines of this part on all pages."""

    @property
    def is_open(self) -> bool:
        """Whether these lines are shown without being asked for: they are very few, or few with a warning."""
        warns = self.total <= MAX_LINES and any(line.warning for line in self.lines)
        return warns or self.total <= MAX_OPEN_LINES


@dataclass(frozen=True)
class ActionPage(Paged):
    """An action with one page of its lines."""

    query: ActionQuery
    action: Action
    totals: Totals
    progress: Progress
    time_left: str
    """Such as "about 2 minutes left"; "" if unknown."""
    parts: Sequence[Part]
    rows: Sequence[ResultLine]
    page: int
    pages: int
    names: Mapping[str, str]
    """Names of contacts by number, as far as they could be looked up."""
    new_orphans: Sequence[Contact]
    """The contacts that have left groups and are in no group now."""
    unmerged: Sequence[UUID] = ()
    """The groups that a merge, which has ended, has not deleted."""
    stays: UUID | None = None
    """The group into which it has merged others; None if unknown."""
    lacks_contacts: bool = False
    """Whether the contacts were needed and did not come in time: names are missing, and `new_orphans`."""
    page_size: int = LINES_PER_PAGE

    @property
    def is_active(self) -> bool:
        """Whether a job may still be stopped."""
        return self.action.job is not None and self.action.job.is_active

    @property
    def is_stopped(self) -> bool:
        """Whether its job was stopped, or given up."""
        return self.progress in {Progress.STOPPED, Progress.GIVEN_UP}

    @property
    def may_change(self) -> bool:
        """Whether the page may show something else soon."""
        return self.is_active or self.progress is Progress.UNDER_WAY

    @property
    def seconds_until_refresh(self) -> int | None:
        """After how many seconds the page reloads itself; None if it does not."""
        if not self.may_change or not self.query.refreshes:
            return None
        return 30 if self.progress is Progress.WAITING else 3

    @property
    def total(self) -> int:
        """The number of all lines."""
        return self.totals.count()

    @property
    def ended(self) -> int:
        """The number of lines that are not waiting."""
        return self.total - self.totals.count(LineState.WAITING)

    @property
    def removes(self) -> bool:
        """Whether contacts have left groups."""
        return _removes(self.totals)

    @property
    def noun(self) -> str:
        """What the lines are about."""
        is_of_groups = any(each.kind in GROUP_KINDS for each in self.totals.kinds)
        return "change" if is_of_groups else "number"

    @property
    def contact(self) -> str | None:
        """The number of the only contact; None if there are several, or it belongs to no contact."""
        numbers = {line.number for line in self.rows}
        is_contact = any(line.is_contact for line in self.rows)
        return numbers.pop() if is_contact and len(numbers) == 1 and self.pages == 1 else None

    @property
    def group_to_try_again(self) -> UUID | None:
        """The group whose form can be sent again with the numbers that need attention; None if it can't."""
        only_adds = all(each.kind is ChangeKind.ADD for each in self.totals.kinds)
        count = self.totals.count(LineState.ATTENTION)
        can_try = only_adds and not self.may_change and 0 < count <= MAX_LINES
        return self.totals.group_id if can_try else None

    @property
    def heading(self) -> str:
        """The progress of the action, or its result."""
        if self.progress is Progress.UNDER_WAY:
            return "This is still in progress"
        if self.is_active:
            return f"{self.ended:,} of {self.total:,} done"
        stopped = "Stopped: " if self.is_stopped else ""
        return f"{stopped}{describe_totals(self.totals)}"


def fetch_action_page(query: ActionQuery) -> ActionPage | None:
    """Return the page of an action, after reconciling; None if there is no such action.

    Raises:
        StoreError: when it can't be read.

    """
    action = find_action(query.action_id)
    if action is None:
        return None
    if undecided := find_undecided_of(action.id):
        reconcile(undecided, phonebook(Budget.LOOK_UP))
    with store().read() as connection:
        own = and_(changes.c.action_id == action.id, is_line())
        totals = count_lines(connection, own).get(action.id, Totals())
        page, pages = clamp_page(query.page, totals.count(), LINES_PER_PAGE)
        parts, skip, room = [], (page - 1) * LINES_PER_PAGE, LINES_PER_PAGE
        for states in _LIST:
            count = totals.count(*states)
            if skip < count and room:
                lines = read_lines(connection, action.id, states, limit=room, offset=skip)
                parts.append(Part(states[0], lines, count))
                room -= len(lines)
            skip = max(0, skip - count)
    progress = _progress(action, totals)
    rows = [line for part in parts for line in part.lines]
    has_ended = progress in {Progress.STOPPED, Progress.GIVEN_UP, Progress.ENDED}
    contacts: Rows[Contact] | None = Rows(())
    if has_ended and (_removes(totals) or any(line.may_be_contact for line in rows)):  # not at each reload
        patience = Budget.LOOK_UP if _removes(totals) else Budget.READ
        contacts = fetch_contacts(Budget.NAMES if phonebook().expects_many(None) else patience)
    unmerged, stays = find_unmerged(action) if has_ended else ([], None)
    return ActionPage(
        query,
        action,
        totals,
        progress,
        _time_left(action.id, totals) if progress is Progress.RUNNING else "",
        parts,
        rows,
        page,
        pages,
        names_of(contacts, {line.number for line in rows}),
        _new_orphans(contacts, action.id) if contacts and _removes(totals) else [],
        unmerged,
        stays,
        lacks_contacts=contacts is None,
    )


def _progress(action: Action, totals: Totals) -> Progress:
    job = action.job
    if job is None:
        return Progress.UNDER_WAY if totals.count(LineState.WAITING) else Progress.ENDED
    if job.state is JobState.STOPPED:
        return Progress.GIVEN_UP if job.reason else Progress.STOPPED
    if job.state is JobState.FINISHED:
        return Progress.ENDED
    now = store().now()
    if job.stop_requested:
        return Progress.STOPPING
    if job.resume_at and job.resume_at > now and job.reason:
        return Progress.WAITING
    return Progress.NO_WORKER if _has_no_worker(action, job, now) else Progress.RUNNING


def _has_no_worker(action: Action, job: Job, now: datetime) -> bool:
    """Whether the job has waited for a background worker for longer than WORKER_PATIENCE."""
    waits_since = job.lease_until or job.resume_at or action.began
    return waits_since is not None and waits_since < now - WORKER_PATIENCE


def _time_left(action_id: int, totals: Totals) -> str:
    """Estimate the remaining time from the latest changes."""
    now = store().now()
    recent = and_(changes.c.action_id == action_id, changes.c.ended > now - PACE_SPAN)
    query = select(func.count(), func.min(changes.c.ended)).where(recent, changes.c.outcome != Outcome.SKIPPED)
    with store().read() as connection:
        count, first = connection.execute(query).one()
        waiting = select(func.count()).where(
            changes.c.action_id == action_id, changes.c.outcome.in_([Outcome.PLANNED, Outcome.STARTED])
        )
        left = connection.execute(waiting).scalar_one()
    if not count or not first or not totals.count(LineState.WAITING):
        return ""
    seconds = max((now - first).total_seconds(), 1)
    return f"{about(seconds / count * left)} left"


def _removes(totals: Totals) -> bool:
    """Whether contacts have left groups."""
    kinds = {ChangeKind.REMOVE, ChangeKind.DELETE}
    return any(each.kind in kinds and each.counts.get(LineState.DONE) for each in totals.kinds)


def _new_orphans(contacts: Rows[Contact], action_id: int) -> list[Contact]:
    """Return the contacts that have left groups and are in no group now."""
    with store().read() as connection:
        removed = dict.fromkeys(removed_numbers(connection, action_id))
    orphans = find_numbers(find_in_no_group(contacts), removed.keys())
    return [orphans[each] for each in removed if each in orphans]
