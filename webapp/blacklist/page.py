"""Fetch the blacklist with the names of the contacts whose numbers are on it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from webapp.contacts.group_picker import result_or_error
from webapp.contacts.table import CONTACTS_TABLE
from webapp.phonebook import Contact, Rows
from webapp.phonebook.errors import PhonebookError
from webapp.phonebook.packed_rows import pack_many
from webapp.web.current import phonebook
from webapp.web.lists import ListPage, ListQuery, filter_and_sort, paginate


@dataclass(frozen=True)
class BlacklistPage:
    """A page of the blacklist."""

    listing: ListPage[Contact]
    """Contacts, and numbers that belong to none: they have no details."""
    known: frozenset[str] | None
    """The numbers that belong to contacts; None if the contacts could not be read."""


def blacklist_page(args: Mapping[str, str]) -> BlacklistPage:
    """Fetch a page of the blacklist.

    Raises:
        PhonebookError: when the blacklist can't be read.

    """
    blocked, known = _fetch()
    return BlacklistPage(paginate(blocked, CONTACTS_TABLE, ListQuery.from_args(args, CONTACTS_TABLE)), known)


def listed_numbers(args: Mapping[str, str]) -> Sequence[Contact]:
    """Fetch all numbers of the blacklist that match the search, sorted.

    Raises:
        PhonebookError: when the blacklist can't be read.

    """
    return filter_and_sort(_fetch()[0], CONTACTS_TABLE, ListQuery.from_args(args, CONTACTS_TABLE))


def _fetch() -> tuple[Rows[Contact], frozenset[str] | None]:
    client = phonebook()
    contacts = client.begin(client.list_contacts)
    blacklist = client.list_blacklist()
    listed = result_or_error(contacts)
    if isinstance(listed, PhonebookError):
        return Rows(tuple(Contact(number=number) for number in sorted(blacklist))), None
    return listed.derive(_with_names, blacklist)


def _with_names(contacts: Rows[Contact], blacklist: frozenset[str]) -> tuple[Rows[Contact], frozenset[str]]:
    """Return the contacts on the blacklist and the other numbers on it; and the numbers that belong to contacts."""
    found = contacts.where(lambda contact: contact.number in blacklist).rows
    known = frozenset(contact.number for contact in found)
    others = (Contact(number=number) for number in sorted(blacklist - known))
    return Rows(pack_many(Contact, chain(found, others)) if contacts.is_packed else (*found, *others)), known
