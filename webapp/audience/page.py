"""Fetch the data of the page that says who gets a message."""

from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass
from uuid import UUID

from werkzeug.datastructures import MultiDict

from webapp.audience.people import BLACKLISTED, FIXED, IMPOSSIBLE, REACHED, SEVERAL, Audience, AudienceGroup
from webapp.contacts.blacklist import start_blacklist_fetch
from webapp.contacts.group_picker import MAX_GROUP_OPTIONS, group_options
from webapp.contacts.table import CONTACTS_TABLE
from webapp.phonebook import Contact, Group, PhonebookClient, Rows
from webapp.phonebook.errors import PhonebookError, UnreadableAnswer
from webapp.phonebook.number_set import NumberSet
from webapp.phonebook.packed_rows import pack_many
from webapp.web.addresses import read_id
from webapp.web.current import phonebook
from webapp.web.error_pages import log_failure
from webapp.web.lists import ListPage, ListQuery, paginate

MAX_GROUPS = 50
"""Groups whose audience can be worked out."""

MAX_CACHED_GROUPS = 10
"""More groups are not cached: they would displace the lists that other pages need."""

SHOWN = (REACHED, SEVERAL, BLACKLISTED, IMPOSSIBLE, FIXED)


@dataclass(frozen=True)
class AudiencePage:
    """The audience, and a page of its list."""

    audience: Audience
    listing: ListPage[Contact]

    @property
    def shown(self) -> str:
        """The part of the audience that is listed; "" for all."""
        return str(self.listing.query.place["show"])

    @property
    def other_groups(self) -> list[tuple[str, str]]:
        """The groups that can be added, as options; empty if they are too many, or enough are chosen."""
        if len(self.audience.groups) >= MAX_GROUPS:
            return []
        chosen = {str(each.id) for each in self.audience.groups}
        return [option for option in options_of(self.audience.listed) if option[0] not in chosen]

    def address_without(self, group_id: UUID) -> dict[str, object]:
        """Return the query arguments for the same page without one of the groups."""
        rest = tuple(str(each.id) for each in self.audience.groups if each.id != group_id)
        return {"group": rest}


def options_of(groups: Rows[Group]) -> list[tuple[str, str]]:
    """Return the groups to choose from, as options; empty if there are too many."""
    return group_options(groups) if len(groups.rows) <= MAX_GROUP_OPTIONS else []


def read_groups(args: MultiDict[str, str]) -> list[UUID]:
    """Read the chosen groups, each once."""
    return list(dict.fromkeys(filter(None, map(read_id, args.getlist("group")))))


def read_query(args: MultiDict[str, str]) -> ListQuery:
    """Read the groups, the search, order, page and part of the list from an address."""
    shown = args.get("show", "")
    place = {"group": tuple(map(str, read_groups(args))), "show": shown if shown in SHOWN else ""}
    return ListQuery.from_args(args, CONTACTS_TABLE, **place)


def fetch_audience(ids: list[UUID], client: PhonebookClient) -> Audience:
    """Fetch the groups, at most MAX_GROUPS, their contacts and the blacklist.

    Raises:
        PhonebookError: when the list of groups can't be read, or Messente's rate limit leaves too little time.

    """
    numbers: dict[UUID, Set[str] | None] = {}
    with client.book(len(ids) + 2):
        listed = client.begin(client.list_groups)
        blacklist = start_blacklist_fetch(client)
        read = client.list_contacts if len(ids) <= MAX_CACHED_GROUPS else client.read_contacts
        contacts = Rows(pack_many(Contact, _each_once(client.each(read, ids), numbers)))
        groups = listed()
        known = {group.id: group for group in groups.rows}
        missing = set() if groups.unreadable else set(ids) - known.keys()
        chosen = [
            AudienceGroup(each, group, numbers[each] if _is_complete(group, numbers[each]) else None)
            for each in ids
            if each not in missing
            for group in [known.get(each)]
        ]
        return Audience(chosen, contacts, blacklist(), len(missing), groups)


def _each_once(
    answers: Iterable[tuple[UUID, Rows[Contact] | PhonebookError]], numbers: dict[UUID, Set[str] | None]
) -> Iterator[Contact]:
    """Yield each contact of the groups once, and add the numbers of each group; None if not all could be read."""
    seen = NumberSet()
    for group_id, answer in answers:
        if isinstance(answer, PhonebookError):
            log_failure(answer)
            numbers[group_id] = None
            continue
        own = set[str]()
        for rows in answer.blocks():
            own.update(contact.number for contact in rows)
            yield from seen.add_new(rows)
        numbers[group_id] = None if answer.unreadable else own


def _is_complete(group: Group | None, numbers: Set[str] | None) -> bool:
    return group is not None and numbers is not None and len(numbers) >= group.contacts_count


def listed_contacts(audience: Audience, query: ListQuery) -> Rows[Contact]:
    """Return the contacts of the part that is listed."""
    return audience.having(str(query.place["show"]))


def fetch_listed(query: ListQuery, client: PhonebookClient) -> Rows[Contact]:
    """Fetch the contacts that the page lists for an address.

    Raises:
        PhonebookError: when it is not known who these are.

    """
    audience = fetch_audience([UUID(group_id) for group_id in query.place["group"]], client)
    if audience.counts[str(query.place["show"]) or "all"] is None:
        raise UnreadableAnswer("the audience is not known")
    return listed_contacts(audience, query)


def audience_page(args: MultiDict[str, str]) -> AudiencePage:
    """Fetch the audience, and list it.

    Raises:
        PhonebookError: see `fetch_audience`.

    """
    audience, query = fetch_audience(read_groups(args), phonebook()), read_query(args)
    return AudiencePage(audience, paginate(listed_contacts(audience, query), CONTACTS_TABLE, query))
