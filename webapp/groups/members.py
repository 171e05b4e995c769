"""The members of several groups at once."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from uuid import UUID

from webapp.phonebook import Contact, Group, PhonebookClient
from webapp.phonebook.errors import PhonebookError
from webapp.phonebook.packed_rows import pack_many
from webapp.web.error_pages import log_failure

MAX_CACHED_CONTACTS = 50_000
"""If groups have more contacts together, their lists are not cached."""


@dataclass(frozen=True)
class Members:
    """The contacts of some groups, as far as they could be read."""

    by_group: Mapping[UUID, Sequence[Contact]]
    incomplete: frozenset[UUID]
    """Groups of which not all contacts could be read."""
    error: PhonebookError | None = None
    """Why the contacts of a group could not be read."""

    @cached_property
    def numbers(self) -> frozenset[str]:
        """The numbers of the different contacts."""
        return frozenset(contact.number for contact in chain.from_iterable(self.by_group.values()))

    def numbers_of(self, group_id: UUID) -> list[str]:
        """Return the numbers of a group's contacts."""
        return [contact.number for contact in self.by_group.get(group_id, ())]

    def having(self, numbers: Collection[str]) -> Sequence[Contact]:
        """Return the contacts that have these numbers, each once."""
        return pack_many(Contact, self._having(set(numbers)))

    def _having(self, numbers: set[str]) -> Iterator[Contact]:
        for contact in chain.from_iterable(self.by_group.values()):
            if contact.number in numbers:
                numbers.remove(contact.number)
                yield contact


def fetch_members(client: PhonebookClient, groups: Sequence[Group]) -> Members:
    """Fetch the contacts of groups. Errors are logged, and are in the result."""
    by_group, incomplete, error = {}, set(), None
    counted = {group.id: group.contacts_count for group in groups}
    # Long lists together would displace those that other pages need, and take much memory.
    read = client.list_contacts if sum(counted.values()) <= MAX_CACHED_CONTACTS else client.read_contacts
    for group_id, found in client.each(read, counted):
        if isinstance(found, PhonebookError):
            log_failure(found)
            incomplete.add(group_id)
            error = found
            continue
        by_group[group_id] = found.rows
        if found.unreadable or len(found.rows) < counted[group_id]:
            incomplete.add(group_id)
    return Members(by_group, frozenset(incomplete), error)


def fetch_numbers(client: PhonebookClient, groups: Sequence[Group]) -> dict[UUID, frozenset[str]] | None:
    """Fetch the numbers of groups' contacts; None if not all could be read.

    Raises:
        PhonebookError: when a call fails.

    """
    numbers = {}
    for group, found in client.each(lambda group: client.list_numbers(group.id), groups):
        if isinstance(found, PhonebookError):
            raise found
        if found.unreadable or len(found.found) < group.contacts_count:
            return None
        numbers[group.id] = found.found
    return numbers
