"""Decide changes of unknown outcome by what the phonebook shows now.

A change that the phonebook shows is confirmed. One that it does not show may still happen, so it stays undecided for
an hour.
"""

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from types import MappingProxyType
from uuid import UUID

from sqlalchemy import and_, func, or_, select

from webapp.actions.models import BLACKLIST_KINDS, GROUP_KINDS, UNDECIDED, Change, ChangeKind, Outcome
from webapp.actions.plan import describe_details
from webapp.actions.records import record_verdicts
from webapp.phonebook import Contact, Group, PhonebookClient, Rows
from webapp.phonebook.errors import NotFound, PhonebookError
from webapp.store.schema import changes
from webapp.text import is_duplicate_name, is_same_text, searchable
from webapp.web.current import store
from webapp.web.error_pages import log_failure

MAX_CLOCK_DIFFERENCE = timedelta(minutes=5)
"""Largest difference between Messente's clock and this machine's."""

NOT_FOUND_AFTER = timedelta(hours=1)
"""A change that the phonebook does not show after this time counts as not made."""

MAX_SINGLE = 3
"""Changes to the members of a group that are looked up one by one; more are looked up by listing the members."""

log = logging.getLogger(__name__)


def reconcile(
    undecided: Sequence[Change],
    client: PhonebookClient,
    groups: Rows[Group] | None = None,
    *,
    confirm_only: bool = False,
) -> list[Change]:
    """Look up changes in the phonebook, record the verdicts, and return the changes that are decided now.

    If a call fails, its changes stay undecided.

    Args:
        undecided: changes of unknown outcome.
        client: makes the calls; see `look_up`.
        groups: all groups, if they have been fetched already.
        confirm_only: leave changes that the phonebook does not show undecided, however old they are.

    Raises:
        StoreError: when other changes to the same groups can't be read.

    """
    verdicts = []
    for change, happened, group in look_up(undecided, client, groups):
        if isinstance(happened, PhonebookError):
            log_failure(happened)
        elif outcome := _verdict(change, happened):
            verdicts.append(change.decided(outcome, group))
    if confirm_only:
        verdicts = [change for change in verdicts if change.outcome is Outcome.CONFIRMED]
    record_verdicts(verdicts)
    return verdicts


def look_up(
    undecided: Sequence[Change], client: PhonebookClient, groups: Rows[Group] | None = None
) -> Iterator[tuple[Change, bool | PhonebookError | None, Group | None]]:
    """Return for each change whether the phonebook shows it, and the group that shows it.

    Whether it shows is None if that is unclear, and an error if the call failed. One call lists the groups if any
    change is to a group, and one lists the blacklist; one lists the members of a group to which several contacts were
    added, or from which they were removed; each other change takes a call.

    Raises:
        StoreError: when other changes to the same groups can't be read.

    """
    of_groups = [change for change in undecided if change.kind in GROUP_KINDS]
    if of_groups:
        yield from _look_up_groups(of_groups, client, groups)
    of_blacklist = [change for change in undecided if change.kind in BLACKLIST_KINDS]
    if of_blacklist:
        yield from _look_up_blacklist(of_blacklist, client)
    by_group: dict[UUID | None, list[Change]] = {}
    for change in undecided:
        if change.kind in {ChangeKind.ADD, ChangeKind.REMOVE}:
            by_group.setdefault(change.group_id, []).append(change)
    listed = {group_id: changes for group_id, changes in by_group.items() if group_id and len(changes) > MAX_SINGLE}
    for group_id, changes_of_group in listed.items():
        yield from _look_up_members(changes_of_group, group_id, client)
    others = [change for change in undecided if change.kind not in GROUP_KINDS | BLACKLIST_KINDS]
    singly = [change for change in others if not _is_listed(change, listed.values())]
    for change, happened in client.each(lambda each: shows_contact_change(each, client), singly) if singly else ():
        yield change, happened, None


def _is_listed(change: Change, listed: Iterable[list[Change]]) -> bool:
    return any(change in each for each in listed)


def _look_up_groups(
    undecided: list[Change], client: PhonebookClient, groups: Rows[Group] | None
) -> Iterator[tuple[Change, bool | PhonebookError | None, Group | None]]:
    try:
        now = groups or client.list_groups()
    except PhonebookError as error:
        yield from ((change, error, None) for change in undecided)
        return
    taken: dict[UUID, int] = {}
    for change in undecided:
        happened, group = shows_group_change(change, now, taken)
        if happened and group:
            taken[group.id] = change.id
        yield change, happened, group if happened else None


def _look_up_blacklist(
    undecided: list[Change], client: PhonebookClient
) -> Iterator[tuple[Change, bool | PhonebookError | None, Group | None]]:
    try:
        blacklist = client.list_blacklist()
    except PhonebookError as error:
        yield from ((change, error, None) for change in undecided)
        return
    for change in undecided:
        yield change, (change.number in blacklist) is (change.kind is ChangeKind.BLOCK), None


def _look_up_members(
    undecided: list[Change], group_id: UUID, client: PhonebookClient
) -> Iterator[tuple[Change, bool | PhonebookError | None, Group | None]]:
    try:
        listed = client.list_numbers(group_id, {change.number for change in undecided if change.number})
    except NotFound:  # a deleted group has no members
        yield from ((change, change.kind is ChangeKind.REMOVE, None) for change in undecided)
        return
    except PhonebookError as error:
        yield from ((change, error, None) for change in undecided)
        return
    for change in undecided:
        is_member = change.number in listed.found
        is_unclear = listed.unreadable and not is_member
        yield change, None if is_unclear else is_member is (change.kind is ChangeKind.ADD), None


