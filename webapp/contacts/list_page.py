"""Fetch lists of contacts: all, those of one group, or those in no group; in or not in other groups."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from uuid import UUID

from werkzeug.datastructures import MultiDict

from webapp.contacts.blacklist import start_blacklist_fetch
from webapp.contacts.filters import SAME_PERSON, SHOWN_PARTS, count_reached, find_condition, find_part
from webapp.contacts.group_picker import (
    MAX_GROUP_OPTIONS,
    group_options,
    result_or_error,
    sorted_by_name,
    target_options,
)
from webapp.contacts.table import CONTACTS_TABLE, LEAVING_TABLE
from webapp.contacts.ticks import Ticks
from webapp.phonebook import Contact, Group, PhonebookClient, Rows
from webapp.phonebook.contact_stream import ContactStream
from webapp.phonebook.errors import PhonebookError
from webapp.phonebook.models import find_in_no_group
from webapp.web.addresses import read_id
from webapp.web.current import phonebook
from webapp.web.lists import ListPage, ListQuery, find_matcher, paginate
from webapp.web.way_back import list_address

NO_GROUP = "none"
"""The value in an address, in place of a group's id, for contacts in no group."""
FILTERS = ("in", "not_in")
"""Arguments of an address: the ids of other groups that the contacts are in, or are not in."""
SHOW = "show"
"""The argument of an address that filters by something else: see `webapp.contacts.filters`."""


@dataclass(frozen=True)
class ContactListPage:
    """A list of contacts, and the groups to choose one from."""

    listing: ListPage[Contact]
    groups: Rows[Group] | PhonebookError
    blacklist: frozenset[str] | None
    ticks: Ticks
    leaving: int | None = None
    """The number of contacts about to be deleted; None if the list is filtered by group."""
    all_in: UUID | None = None
    """A group that all listed contacts are in, so that it can't be chosen."""
    reached: int | None = None
    """Of a group: the number of contacts who get text messages; None if it is unknown, or the list is filtered."""

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
    def filters(self) -> dict[str, str]:
        """The other filters of the list: the ids of groups, by the names in FILTERS, and SHOW."""
        place = self.listing.query.place
        return {name: place[name] for name in (*FILTERS, SHOW) if place.get(name)}

    @property
    def is_narrowed(self) -> bool:
        """Whether the list has a search or is filtered."""
        return bool(self.listing.query.q or self.selected_group or self.filters)

    @property
    def has_lost_filter(self) -> bool:
        """Whether another group by which the list is filtered no longer exists."""
        if isinstance(self.groups, PhonebookError) or self.groups.unreadable:
            return False
        ids = {self.filters[name] for name in FILTERS if name in self.filters}
        return not ids <= {str(group.id) for group in self.groups.rows}

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
    def target_options(self) -> list[tuple[str, str]]:
        """The options for a group into which the contacts are put."""
        return target_options(self.groups, self.all_in)

    @property
    def has_too_many_groups(self) -> bool:
        """Whether there are more groups than a select element may hold."""
        return not isinstance(self.groups, PhonebookError) and len(self.groups.rows) > MAX_GROUP_OPTIONS


def read_query(args: Mapping[str, str], group_id: UUID | None = None) -> ListQuery:
    """Read the search, order, page and groups from the query of an address.

    Args:
        args: the query.
        group_id: the group, if this is the address of its own page.

    """
    filters = {name: str(read_id(args.get(name, "")) or "") for name in FILTERS}
    filters[SHOW] = args[SHOW] if args.get(SHOW) in SHOWN_PARTS else ""
    if group_id:
        return ListQuery.from_args(args, CONTACTS_TABLE, group_id=group_id, **filters)
    group = args.get("group", "")
    group = NO_GROUP if group == NO_GROUP else str(read_id(group) or "")
    return ListQuery.from_args(args, CONTACTS_TABLE, group=group, **filters)


def way_back(address: str | None) -> str:
    """Return the address of the list of contacts as it was, if this address is one of it; otherwise ""."""
    return list_address(address, "contacts.index", read_query)


def fetch_contacts(query: ListQuery, client: PhonebookClient) -> Rows[Contact]:
    """Fetch the contacts of the query's group, those in no group, or all, whatever other groups they are in."""
    group = query.place.get("group_id") or query.place.get("group")
    if group == NO_GROUP:
        return find_in_no_group(client.list_contacts())
    return client.list_contacts(UUID(str(group)) if group else None)


