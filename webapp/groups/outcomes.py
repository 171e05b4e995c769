"""What the phonebook shows after a change that Messente gave no clear answer to.

What is seen is told and recorded, and no more than that: a change that can't be seen yet may still come true.
"""

import logging
from collections.abc import Container, Iterable
from datetime import timedelta
from uuid import UUID

from flask import url_for
from markupsafe import Markup

from webapp.activity import entries, evidence
from webapp.activity.entries import OF_GROUPS, Entry, Kind, Outcome
from webapp.activity.listing import Query, Row, latest
from webapp.phonebook import Group, Rows
from webapp.phonebook.errors import PhonebookError
from webapp.site.context import LOOK, phonebook
from webapp.site.errors import log_failure
from webapp.site.filters import contacts, quoted
from webapp.site.text import alike, same
from webapp.store import StoreError

CLOCKS = timedelta(minutes=5)
"""By which Messente's clock and this machine's may differ."""

COULD_NOT_LOOK = Markup("We could not look what your groups show now. Look at them before you try again.")
NOT_YET = Markup("Your groups do not show it yet. It may still appear: look again before you create it once more.")
GONE = Markup("The group is no longer in the phonebook.")
MAY_LEAVE = Markup(
    "Contacts of it that were in no other group are in none now, and Messente deletes a contact that has been in no"
    ' group for 30 days: <a href="{}">see who is about to be deleted</a>.'
)

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
        entries.decide((entry, Outcome.CONFIRMED, group))
    elif happened and entry.group_id is None:
        entries.decide((entry, entry.outcome, group))
    return _words(entry, now, group)


def twin_since(entry: Entry) -> str:
    """Look for another group of the name that a change has given, which nobody was told of before; return its id.

    Two people who give the same name at the same time see nothing of each other beforehand.
    """
    try:
        groups = phonebook(LOOK).list_groups().rows
    except PhonebookError as error:
        log_failure(error)
        return ""
    known = {*entry.twins.split(), str(entry.group_id)}
    found = (str(group.id) for group in groups if alike(group.name, entry.after or ""))
    return next((each for each in found if each not in known), "")


def settled(entry: Entry) -> Entry:
    """Look what became of a change that a crash has left open; others are returned as they are."""
    if entry.is_under_way or entry.error or entry.outcome not in entries.UNDECIDED:
        return entry
    try:
        happened, group = _evidence(entry, phonebook(LOOK).list_groups())
    except PhonebookError as error:
        log_failure(error)
        return entry
    return entries.decide((entry, Outcome.CONFIRMED, group))[0] if happened else entry


def settle(undecided: Iterable[Entry], now: Rows[Group]) -> None:
    """Record what the phonebook shows of changes whose outcome was not known.

    Args:
        undecided: the changes.
        now: all groups, as they are.

    Raises:
        StoreError: when it can't be looked up what else was done to them.

    """
    decisions: list[tuple[Entry, Outcome, Group | None]] = []
    for entry in undecided:
        happened, group = _evidence(entry, now, [group.id for _, _, group in decisions if group])
        if outcome := evidence.verdict(entry, happened):
            decisions.append((entry, outcome, group if happened else None))
    if decisions:
        entries.decide(*decisions)


def history(group: Group) -> list[Row] | None:
    """Return what was last done to a group; None where that can't be read.

    Args:
        group: as it is now, which may tell how a change ended whose outcome was not known.

    """

    def settle_open() -> None:
        settle(evidence.undecided(group_id=group.id, kinds=OF_GROUPS), Rows((group,)))

    return latest(Query(group=str(group.id)), settle_open)


def _evidence(entry: Entry, now: Rows[Group], taken: Container[UUID] = ()) -> tuple[bool | None, Group | None]:
    """Say whether the phonebook shows a change, None if that can't be told, and the group where there is one.

    Args:
        entry: of the change.
        now: all groups, as they are.
        taken: groups that others of the same name are known to have created.

    """
    # A row that can't be read may be any group.
    if entry.kind is Kind.CREATE:
        new = _new_groups(entry, now)
        if not new:
            return (None if now.unreadable else False), None
        # Where one of several may have made it, nobody can tell whose it is.
        happened = True if len(new) > evidence.rivals(entry) else None
        return happened, next((group for group in new if group.id not in taken), None)
    group = next((each for each in now.rows if each.id == entry.group_id), None)
    if entry.kind is Kind.DELETE:
        return (False if group else None if now.unreadable else True), group
    if group and same(group.name, entry.after or ""):
        return True, group
    if any(same(name, entry.after or "") for name in evidence.names_found_later(entry)):
        return True, None
    return (False if group or not now.unreadable else None), group


def _new_groups(entry: Entry, now: Rows[Group]) -> list[Group]:
    """Find the groups that a change may have created: of that name, not there before, and nobody else's."""
    if entry.group_id:
        return [group for group in now.rows if group.id == entry.group_id]
    twins = entry.twins.split()
    earliest = entry.began - CLOCKS
    found = [
        group
        for group in now.rows
        if alike(group.name, entry.after or "")
        and str(group.id) not in twins
        and (group.created_on is None or group.created_on > earliest)
    ]
    others = evidence.known_before(entry, [group.id for group in found]) if found else set()
    return [group for group in found if group.id not in others]


def _words(entry: Entry, now: Rows[Group], group: Group | None) -> Markup:
    """Say what the phonebook shows."""
    open_still = entry.outcome in entries.UNDECIDED
    if entry.kind is Kind.CREATE:
        if group:
            return Markup('Your groups now show <a href="{}">{}</a>, which they did not show before.').format(
                url_for("groups.show", group_id=group.id), quoted(group.name)
            )
        if open_still:
            return NOT_YET
        return Markup("Your groups showed it later, and do not show it now.")
    if group is None and entry.kind is Kind.DELETE and entry.contacts and not now.unreadable:
        return Markup("{} {}").format(GONE, MAY_LEAVE.format(url_for("contacts.leaving")))
    if group is None:
        return COULD_NOT_LOOK if now.unreadable else GONE
    called = Markup("It is called {} now").format(quoted(group.name))
    if entry.kind is Kind.RENAME and same(group.name, entry.after or ""):
        return called + ", as you asked."
    if entry.kind is Kind.RENAME:
        may_change = " That may still change: look again before you rename it once more." if open_still else ""
        return called + "." + may_change
    return Markup(
        "{} is still in the phonebook, with {}. It may still go: look again before you try once more."
    ).format(quoted(group.name), contacts(group.contacts_count))