def _verdict(change: Change, happened: bool | None) -> Outcome | None:
    if happened:
        return Outcome.CONFIRMED
    is_old = store().now() - change.began > NOT_FOUND_AFTER
    return Outcome.NOT_FOUND_LATER if happened is False and is_old else None


def shows_group_change(
    change: Change, now: Rows[Group], taken: Mapping[UUID, int] = MappingProxyType({})
) -> tuple[bool | None, Group | None]:
    """Return whether the phonebook shows a change to a group (None if unclear), and the group if it is there.

    Args:
        change: its kind is one of GROUP_KINDS.
        now: all groups as they are now.
        taken: groups that other changes created: the ids of those changes by the groups' ids.

    Raises:
        StoreError: when other changes to the same groups can't be read.

    """
    # An invalid row may be any group, so its absence proves nothing.
    if change.kind is ChangeKind.CREATE:
        new = [group for group in _find_new_groups(change, now) if group.id not in taken]
        if not new:
            return (None if now.unreadable else False), None
        # If there are fewer new groups than changes that may have created them, it is unclear which change did.
        return True if len(new) > _count_rivals(change, taken.values()) else None, new[0]
    group = next((each for each in now.rows if each.id == change.group_id), None)
    if change.kind is ChangeKind.DELETE:
        return (False if group else None if now.unreadable else True), group
    if group and is_same_text(group.name, change.after or ""):
        return True, group
    if any(is_same_text(name, change.after or "") for name in _find_later_names(change)):
        return True, None
    return (False if group or not now.unreadable else None), group


def shows_contact_change(change: Change, client: PhonebookClient) -> bool | None:
    """Return whether the phonebook shows a change to a contact or a membership; None if unclear.

    Raises:
        PhonebookError: when the call fails.

    """
    if change.kind not in {ChangeKind.ADD, ChangeKind.REMOVE}:
        contact = find_contact(change, client)
        shows = shows_contact(change, contact)
        # A contact with other details was created by somebody else, or has been changed since.
        return None if contact and change.kind is ChangeKind.CREATE_CONTACT and not shows else shows
    try:
        groups = client.list_groups_of(change.number or "")
    except NotFound:  # a deleted contact is in no group
        return change.kind is ChangeKind.REMOVE
    is_member = any(group.id == change.group_id for group in groups.rows)
    if groups.unreadable and not is_member:
        return None
    return is_member is (change.kind is ChangeKind.ADD)


def shows_contact(change: Change, contact: Contact | None) -> bool:
    """Return whether a contact (None if it does not exist) shows that a change to it has happened."""
    if contact is None or change.kind is ChangeKind.DELETE_CONTACT:
        return contact is None and change.kind is ChangeKind.DELETE_CONTACT
    names = change.detail_names
    if change.kind is ChangeKind.CHANGE_CONTACT or (change.kind is ChangeKind.CREATE_CONTACT and names):
        return describe_details({name: getattr(contact, name) for name in names}) == change.asked
    return change.kind is ChangeKind.CREATE_CONTACT


def find_contact(change: Change, client: PhonebookClient) -> Contact | None:
    """Fetch the contact that a change is about; None if it does not exist."""
    try:
        return client.get_contact(change.number or "")
    except NotFound:
        return None


def _find_new_groups(change: Change, now: Rows[Group]) -> list[Group]:
    """Find the groups that a change may have created: groups of its name that are new and not from another change."""
    if change.group_id:
        return [group for group in now.rows if group.id == change.group_id]
    duplicates = change.duplicates.split()
    earliest = change.began - MAX_CLOCK_DIFFERENCE
    new = [
        group
        for group in now.rows
        if is_duplicate_name(group.name, change.after or "")
        and str(group.id) not in duplicates
        and (group.created_on is None or group.created_on > earliest)
    ]
    others = _find_earlier_groups(change, [group.id for group in new]) if new else set()
    return [group for group in new if group.id not in others]


def _find_earlier_groups(change: Change, ids: Iterable[UUID]) -> set[UUID]:
    """Return the ids of groups that another change created, or that an earlier change was about."""
    others = or_(changes.c.kind == ChangeKind.CREATE, changes.c.id < change.id)
    query = select(changes.c.group_id).where(changes.c.group_id.in_(list(ids)), changes.c.id != change.id, others)
    with store().read() as connection:
        return set(connection.execute(query).scalars())


def _count_rivals(change: Change, decided: Iterable[int]) -> int:
    """Count the other changes, except those that were just decided, that may have created a group of the same name.

    Undecided changes of the same action don't count: they are looked up together, and it makes no difference which of
    them gets which group.
    """
    may_have = or_(
        and_(changes.c.outcome.in_(UNDECIDED), changes.c.action_id != change.action_id),
        and_(changes.c.outcome == Outcome.DONE, changes.c.group_id.is_(None)),
    )
    query = select(func.count()).where(
        changes.c.kind == ChangeKind.CREATE,
        changes.c.searched == searchable(change.after),
        may_have,
        changes.c.id.not_in([change.id, *decided]),
    )
    with store().read() as connection:
        return int(connection.execute(query).scalar_one())


def _find_later_names(change: Change) -> list[str]:
    """Return the names that a group had when later changes to it began."""
    query = select(changes.c.before).where(changes.c.group_id == change.group_id, changes.c.id > change.id)
    with store().read() as connection:
        return [name for name in connection.execute(query).scalars() if name is not None]
