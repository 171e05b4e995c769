"""Fetch one contact with its groups, as its pages show it."""

from dataclasses import dataclass

from webapp.contacts.blacklist import start_blacklist_fetch
from webapp.contacts.group_picker import result_or_error, sorted_by_name
from webapp.phonebook import Contact, Group, Rows
from webapp.phonebook.errors import PhonebookError
from webapp.web.current import phonebook
from webapp.web.time_budget import Budget


@dataclass(frozen=True)
class ContactPage:
    """A contact, its groups and whether it is blacklisted, as far as they could be read."""

    contact: Contact
    groups: Rows[Group] | PhonebookError
    """The groups that the contact is in."""
    blacklist: frozenset[str] | None

    @property
    def is_blacklisted(self) -> bool | None:
        """Whether the contact's number gets no messages; None if unknown."""
        return None if self.blacklist is None else self.contact.number in self.blacklist

    @property
    def own_groups(self) -> list[Group] | None:
        """The contact's groups, sorted by name; None if unknown."""
        return None if isinstance(self.groups, PhonebookError) else sorted_by_name(self.groups)

    def needed_groups(self) -> list[Group]:
        """Return the contact's groups, sorted by name.

        Raises:
            PhonebookError: when they could not be read.

        """
        if isinstance(self.groups, PhonebookError):
            raise self.groups
        return sorted_by_name(self.groups)


def fetch_contact_page(number: str, by: float = Budget.READ) -> ContactPage:
    """Fetch a contact, its groups and the blacklist in parallel.

    Args:
        number: the contact's number.
        by: the part of the request's time after which calls end; see `Budget`.

    Raises:
        PhonebookError: when the contact can't be read; NotFound if it does not exist.

    """
    client = phonebook(by)
    groups = client.begin(lambda: client.list_groups_of(number))
    blacklist = start_blacklist_fetch(client)
    contact = client.get_contact(number)
    return ContactPage(contact, result_or_error(groups), blacklist())
