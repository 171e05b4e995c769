"""Find the orphans of groups: the contacts that deleting these groups would leave in no group.

The API's contacts don't list their groups, and no other field implies them: the date of deletion is not reliable. So
there are two ways: fetch the groups of each contact, or the contacts of each other group, the largest first. At every
step the way with fewer calls left is taken.

Nothing is guessed. A contact counts as an orphan only if everything was read that could have shown it in another
group. A group whose count of contacts is 0 is not read.
"""

from collections.abc import Collection, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TypeVar
from uuid import UUID

from webapp.phonebook import Contact, Group, PhonebookClient, Rows
from webapp.phonebook.client import URL_NUMBER
from webapp.phonebook.errors import NotFound, PhonebookError, RateLimited, TooManyRequests, UnreadableAnswer
from webapp.phonebook.pace import MAX_AHEAD

DAYS_UNTIL_DELETION = 30
"""Messente deletes a contact that has been in no group for so long."""

MAX_CONTACTS_LOOKED_UP = 500
"""Contacts whose groups are fetched one by one after some of the other groups could not be read."""

T = TypeVar("T")


class OrphansUnknown(Exception):
    """The orphans could not be found. The cause is the phonebook's error, if there was one."""

    @property
    def is_lasting(self) -> bool:
        """Whether another attempt would fail, too."""
        return isinstance(self.__cause__, PhonebookError) and self.__cause__.lasting

    @property
    def retry_after(self) -> int | None:
        """Seconds after which Messente can be asked again; None if its rate limit is not the reason."""
        match self.__cause__:
            case RateLimited() | TooManyRequests() as error:
                return error.retry_after or round(MAX_AHEAD)
        return None


@dataclass(frozen=True, eq=False)
class OrphanReport:
    """The contacts of a group that are in no other group."""

    member_count: int
    """Contacts that were read, which may differ from the group's own count."""
    orphans: Rows[Contact]
    """In the API's order."""
    members: Sequence[Contact] = ()
    """All contacts that were read."""

    @property
    def deletion_day(self) -> date:
        """The day on which Messente would delete the orphans if they were in no group from now on."""
        return datetime.now(UTC).date() + timedelta(days=DAYS_UNTIL_DELETION)


def find_orphans(client: PhonebookClient, group_id: UUID) -> OrphanReport:
    """Find the contacts of a group that are in no other group, before the client's deadline.

    Raises:
        OrphansUnknown: when they can't be found for certain.

    """
    try:
        members = client.list_contacts(group_id)
        if members.unreadable:
            raise OrphansUnknown("contacts of the group can't be read")
        orphans, gone = find_orphan_numbers(client, {group_id}, {contact.number for contact in members.rows})
    except PhonebookError as error:
        raise OrphansUnknown(type(error).__name__) from error
    rows = members.part(contact for contact in members.rows if contact.number in orphans)
    return OrphanReport(len(members.rows) - len(gone), rows, members.rows)


def find_orphan_numbers(
    client: PhonebookClient, group_ids: Collection[UUID], numbers: Collection[str]
) -> tuple[Collection[str], Collection[str]]:
    """Find out which of the given members of some groups are in no other group.

    Args:
        client: its deadline applies to all calls together.
        group_ids: the groups.
        numbers: the members' numbers.

    Returns:
        The numbers of the orphans, and of the contacts that have been deleted meanwhile.

    Raises:
        OrphansUnknown: when they can't be found for certain.
        PhonebookError: when a call fails.

    """
    if not numbers:
        return (), ()
    groups = client.list_groups()
    others = [group for group in groups.rows if group.id not in group_ids and group.contacts_count]
    others.sort(key=lambda group: group.contacts_count, reverse=True)
    with client.book(min(len(numbers), len(others))):
        left = set(numbers)
        all_read, unread = _remove_members(left, client, others)
        if not left or (all_read and not groups.unreadable):
            return left, ()
        if len(left) > max(MAX_CONTACTS_LOOKED_UP, len(others)):
            raise OrphansUnknown("contacts of other groups can't be read") from unread
        return _look_up_each(client, group_ids, left)


def _remove_members(left: set[str], client: PhonebookClient, others: list[Group]) -> tuple[bool, PhonebookError | None]:
    """Fetch other groups' contacts and remove them from `left`, while more contacts than groups are left.

    Returns:
        Whether all groups were read completely; and the error of one that could not be read.

    """
    all_read, groups_left = True, len(others)
    unread: PhonebookError | None = None
    with closing(client.each(lambda group: client.list_numbers(group.id, left), others)) as answers:
        while len(left) > groups_left > 0:
            group, answer = next(answers)
            groups_left -= 1
            if isinstance(answer, NotFound | UnreadableAnswer):  # it may have been deleted since it was listed
                all_read, unread = False, unread if unread and unread.lasting else answer
                continue
            numbers = _result(answer)
            left.difference_update(numbers.found)
            all_read = all_read and not numbers.unreadable and numbers.count >= group.contacts_count
    return all_read and groups_left == 0, unread


def _look_up_each(
    client: PhonebookClient, group_ids: Collection[UUID], numbers: Collection[str]
) -> tuple[set[str], set[str]]:
    """Fetch the groups of each contact; return the orphans, and the contacts that no longer exist."""
    if not all(map(URL_NUMBER.fullmatch, numbers)):
        raise OrphansUnknown("a contact's number can't be asked for")
    orphans, gone = set(), set()
    with closing(client.each(client.list_groups_of, numbers)) as answers:
        for number, answer in answers:
            if isinstance(answer, NotFound):
                gone.add(number)
                continue
            groups = _result(answer)
            ids = {group.id for group in groups.rows}
            if ids.difference(group_ids):
                continue
            if groups.unreadable or not ids:  # an invalid row may hide another group, or the contact has left this one
                raise OrphansUnknown("a contact's groups can't be read")
            orphans.add(number)
    return orphans, gone


def _result(answer: T | PhonebookError) -> T:
    """Return the result of a call, or raise its error."""
    if isinstance(answer, PhonebookError):
        raise answer
    return answer
