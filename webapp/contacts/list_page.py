"""Fetch lists of contacts: all, those of one group, or those in no group."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from webapp.contacts.blacklist import start_blacklist_fetch
from webapp.contacts.group_picker import MAX_GROUP_OPTIONS, group_options, result_or_error, sorted_by_name
from webapp.contacts.table import CONTACTS_TABLE, LEAVING_TABLE
from webapp.phonebook import Contact, Group, Rows
from webapp.phonebook.errors import PhonebookError
from webapp.phonebook.models import find_in_no_group
from webapp.web.addresses import read_id
from webapp.web.current import phonebook
from webapp.web.lists import ListPage, ListQuery, paginate

NO_GROUP = "none"
"""The value in an address, in place of a group's id, for contacts in no group."""


@dataclass(frozen=True)
class ContactListPage:
    """A list of contacts, and the groups to choose one from."""

    listing: ListPage[Contact]
    groups: Rows[Group] | PhonebookError
    blacklist: frozenset[str] | None
    leaving: int | None = None
    """The number of contacts about to be deleted; None if the list is filtered by group."""
    all_in: UUID | None = None
    """A group that all listed contacts are in, so that it can't be chosen."""

    @property
    def selected_group(self) -> str:
        """The group by which the list is filtered: its id, NO_GROUP, or ""."""
        return str(self.listing.query.place.get("group") or "")

    @property
    def group(self) -> Group | None:
        """The group by which the list is filtered; None if it can't be read."""
        if isinstance(self.groups, PhonebookError):
            return None
        return next((group for group in self.groups.rows if str(group.id) == self.selected_group), None)

    @property
    def is_gone(self) -> bool:
        """Whether the group by which the list is filtered no longer exists."""
        known = not isinstance(self.groups, PhonebookError) and not self.groups.unreadable
        return known and self.selected_group not in {"", NO_GROUP} and self.group is None

    @property
    def choices(self) -> list[Group] | None:
        """The groups to choose from, sorted by name; None if they can't be read or are too many."""
        if isinstance(self.groups, PhonebookError) or self.has_too_many_groups:
            return None
        return [group for group in sorted_by_name(self.groups) if group.id != self.all_in]

    @property
    def options(self) -> list[tuple[str, str]]:
        """The groups to choose from as options: the id, and the name with the number of contacts."""
        options = group_options(self.groups) if isinstance(self.groups, Rows) and self.choices else []
        return [option for option in options if option[0] != str(self.all_in)]

    @property
    def has_too_many_groups(self) -> bool:
        """Whether there are more groups than a select element may hold."""
        return not isinstance(self.groups, PhonebookError) and len(self.groups.rows) > MAX_GROUP_OPTIONS


def read_query(args: Mapping[str, str]) -> ListQuery:
    """Read the search, order, page and group from the query of an address."""
    group = args.get("group", "")
    return ListQuery.from_args(args, CONTACTS_TABLE, group=NO_GROUP if group == NO_GROUP else str(read_id(group) or ""))


def fetch_listed_contacts(query: ListQuery) -> Rows[Contact]:
    """Fetch the contacts of the query's group, those in no group, or all."""
    group = query.place.get("group")
    if group == NO_GROUP:
        return fetch_leaving()
    return phonebook().list_contacts(UUID(group) if group else None)


def fetch_leaving() -> Rows[Contact]:
    """Fetch the contacts in no group."""
    return phonebook().list_contacts().derive(find_in_no_group)


def contact_list_page(query: ListQuery) -> ContactListPage:
    """Fetch the data for the list of contacts."""
    client = phonebook()
    groups = client.begin(client.list_groups)
    blacklist = start_blacklist_fetch(client)
    contacts = fetch_listed_contacts(query)
    leaving = None if query.place.get("group") else len(contacts.derive(find_in_no_group).rows)
    return ContactListPage(paginate(contacts, CONTACTS_TABLE, query), result_or_error(groups), blacklist(), leaving)


def leaving_list_page(args: Mapping[str, str]) -> ContactListPage:
    """Fetch the data for the list of contacts about to be deleted."""
    client = phonebook()
    groups = client.begin(client.list_groups)
    blacklist = start_blacklist_fetch(client)
    listing = paginate(fetch_leaving(), LEAVING_TABLE, ListQuery.from_args(args, LEAVING_TABLE))
    return ContactListPage(listing, result_or_error(groups), blacklist())
