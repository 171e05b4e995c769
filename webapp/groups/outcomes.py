"""What the phonebook shows after a change that Messente gave no clear answer to.

What is seen is told and recorded, and no more than that: a change that can't be seen yet may still come true.
"""

import logging
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from uuid import UUID

from flask import url_for
from markupsafe import Markup

from webapp.activity import entries
from webapp.activity.entries import Entry, Kind, Outcome
from webapp.groups import names
from webapp.phonebook import Group, GroupList
from webapp.phonebook.errors import PhonebookError
from webapp.site.context import LOOK, phonebook
from webapp.site.errors import log_failure
from webapp.site.filters import contacts, quoted
from webapp.store import StoreError

LONG_AGO = timedelta(hours=1)
"""After so long a change that the phonebook does not show counts as not made."""

COULD_NOT_LOOK = Markup("We could not look what your groups show now. Look at them before you try again.")
GONE = Markup("The group is no longer in the phonebook.")

log = logging.getLogger(__name__)


def look(entry: Entry | None) -> Markup:
    """Look once what became of a change, and say it.

    Args:
        entry: of the change; without one, nothing was sent.

    """
    if entry is None:
        return Markup("")
    try:
        now = phonebook(LOOK).list_groups()
        happened, group = _evidence(entry, now)
    except PhonebookError as error:
        log_failure(error)
        return COULD_NOT_LOOK
    except StoreError as error:
        log.error("not looked up", extra={"entry": entry.id, "reason": str(error)})
        return COULD_NOT_LOOK
    if happened and entry.outcome in entries.UNDECIDED:
        entries.decide(entry, Outcome.CONFIRMED, group)
    return _words(entry, now, group, happened=happened)


def settled(entry: Entry) -> Entry:
    """Look what became of a change that a crash has left open; others are returned as they are."""
    if entry.is_under_way or entry.error or entry.outcome not in entries.UNDECIDED:
        return entry
    try:
        happened, group = _evidence(entry, phonebook(LOOK).list_groups())
    except PhonebookError as error:
        log_failure(error)
        return entry
    return entries.decide(entry, Outcome.CONFIRMED, group) if happened else entry


def settle(undecided: Iterable[Entry], now: GroupList) -> None:
    """Record what the phonebook shows of changes whose outcome was not known.

    Args:
        undecided: the changes.
        now: all groups, as they are.

    """
    for entry in undecided:
        happened, group = _evidence(entry, now)
        if happened:
            entries.decide(entry, Outcome.CONFIRMED, group)
        elif happened is False and datetime.now(UTC) - entry.began > LONG_AGO:
            entries.decide(entry, Outcome.ABSENT)


def _evidence(entry: Entry, now: GroupList) -> tuple[bool | None, Group | None]:
    """Say whether the phonebook shows a change, None if it can't be told, and the group where there is one."""
    group = next((each for each in now.groups if each.id == entry.group_id), None)
    seen_all = False if now.unreadable == 0 else None
    if entry.kind is Kind.CREATE:
        group = group or _new_group(entry, now)
        return (True if group else seen_all), group
    if entry.kind is Kind.RENAME:
        return (names.same(group.name, entry.after or "") if group else seen_all), group
    return (False if group else None if now.unreadable else True), group


def _new_group(entry: Entry, now: GroupList) -> Group | None:
    """Find a group of that name that was not there before, and that nobody else's form has made."""
    known = {UUID(each) for each in entry.twins.split()}
    new = {
        group.id: group for group in now.groups if group.id not in known and names.alike(group.name, entry.after or "")
    }
    others = entries.created(new, but=entry) if new else set()
    return next((group for key, group in new.items() if key not in others), None)


def _words(entry: Entry, now: GroupList, group: Group | None, *, happened: bool | None) -> Markup:
    if entry.kind is Kind.CREATE:
        if group:
            return Markup('Your groups now show <a href="{}">{}</a>, which they did not show before.').format(
                url_for("groups.show", group_id=group.id), quoted(group.name)
            )
        return Markup("Your groups do not show it yet. It may still appear: look again before you create it once more.")
    if group is None:
        return COULD_NOT_LOOK if now.unreadable else GONE
    if entry.kind is Kind.RENAME and happened:
        return Markup("It is called {} now, as you asked.").format(quoted(group.name))
    if entry.kind is Kind.RENAME:
        return Markup("It is called {} now. That may still change: look again before you rename it once more.").format(
            quoted(group.name)
        )
    return Markup(
        "{} is still in the phonebook, with {}. It may still go: look again before you try once more."
    ).format(quoted(group.name), contacts(group.contacts_count))
