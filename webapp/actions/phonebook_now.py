"""What the phonebook holds now of the groups and contacts that some changes are about."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cached_property
from itertools import chain
from uuid import UUID

from webapp.actions.models import Change, ChangeKind
from webapp.phonebook import Contact, Group, PhonebookClient
from webapp.phonebook.errors import NotFound
from webapp.phonebook.memberships import fetch_groups_of
from webapp.phonebook.models import Rows, find_numbers, list_numbers

MAX_FETCHED_SINGLY = 8
"""Contacts that are fetched one by one; for more, one call lists all of them."""


class PhonebookNow:
    """Reads the phonebook when it is asked for something, and everything once.

    What it reads raises PhonebookError when it can't be read.
    """

    def __init__(
        self, made: Sequence[Change], put_back: Mapping[UUID, Sequence[UUID]], client: PhonebookClient
    ) -> None:
        """Prepare to read.

        Args:
            made: the changes.
            put_back: the ids that deleted groups were created again with, the latest first.
            client: reads the phonebook.

        """
        self._made, self._put_back, self._client = made, put_back, client
        self._members: dict[UUID, frozenset[str]] = {}

    @cached_property
    def groups(self) -> dict[UUID, Group]:
        """All groups by their ids."""
        return {group.id: group for group in self._client.list_groups().rows}

    def find_group(self, group_id: UUID | None) -> Group | None:
        """Return a group, even if it was deleted and created again; None if it is gone."""
        if group_id is None:
            return None
        again = (self.find_group(each) for each in self._put_back.get(group_id, ()))
        return self.groups.get(group_id) or next(filter(None, again), None)

    def members_of(self, group_id: UUID) -> frozenset[str]:
        """Return the numbers of a group's contacts."""
        if group_id not in self._members:
            self._members[group_id] = self._client.list_numbers(group_id).found
        return self._members[group_id]

    @cached_property
    def blacklist(self) -> frozenset[str]:
        """The numbers on the blacklist."""
        return self._client.list_blacklist()

    @cached_property
    def contacts(self) -> dict[str, Contact]:
        """The contacts that the changes are about, by number."""
        if self._all_contacts:
            return find_numbers(self._all_contacts, self._numbers)
        return self._fetch_singly(self._numbers)

    def has_contact(self, number: str) -> bool:
        """Whether there is a contact, as one that the changes are about or as a member of a group that was deleted."""
        return number in self.contacts or number in self._members_there

    @cached_property
    def _members_there(self) -> Collection[str]:
        """The numbers of the deleted groups' members, as far as they are in the phonebook."""
        if self._all_contacts:
            return list_numbers(self._all_contacts, self._deleted_members)
        return self._fetch_singly(self._deleted_members)

    @cached_property
    def _numbers(self) -> set[str]:
        return {change.number for change in self._made if change.number}

    @cached_property
    def _deleted_members(self) -> set[str]:
        return set(chain.from_iterable(change.replaced.get("members", ()) for change in self._made))

    @cached_property
    def _all_contacts(self) -> Rows[Contact] | None:
        """All contacts; None if the changes are about so few that these are fetched one by one."""
        is_many = len(self._numbers) + len(self._deleted_members) > MAX_FETCHED_SINGLY
        return self._client.list_contacts() if is_many else None

    def _fetch_singly(self, numbers: Iterable[str]) -> dict[str, Contact]:
        found = {}
        for number, contact in self._client.each(self._client.get_contact, sorted(numbers)):
            if isinstance(contact, Contact):
                found[number] = contact
            elif not isinstance(contact, NotFound):
                raise contact
        return found

    @cached_property
    def groups_of_created(self) -> dict[str, list[Group]]:
        """The groups that the created contacts are in: asked contact by contact, or group by group."""
        created = {change.number for change in self._made if change.kind is ChangeKind.CREATE_CONTACT and change.number}
        return fetch_groups_of(self._client, created & self.contacts.keys(), self.groups.values())
