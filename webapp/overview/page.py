"""Fetch the data of the overview. Three calls to the API; each part does without what could not be read."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, partial
from typing import TypeVar

from webapp.actions.history import HistoryRow, latest_actions
from webapp.actions.names import names_of
from webapp.actions.own_jobs import RunningJob, running_jobs
from webapp.contacts.group_picker import result_or_error
from webapp.overview import figures, growth
from webapp.overview.check_up import CheckUp, check
from webapp.overview.deletions import Deletions, count_deletions
from webapp.overview.figures import SameMembers
from webapp.phonebook import Contact, Group, Rows
from webapp.phonebook.errors import PhonebookError
from webapp.store import StoreError
from webapp.web.current import default_region, phonebook, settings
from webapp.web.failures import Failure, explain

MAX_LARGEST = 10
"""Groups that the overview shows."""

T = TypeVar("T")

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class OverviewPage:
    """The overview, as far as it could be read. What is missing is None."""

    groups: Rows[Group] | None
    contacts: Rows[Contact] | None
    blacklist: frozenset[str] | None
    missing: Sequence[tuple[str, Failure]]
    """What could not be read from Messente, and why."""
    deletions: Deletions | None
    check_up: CheckUp
    compared: SameMembers | None
    actions: Sequence[HistoryRow] | None
    jobs: Sequence[RunningJob] | None
    growth: growth.Growth | None

    @property
    def largest(self) -> Sequence[Group]:
        """The largest groups, the largest first."""
        return self.groups.derive(find_largest) if self.groups else ()

    @property
    def is_empty(self) -> bool:
        """Whether the phonebook has neither contacts nor groups."""
        fetched = [rows for rows in (self.groups, self.contacts) if rows is not None]
        return len(fetched) == 2 and not any(rows.rows or rows.unreadable for rows in fetched)

    @cached_property
    def names(self) -> dict[str, str]:
        """Names of the contacts in the latest actions, by number."""
        numbers = {line.number for row in self.actions or () for line in row.lines if line.is_contact}
        return names_of(self.contacts, numbers)


def overview_page() -> OverviewPage:
    """Fetch the overview, and record the day's figures if nobody has."""
    client = phonebook()
    fetched_groups, fetched_contacts = client.begin(client.list_groups), client.begin(client.list_contacts)
    fetched_blacklist = client.begin(client.list_blacklist)
    missing: list[tuple[str, Failure]] = []
    groups = _wait("groups", fetched_groups, missing)
    contacts = _wait("contacts", fetched_contacts, missing)
    blacklist = _wait("blacklist", fetched_blacklist, missing)
    if groups and contacts and blacklist is not None:
        _read(partial(_record, contacts, groups, blacklist))
    compared = _read(figures.read_same_members)
    return OverviewPage(
        groups=groups,
        contacts=contacts,
        blacklist=blacklist,
        missing=missing,
        deletions=contacts.derive(count_deletions, datetime.now(settings().time_zone).date()) if contacts else None,
        check_up=check(groups, contacts, compared, default_region()),
        compared=compared,
        actions=_read(latest_actions),
        jobs=_read(running_jobs),
        growth=growth.draw(_read(figures.read_year) or ()),
    )


def _wait(name: str, fetched: Callable[[], T], missing: list[tuple[str, Failure]]) -> T | None:
    """Wait for a call; if it fails, return None and add what is missing."""
    result = result_or_error(fetched)
    if isinstance(result, PhonebookError):
        missing.append((name, explain(result, unchanged="", resource=f"your {name}")))
        return None
    return result


def find_largest(groups: Rows[Group]) -> list[Group]:
    """Return the largest groups that have contacts, the largest first."""
    filled = [group for group in groups.rows if group.contacts_count]
    return sorted(filled, key=lambda group: -group.contacts_count)[:MAX_LARGEST]


def _record(contacts: Rows[Contact], groups: Rows[Group], blacklist: frozenset[str]) -> None:
    if counted := figures.count_today(contacts, groups, blacklist):
        figures.record(counted)


def _read(part: Callable[[], T]) -> T | None:
    """Return a part that is in the store; None if the store fails."""
    try:
        return part()
    except StoreError as error:
        log.error("overview not complete", extra={"reason": str(error)})
        return None
