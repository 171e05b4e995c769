"""Which contacts of a group are in no other: those that deleting the group would leave in none.

The API's contacts don't say what groups they are in, and nothing that they do say stands for it: not even the day of
their deletion, which one that is in a group should not have. So either each contact is asked for its groups, or each
other group for its contacts, the largest first; at every step by whichever way is shorter to the end.

Nothing is guessed. A contact that was found in another group is in one, as of that moment. One that was not found is in
none only where everything was read that could have told otherwise. What counts no contacts is taken to have none.
"""

from collections.abc import Collection
from contextlib import closing
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from webapp.phonebook import Contact, Group, PhonebookClient, Rows
from webapp.phonebook.client import URL_NUMBER
from webapp.phonebook.errors import NotFound, PhonebookError, UnreadableAnswer

MAX_CONTACTS_ASKED = 500
"""Contacts that are asked one by one where the other groups were asked first, and some could not be read."""

T = TypeVar("T")


class OrphansUnknown(Exception):
    """It could not be worked out. The cause is the phonebook's error, where there was one."""

    @property
    def is_lasting(self) -> bool:
        """Whether it will not be known the next time either."""
        return isinstance(self.__cause__, PhonebookError) and self.__cause__.lasting


@dataclass(frozen=True, eq=False)
class OrphanReport:
    """Who is in a group, and who of them is in no other."""

    contacts: int
    """As many as were looked at, which may be another number than the group's own count."""
    alone: Rows[Contact]
    """Those in no other group, in the API's order."""


def find_orphans(client: PhonebookClient, group_id: UUID) -> OrphanReport:
    """Work out which contacts of a group are in no other, in the time that the client has.

    Raises:
        ReachUnknown: where that can't be told.

    """
    try:
        members = client.list_contacts(group_id)
        if members.unreadable:
            raise OrphansUnknown("contacts of the group can't be read")
        alone, gone = find_orphan_numbers(client, group_id, {contact.number for contact in members.rows})
    except PhonebookError as error:
        raise OrphansUnknown(type(error).__name__) from error
    rows = tuple(contact for contact in members.rows if contact.number in alone)
    return OrphanReport(len(members.rows) - len(gone), Rows(rows))


def find_orphan_numbers(
    client: PhonebookClient, group_id: UUID, numbers: Collection[str]
) -> tuple[Collection[str], Collection[str]]:
    """Find out which of some contacts of a group are in no other group.

    Args:
        client: knows by when it has to be over.
        group_id: of a group that all of them are in.
        numbers: of the contacts.

    Returns:
        The numbers of those in no other, and of those that have gone from the phonebook meanwhile.

    Raises:
        ReachUnknown: where that can't be told.
        PhonebookError: where a call has failed.

    """
    if not numbers:
        return (), ()
    groups = client.list_groups()
    others = [group for group in groups.rows if group.id != group_id and group.contacts_count]
    others.sort(key=lambda group: group.contacts_count, reverse=True)
    left = set(numbers)
    all_told, unread = _take_out(left, client, others)
    if not left or (all_told and not groups.unreadable):
        return left, ()
    if len(left) > max(MAX_CONTACTS_ASKED, len(others)):
        raise OrphansUnknown("contacts of other groups can't be read") from unread
    return _ask_each(client, group_id, left)


def _take_out(left: set[str], client: PhonebookClient, others: list[Group]) -> tuple[bool, PhonebookError | None]:
    """Ask other groups for their contacts, and take out whom they name, as long as that is the shorter way.

    Returns:
        Whether all of them were asked, and told of all their contacts; and an error because of which one could not.

    """
    all_told, to_ask = True, len(others)
    unread: PhonebookError | None = None
    with closing(client.each(lambda group: client.list_numbers(group.id), others)) as answers:
        while len(left) > to_ask > 0:
            group, answer = next(answers)
            to_ask -= 1
            if isinstance(answer, NotFound | UnreadableAnswer):  # it may have gone since it was listed
                all_told, unread = False, unread if unread and unread.lasting else answer
                continue
            numbers = _result(answer)
            left.difference_update(numbers.rows)
            all_told = all_told and not numbers.unreadable and len(numbers.rows) >= group.contacts_count
    return all_told and to_ask == 0, unread


def _ask_each(client: PhonebookClient, group_id: UUID, numbers: Collection[str]) -> tuple[set[str], set[str]]:
    """Ask contacts for their groups; return those in no other than this one, and those that have gone."""
    if not all(map(URL_NUMBER.fullmatch, numbers)):
        raise OrphansUnknown("a contact's number can't be asked for")
    alone, gone = set(), set()
    with closing(client.each(client.list_groups_of, numbers)) as answers:
        for number, answer in answers:
            if isinstance(answer, NotFound):
                gone.add(number)
                continue
            groups = _result(answer)
            ids = {group.id for group in groups.rows}
            if ids - {group_id}:
                continue
            if groups.unreadable or not ids:  # another may be hidden, or it has left this one meanwhile
                raise OrphansUnknown("a contact's groups can't be read")
            alone.add(number)
    return alone, gone


def _result(answer: T | PhonebookError) -> T:
    """Return what a call came to; its failure is that of the whole."""
    if isinstance(answer, PhonebookError):
        raise answer
    return answer
