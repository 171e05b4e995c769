"""The client: one method for each call of Messente's Phonebook API."""

import re
import time
from collections.abc import Callable, Collection, Generator, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Self, TypeVar, cast
from urllib.parse import quote
from uuid import UUID

import urllib3

from webapp.phonebook import decoding
from webapp.phonebook.contact_stream import ContactStream
from webapp.phonebook.errors import Changed, PhonebookError, UnreadableAnswer
from webapp.phonebook.long_lists import Pieces, read_numbers
from webapp.phonebook.models import DETAILS, Contact, Group, Numbers, Rows
from webapp.phonebook.parallel import Parallel
from webapp.phonebook.response_cache import ResponseCache
from webapp.phonebook.transport import Transport

GROUPS_PATH, CONTACTS_PATH, BLACKLIST_PATH = "/phonebook/groups", "/phonebook/contacts", "/phonebook/blacklist"

URL_NUMBER = re.compile(r"\+?[0-9]{1,20}")
"""A phone number that may be part of a URL. Any other text raises ValueError before a request is sent."""

STREAM_SECONDS = 300.0
"""Time for a list that is used as it comes. It doesn't depend on the client that it is sent to."""

BYTES_OF_CONTACT = 240
"""In the API's answers, on average."""

MAX_WAIT_SHARE = 0.3
"""The part of a call's time that it may wait for another thread's call to the same list."""

Item = TypeVar("Item")
T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class PhonebookClient:
    """A client for the groups, contacts and blacklist of one phonebook.

    Every method makes one call to the API and raises a `webapp.phonebook.errors.PhonebookError` if the call fails;
    the error says whether the change has happened. Phone numbers are in the API's format, E.164.
    """

    transport: Transport
    expires: float | None = None
    """Deadline of every call, as a time of `time.monotonic()`; None for the transport's."""
    cache: ResponseCache = field(default_factory=ResponseCache)
    parallel: Parallel = field(default_factory=Parallel)

    def for_job(self) -> Self:
        """Return a client for a background job: its calls begin only while no page's call waits.

        A call raises RateLimited if it may not begin in time, and TooManyRequests after a 429. Nothing was changed
        then, so the job can repeat it after the error's `retry_after`, or after a pause of its own if that is None.
        """
        return replace(self, transport=self.transport.for_job())

    def book(self, calls: int) -> AbstractContextManager[None]:
        """Reserve time for a look-up of many calls; see `Pace.book`."""
        return self.transport.book(calls, self.expires)

    def each(self, call: Callable[[Item], T], items: Iterable[Item]) -> Generator[tuple[Item, T | PhonebookError]]:
        """Make one call for each item, in parallel; see `Parallel.each`."""
        return self.parallel.each(call, items, self.expires)

    def begin(self, call: Callable[[], T]) -> Callable[[], T]:
        """Start a call in another thread; see `Parallel.begin`."""
        return self.parallel.begin(call)

    def list_groups(self) -> Rows[Group]:
        """Fetch all groups. Invalid and duplicate rows are skipped and counted."""
        return self._get_cached(GROUPS_PATH, decoding.decode_groups)

    def get_group(self, group_id: UUID) -> Group:
        """Fetch one group. Raises NotFound if it doesn't exist."""
        body = self.transport.get(_group_path(group_id), expires=self.expires)
        return _group(body, group_id, Changed.NO)

    def create_group(self, name: str) -> Group:
        """Create a group. Not idempotent: the API accepts duplicate names, so a second call creates a second group."""
        body = self.transport.send("POST", GROUPS_PATH, expect=201, json={"name": name}, expires=self.expires)
        return decoding.decode(body, decoding.GROUP, Changed.YES).group

    def rename_group(self, group_id: UUID, name: str) -> Group:
        """Rename a group. Raises NotFound if it doesn't exist."""
        body = self.transport.send("PUT", _group_path(group_id), expect=200, json={"name": name}, expires=self.expires)
        return _group(body, group_id, Changed.UNKNOWN)

    def delete_group(self, group_id: UUID) -> None:
        """Delete a group, but not its contacts. Raises NotFound if it doesn't exist."""
        self.transport.send("DELETE", _group_path(group_id), expect=204, expires=self.expires)

    def list_contacts(self, group_id: UUID | None = None) -> Rows[Contact]:
        """Fetch all contacts, or those in a group. Invalid and duplicate rows are skipped and counted."""
        return self._get_cached(_contacts_path(group_id), decoding.decode_contacts, packs=True)

    def read_contacts(self, group_id: UUID) -> Rows[Contact]:
        """Fetch the contacts in a group like `list_contacts`, but cache nothing: for pages that read many groups."""
        sizes = replace(self.cache.sizes, whole=self.cache.sizes.long)  # several are read at once
        return replace(self, cache=ResponseCache(sizes)).list_contacts(group_id)

    def stream_contacts(self, group_id: UUID | None, keeps: Callable[[Contact], bool]) -> ContactStream:
        """Begin to fetch all contacts, or those in a group, to be used as they come. That may take STREAM_SECONDS.

        Args:
            group_id: the group; None for all contacts.
            keeps: called in another thread; decides which contacts are used.

        """
        expires = time.monotonic() + STREAM_SECONDS
        get = partial(self.transport.read, _contacts_path(group_id), expires=expires)
        return ContactStream(get, self.cache.sizes, keeps)

    def expects_many(self, group_id: UUID | None, count: int = 0) -> bool:
        """Whether a list of contacts is probably too long to be held: by a group's count, or as it was lately."""
        return count * BYTES_OF_CONTACT > self.cache.sizes.whole or _contacts_path(group_id) in self.cache.long_paths

    def peek_contacts(self, max_age: float) -> tuple[Rows[Contact] | None, float]:
        """Return all contacts as they were last fetched, without a call, and the time; see `ResponseCache.peek`."""
        contacts, requested = self.cache.peek(CONTACTS_PATH, max_age)
        return cast("Rows[Contact] | None", contacts), requested

    def list_numbers(self, group_id: UUID, among: Collection[str] | None = None) -> Numbers:
        """Fetch the numbers of the contacts in a group, or some of them. Nothing else is decoded or held.

        Args:
            group_id: the group.
            among: the numbers that are asked for; None for all.

        """

        def read(response: urllib3.BaseHTTPResponse) -> Numbers:
            return read_numbers(Pieces(response, self.cache.sizes), among, self.cache.sizes)

        return self.transport.read(_contacts_path(group_id), read, expires=self.expires)

    def get_contact(self, number: str) -> Contact:
        """Fetch one contact. Raises NotFound if it doesn't exist."""
        return _contact(self.transport.get(_contact_path(number), expires=self.expires), number, Changed.NO)

    def create_contact(self, number: str, details: Mapping[str, str | None]) -> Contact:
        """Create a contact in no group. Raises Conflict if the number exists already.

        Args:
            number: in E.164 format.
            details: values by the names in DETAILS.

        """
        json = {"phoneNumber": number} | _api_fields(details)
        return _contact(
            self.transport.send("POST", CONTACTS_PATH, expect=201, json=json, expires=self.expires), number, Changed.YES
        )

    def update_contact(self, number: str, details: Mapping[str, str | None]) -> Contact:
        """Update the given details of a contact; None clears one. Raises NotFound if the contact doesn't exist."""
        body = self.transport.send(
            "PATCH", _contact_path(number), expect=200, json=_api_fields(details), expires=self.expires
        )
        return _contact(body, number, Changed.UNKNOWN)

    def delete_contact(self, number: str) -> None:
        """Delete a contact and its group memberships. Raises NotFound if it doesn't exist."""
        self.transport.send("DELETE", _contact_path(number), expect=204, expires=self.expires)

    def list_groups_of(self, number: str) -> Rows[Group]:
        """Fetch the groups that a contact is in. Raises NotFound if the contact doesn't exist."""
        return decoding.decode_groups(self.transport.get(f"{_contact_path(number)}/groups", expires=self.expires))

    def add_to_group(self, group_id: UUID, number: str) -> None:
        """Add a contact to a group. Raises Conflict if it is a member already, NotFound if either doesn't exist."""
        self.transport.send("POST", _member_path(group_id, number), expect=201, expires=self.expires)

    def remove_from_group(self, group_id: UUID, number: str) -> None:
        """Remove a contact from a group. Raises NotFound if it isn't a member, or either doesn't exist."""
        self.transport.send("DELETE", _member_path(group_id, number), expect=204, expires=self.expires)

    def list_blacklist(self) -> frozenset[str]:
        """Fetch the blacklist: the numbers that never get a message."""
        return self._get_cached(BLACKLIST_PATH, decoding.decode_blacklist)

    def add_to_blacklist(self, number: str) -> None:
        """Put a number on the blacklist, a contact's or any other. Raises Conflict if it is there already."""
        self.transport.send("POST", BLACKLIST_PATH, expect=204, json={"phoneNumber": number}, expires=self.expires)

    def take_off_blacklist(self, number: str) -> None:
        """Take a number off the blacklist. Raises NotFound if it isn't there."""
        self.transport.send("DELETE", f"{BLACKLIST_PATH}/{_quoted(number)}", expect=204, expires=self.expires)

    def _get_cached(self, path: str, decode: Callable[[bytes], T], *, packs: bool = False) -> T:
        seconds = self.transport.deadline if self.expires is None else self.expires - time.monotonic()
        get = partial(self.transport.read, path, expires=self.expires)
        return self.cache.fetch(path, get, decode, max(0, MAX_WAIT_SHARE * seconds), packs=packs)


