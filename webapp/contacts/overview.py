"""The lists of all contacts, of those of a group, and of those in no group."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from webapp.contacts.blacklist import begin_blacklist
from webapp.contacts.choices import MOST_TO_CHOOSE, by_name, or_error
from webapp.contacts.listing import LEAVING, TABLE, in_no_group
from webapp.phonebook import Contact, Group, Rows
from webapp.phonebook.errors import PhonebookError
from webapp.text.cleaning import is_blank, shorten
from webapp.web.addresses import read_id
from webapp.web.current import phonebook
from webapp.web.lists import ListPage, ListQuery, paginate

NO_GROUP = "none"
"""What stands in an address in place of a group's id."""


@dataclass(frozen=True)
class Overview:
    """A list of contacts, and the groups to choose one from."""

    listing: ListPage[Contact]
    groups: Rows[Group] | PhonebookError
    blacklist: frozenset[str] | None
    leaving: int | None = None
    """How many contacts are about to be deleted; None where only some contacts were asked for."""
    all_in: UUID | None = None
    """A group that all of them are in, which is none to choose."""

    @property
    def wanted(self) -> str:
        """The group whose contacts are asked for: its id, NO_GROUP, or nothing."""
        return str(self.listing.query.place.get("group") or "")

    @property
    def group(self) -> Group | None:
        """The same, where it could be read."""
        if isinstance(self.groups, PhonebookError):
            return None
        return next((group for group in self.groups.rows if str(group.id) == self.wanted), None)

    @property
    def is_gone(self) -> bool:
        """Whether it has gone."""
        known = not isinstance(self.groups, PhonebookError) and not self.groups.unreadable
        return known and self.wanted not in {"", NO_GROUP} and self.group is None

    @property
    def choices(self) -> list[Group] | None:
        """The groups to choose from, as people sort them; None where they can't be read, or are too many."""
        if isinstance(self.groups, PhonebookError) or self.has_too_many_groups:
            return None
        return [group for group in by_name(self.groups) if group.id != self.all_in]

    @property
    def options(self) -> list[tuple[str, str]]:
        """The same for a list to choose from: ids, and names with the number of contacts."""
        options = self.groups.derive(_options) if isinstance(self.groups, Rows) and self.choices else []
        return [option for option in options if option[0] != str(self.all_in)]

    @property
    def has_too_many_groups(self) -> bool:
        """Whether there are more groups than anybody would choose from."""
        return not isinstance(self.groups, PhonebookError) and len(self.groups.rows) > MOST_TO_CHOOSE


def query_asked_for(args: Mapping[str, str]) -> ListQuery:
    """Read what the address of the list of contacts asks for."""
    wanted = args.get("group", "")
    return ListQuery.from_args(args, TABLE, group=NO_GROUP if wanted == NO_GROUP else str(read_id(wanted) or ""))


def contacts_asked_for(query: ListQuery) -> Rows[Contact]:
    """Fetch the contacts among which an address's query searches."""
    wanted = query.place.get("group")
    if wanted == NO_GROUP:
        return about_to_be_deleted()
    return phonebook().list_contacts(UUID(wanted) if wanted else None)


def about_to_be_deleted() -> Rows[Contact]:
    """Fetch the contacts in no group."""
    return phonebook().list_contacts().derive(in_no_group)


def overview(query: ListQuery) -> Overview:
    """Fetch what the page of the contacts that an address asks for shows."""
    client = phonebook()
    groups = client.begin(client.list_groups)
    blacklist = begin_blacklist(client)
    found = contacts_asked_for(query)
    leaving = None if query.place.get("group") else len(found.derive(in_no_group).rows)
    return Overview(paginate(found, TABLE, query), or_error(groups), blacklist(), leaving)


def leaving(args: Mapping[str, str]) -> Overview:
    """Fetch what the page of the contacts that are about to be deleted shows."""
    client = phonebook()
    groups = client.begin(client.list_groups)
    blacklist = begin_blacklist(client)
    listing = paginate(about_to_be_deleted(), LEAVING, ListQuery.from_args(args, LEAVING))
    return Overview(listing, or_error(groups), blacklist())


def _options(groups: Rows[Group]) -> list[tuple[str, str]]:
    return [
        (str(group.id), f"{'(no name)' if is_blank(group.name) else shorten(group.name)} ({group.contacts_count:,})")
        for group in by_name(groups)
    ]
