"""Decide changes of unknown outcome by what the phonebook shows now.

What is seen is recorded, and no more than that: a change that can't be seen yet may still come true.
"""

import logging
from collections.abc import Container, Iterable, Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import and_, func, or_, select

from webapp.actions.models import GROUP_KINDS, UNDECIDED, Change, ChangeKind, Outcome, describe_details
from webapp.actions.records import record_verdicts, search_text
from webapp.phonebook import Contact, Group, PhonebookClient, Rows
from webapp.phonebook.errors import NotFound, PhonebookError
from webapp.store.schema import changes
from webapp.text.matching import is_duplicate_name, is_same_text
from webapp.web.current import store
from webapp.web.error_pages import log_failure

MAX_CLOCK_DIFFERENCE = timedelta(minutes=5)
"""Between Messente's clock and this machine's."""

NOT_FOUND_AFTER = timedelta(hours=1)
"""A change that the phonebook does not show after this long counts as not made."""

log = logging.getLogger(__name__)


def reconcile(
    undecided: Sequence[Change],
    client: PhonebookClient,
    groups: Rows[Group] | None = None,
    *,
    confirm_only: bool = False,
) -> list[Change]:
    """Look up changes in the phonebook, record what it shows, and return those that are decided now.

    A call that fails leaves its changes undecided.

    Args:
        undecided: changes of unknown outcome.
        client: for a list of groups, if a change to a group is among them, and one call for each other change.
        groups: all groups, if they are known already.
        confirm_only: leave undecided what the phonebook does not show, however long ago it began.

    Raises:
        StoreError: when other changes to the same groups can't be read.

    """
    of_groups = [change for change in undecided if change.kind in GROUP_KINDS]
    others = [change for change in undecided if change.kind not in GROUP_KINDS]
    verdicts = _group_verdicts(of_groups, client, groups) if of_groups else []
    for change, happened in client.each(lambda each: shows_contact_change(each, client), others) if others else ():
        if isinstance(happened, PhonebookError):
            log_failure(happened)
        elif outcome := _verdict(change, happened):
            verdicts.append(change.decided(outcome))
    if confirm_only:
        verdicts = [change for change in verdicts if change.outcome is Outcome.CONFIRMED]
    record_verdicts(verdicts)
    return verdicts


def _group_verdicts(undecided: list[Change], client: PhonebookClient, groups: Rows[Group] | None) -> list[Change]:
    try:
        now = groups or client.list_groups()
    except PhonebookError as error:
        log_failure(error)
        return []
    verdicts: list[Change] = []
    for change in undecided:
        taken = {verdict.group_id for verdict in verdicts}
        happened, group = shows_group_change(change, now, taken)
        if outcome := _verdict(change, happened):
            verdicts.append(change.decided(outcome, group if happened else None))
    return verdicts


def _verdict(change: Change, happened: bool | None) -> Outcome | None:
    if happened:
        return Outcome.CONFIRMED
    is_old = store().now() - change.began > NOT_FOUND_AFTER
    return Outcome.NOT_FOUND_LATER if happened is False and is_old else None


def shows_group_change(
    change: Change, now: Rows[Group], taken: Container[UUID | None] = ()
) -> tuple[bool | None, Group | None]:
    """Return whether the phonebook shows a change to a group (None if unclear), and the group if it is there.

    Args:
        change: of one of GROUP_KINDS.
        now: all groups as they are now.
        taken: ids of groups that other changes are known to have created.

    Raises:
        StoreError: when other changes to the same groups can't be read.

    """
    # An invalid row may be any group.
    if change.kind is ChangeKind.CREATE:
        new = _find_new_groups(change, now)
        if not new:
            return (None if now.unreadable else False), None
        # If several changes may have created one group, nobody can tell whose it is.
        happened = True if len(new) > _count_rivals(change) else None
        return happened, next((group for group in new if group.id not in taken), None)
    group = next((each for each in now.rows if each.id == change.group_id), None)
    if change.kind is ChangeKind.DELETE:
        return (False if group else None if now.unreadable else True), group
    if group and is_same_text(group.name, change.after or ""):
        return True, group
    if any(is_same_text(name, change.after or "") for name in _find_later_names(change)):
        return True, None
    return (False if group or not now.unreadable else None), group