def _group_path(group_id: UUID) -> str:
    # Validate the id again: a ".." in the path would change the URL.
    return f"{GROUPS_PATH}/{UUID(str(group_id))}"


def _contacts_path(group_id: UUID | None) -> str:
    return f"{CONTACTS_PATH}?groupIds={UUID(str(group_id))}" if group_id else CONTACTS_PATH


def _contact_path(number: str) -> str:
    return f"{CONTACTS_PATH}/{_quoted(number)}"


def _member_path(group_id: UUID, number: str) -> str:
    return f"{_group_path(group_id)}/contacts/{_quoted(number)}"


def _quoted(number: str) -> str:
    if not URL_NUMBER.fullmatch(number):
        raise ValueError("a phone number has digits only")
    return quote(number, safe="")


def _api_fields(details: Mapping[str, str | None]) -> dict[str, Any]:
    return {DETAILS[name]: value for name, value in details.items()}


# Before a body is decoded, `Changed` says what its status proves: a 201 proves a change, a 200 may be a proxy's page.


def _group(body: bytes, group_id: UUID, changed: Changed) -> Group:
    group = decoding.decode(body, decoding.GROUP, changed).group
    if group.id != group_id:
        raise UnreadableAnswer(f"asked for group {group_id}, told of {group.id}", changed=changed)
    return group


def _contact(body: bytes, number: str, changed: Changed) -> Contact:
    contact = decoding.decode(body, decoding.CONTACT, changed).contact
    if contact.number != number:
        raise UnreadableAnswer("asked for one contact, told of another", changed=changed)
    return contact
