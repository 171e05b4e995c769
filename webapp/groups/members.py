"""The members of several groups at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from uuid import UUID

from webapp.phonebook import Contact, Group, PhonebookClient
from webapp.phonebook.errors import PhonebookError
from webapp.web.error_pages import log_failure


@dataclass(frozen=True)
class Members:
    """The contacts of some groups, as far as they could be read."""

    by_group: Mapping[UUID, Sequence[Contact]]
    incomplete: frozenset[UUID]
    """Groups of which not all contacts could be read."""
    error: PhonebookError | None = None
    """Why the contacts of a group could not be read."""

    @cached_property
    def contacts(self) -> dict[str, Contact]:
        """The different contacts, by number."""
        return {contact.number: contact for members in self.by_group.values() for contact in members}

    def numbers(self, group_id: UUID) -> list[str]:
        """Return the numbers of a group's contacts."""
        return [contact.number for contact in self.by_group.get(group_id, ())]


def fetch_members(client: PhonebookClient, groups: Sequence[Group]) -> Members:
    """Fetch the contacts of groups. Errors are logged, and are in the result."""
    by_group, incomplete, error = {}, set(), None
    counted = {group.id: group.contacts_count for group in groups}
    for group_id, found in client.each(client.list_contacts, counted):
        if isinstance(found, PhonebookError):
            log_failure(found)
            incomplete.add(group_id)
            error = found
            continue
        by_group[group_id] = found.rows
        if found.unreadable or len(found.rows) < counted[group_id]:
            incomplete.add(group_id)
    return Members(by_group, frozenset(incomplete), error)