def shows_contact_change(change: Change, client: PhonebookClient) -> bool | None:
    """Return whether the phonebook shows a change to a contact or a membership; None if that can't be told.

    Raises:
        PhonebookError: when the call fails.

    """
    if change.kind not in {ChangeKind.ADD, ChangeKind.REMOVE}:
        contact = find_contact(change, client)
        shows = shows_contact(change, contact)
        # With other details, it was created by somebody else, or changed since.
        return None if contact and change.kind is ChangeKind.CREATE_CONTACT and not shows else shows
    try:
        found = client.list_groups_of(change.number or "")
    except NotFound:  # a contact that is gone is in no group
        return change.kind is ChangeKind.REMOVE
    is_member = any(group.id == change.group_id for group in found.rows)
    if found.unreadable and not is_member:
        return None
    return is_member is (change.kind is ChangeKind.ADD)


def shows_contact(change: Change, contact: Contact | None) -> bool:
    """Return whether a contact, or its absence, shows a change to it."""
    if contact is None or change.kind is ChangeKind.DELETE_CONTACT:
        return contact is None and change.kind is ChangeKind.DELETE_CONTACT
    names = change.detail_names
    if change.kind is ChangeKind.CHANGE_CONTACT or (change.kind is ChangeKind.CREATE_CONTACT and names):
        return describe_details({name: getattr(contact, name) for name in names}) == change.asked
    return change.kind is ChangeKind.CREATE_CONTACT


def find_contact(change: Change, client: PhonebookClient) -> Contact | None:
    """Fetch the contact that a change is about; None if there is none."""
    try:
        return client.get_contact(change.number or "")
    except NotFound:
        return None


def _find_new_groups(change: Change, now: Rows[Group]) -> list[Group]:
    """Find the groups that a change may have created: of that name, not there before, and nobody else's."""
    if change.group_id:
        return [group for group in now.rows if group.id == change.group_id]
    duplicates = change.duplicates.split()
    earliest = change.began - MAX_CLOCK_DIFFERENCE
    found = [
        group
        for group in now.rows
        if is_duplicate_name(group.name, change.after or "")
        and str(group.id) not in duplicates
        and (group.created_on is None or group.created_on > earliest)
    ]
    others = _find_earlier_groups(change, [group.id for group in found]) if found else set()
    return [group for group in found if group.id not in others]


def _find_earlier_groups(change: Change, ids: Iterable[UUID]) -> set[UUID]:
    """Return those groups that another change has created, or that a change before this one was about."""
    others = or_(changes.c.kind == ChangeKind.CREATE, changes.c.id < change.id)
    query = select(changes.c.group_id).where(changes.c.group_id.in_(list(ids)), changes.c.id != change.id, others)
    with store().read() as connection:
        return set(connection.execute(query).scalars())


def _count_rivals(change: Change) -> int:
    """Count the other changes that were to create a group of that name and may have done so."""
    may_have = or_(
        changes.c.outcome.in_(UNDECIDED), and_(changes.c.outcome == Outcome.DONE, changes.c.group_id.is_(None))
    )
    query = select(func.count()).where(
        changes.c.kind == ChangeKind.CREATE,
        changes.c.searched == search_text(change.after),
        may_have,
        changes.c.id != change.id,
    )
    with store().read() as connection:
        return int(connection.execute(query).scalar_one())


def _find_later_names(change: Change) -> list[str]:
    """Return the names that a group had when later changes to it began."""
    query = select(changes.c.before).where(changes.c.group_id == change.group_id, changes.c.id > change.id)
    with store().read() as connection:
        return [name for name in connection.execute(query).scalars() if name is not None]