def fetch_listed_contacts(query: ListQuery, client: PhonebookClient) -> Rows[Contact]:
    """Fetch the contacts of the query's group, those in no group, or all, that are in other groups or are not."""
    fetched = _start_to_fetch_members(query, client)
    contacts = find_part(str(query.place.get(SHOW, "")), fetch_contacts(query, client), client)
    is_member = fetched()
    return contacts.where(is_member) if is_member else contacts


def stream_listed_contacts(query: ListQuery, client: PhonebookClient, count: int = 0) -> ContactStream | None:
    """Begin to fetch the contacts that a query finds, to be used as they come; None if they are probably not too many.

    Args:
        query: of the list.
        client: makes the calls.
        count: of the contacts in the query's group, if it has one and that is known.

    """
    group, part = query.place.get("group_id") or query.place.get("group"), str(query.place.get(SHOW, ""))
    group_id = UUID(str(group)) if group and group != NO_GROUP else None
    if part == SAME_PERSON or not client.expects_many(group_id, count):
        return None
    is_in_part, is_member = find_condition(part, client), _start_to_fetch_members(query, client)()
    matches = find_matcher(CONTACTS_TABLE, query.search)

    def is_meant(contact: Contact) -> bool:
        is_here = group != NO_GROUP or contact.in_no_group
        return is_here and is_in_part(contact) and (not is_member or is_member(contact)) and matches(contact)

    return client.stream_contacts(group_id, is_meant)


def _start_to_fetch_members(
    query: ListQuery, client: PhonebookClient
) -> Callable[[], Callable[[Contact], bool] | None]:
    """Begin to fetch the members of the groups in FILTERS.

    Returns:
        A function that waits for them, and returns what decides whether a contact is meant; None if all are.

    """
    inside, outside = (_start_to_fetch_numbers(query.place.get(name), client) for name in FILTERS)

    def find_members() -> Callable[[Contact], bool] | None:
        if not inside and not outside:
            return None
        needed, excluded = inside() if inside else None, outside() if outside else frozenset[str]()
        return lambda contact: contact.number not in excluded and (needed is None or contact.number in needed)

    return find_members


def _start_to_fetch_numbers(group: str | None, client: PhonebookClient) -> Callable[[], frozenset[str]] | None:
    if not group:
        return None
    fetched = client.begin(lambda: client.list_numbers(UUID(group)))
    return lambda: fetched().found


def fetch_leaving(client: PhonebookClient) -> Rows[Contact]:
    """Fetch the contacts in no group."""
    return find_in_no_group(client.list_contacts())


def contact_list_page(args: MultiDict[str, str]) -> ContactListPage:
    """Fetch the data for the list of contacts."""
    client, query = phonebook(), read_query(args)
    groups = client.begin(client.list_groups)
    blacklist = start_blacklist_fetch(client)
    contacts = fetch_listed_contacts(query, client)
    leaving = None if any(query.place.values()) else len(find_in_no_group(contacts).rows)
    listing = paginate(contacts, CONTACTS_TABLE, query)
    return ContactListPage(listing, result_or_error(groups), blacklist(), Ticks.read(args, listing), leaving)


def group_members_page(args: MultiDict[str, str], group_id: UUID) -> tuple[Group, ContactListPage]:
    """Fetch a group, and the data for the list of its contacts.

    Raises:
        NotFound: when the group doesn't exist.

    """
    client, query = phonebook(), read_query(args, group_id)
    groups = client.begin(client.list_groups)
    blacklist = start_blacklist_fetch(client)
    group = client.begin(lambda: client.get_group(group_id))
    contacts = fetch_listed_contacts(query, client)
    listing = paginate(contacts, CONTACTS_TABLE, query)
    ticks, found, blocked = Ticks.read(args, listing), group(), blacklist()
    page = ContactListPage(listing, result_or_error(groups), blocked, ticks, all_in=group_id)
    if blocked is None or page.filters or listing.unreadable or listing.total != found.contacts_count:
        return found, page
    return found, replace(page, reached=count_reached(contacts, blocked))


def leaving_list_page(args: MultiDict[str, str]) -> ContactListPage:
    """Fetch the data for the list of contacts about to be deleted."""
    client = phonebook()
    groups = client.begin(client.list_groups)
    blacklist = start_blacklist_fetch(client)
    listing = paginate(fetch_leaving(client), LEAVING_TABLE, ListQuery.from_args(args, LEAVING_TABLE))
    return ContactListPage(listing, result_or_error(groups), blacklist(), Ticks.read(args, listing))
