"""The client: one method for each call of Messente's Phonebook API."""

import re
from collections.abc import Callable, Generator, Iterable, Mapping
from typing import Any, TypeVar
from urllib.parse import quote
from uuid import UUID

from webapp.phonebook import decoding
from webapp.phonebook.decoding import ContactEnvelope, GroupEnvelope
from webapp.phonebook.error_mapping import changed_by
from webapp.phonebook.errors import Changed, PhonebookError, UnreadableAnswer
from webapp.phonebook.models import DETAILS, Contact, Group, Rows
from webapp.phonebook.parallel import Parallel
from webapp.phonebook.response_cache import ResponseCache
from webapp.phonebook.transport import Transport

GROUPS_PATH, CONTACTS_PATH, BLACKLIST_PATH = "/phonebook/groups", "/phonebook/contacts", "/phonebook/blacklist"

URL_NUMBER = re.compile(r"\+?[0-9]{1,20}")
"""A phone number that may be part of a URL. Any other text raises ValueError before a request is sent."""

Item = TypeVar("Item")
T = TypeVar("T")


class PhonebookClient:
    """A client for the groups, contacts and blacklist of one phonebook.

    Every method makes one call to the API and raises a `webapp.phonebook.errors.PhonebookError` if the call fails;
    the error says whether the change has happened. Phone numbers are in the API's format, E.164.
    """

    def __init__(
        self,
        transport: Transport,
        expires: float | None = None,
        *,
        cache: ResponseCache | None = None,
        parallel: Parallel | None = None,
    ) -> None:
        """Create a client.

        Args:
            transport: sends the requests.
            expires: deadline of every call, as a time of `time.monotonic()`.
            cache: responses and their decoded rows; a new cache by default.
            parallel: runs calls in parallel; a new thread pool by default.

        """
        self._transport = transport
        self._expires = expires
        self._cache = cache or ResponseCache()
        self._parallel = parallel or Parallel()

    def until(self, expires: float) -> "PhonebookClient":
        """Return a client for the same phonebook whose calls have this deadline, a time of `time.monotonic()`."""
        return PhonebookClient(self._transport, expires, cache=self._cache, parallel=self._parallel)

    def each(self, call: Callable[[Item], T], items: Iterable[Item]) -> Generator[tuple[Item, T | PhonebookError]]:
        """Make one call for each item, in parallel; see `Parallel.each`."""
        return self._parallel.each(call, items, self._expires)

    def begin(self, call: Callable[[], T]) -> Callable[[], T]:
        """Start a call in another thread; see `Parallel.begin`."""
        return self._parallel.begin(call)

    def list_groups(self) -> Rows[Group]:
        """Fetch all groups. Invalid and duplicate rows are skipped and counted."""
        return self._read(GROUPS_PATH, decoding.decode_groups)

    def get_group(self, group_id: UUID) -> Group:
        """Fetch one group. Raises NotFound if it doesn't exist."""
        body = self._send("GET", _group_path(group_id), expect=200)
        return _group(body, group_id, Changed.NO)

    def create_group(self, name: str) -> Group:
        """Create a group. Not idempotent: the API accepts duplicate names, so a second call creates a second group."""
        body = self._send("POST", GROUPS_PATH, expect=201, json={"name": name})
        return decoding.decode(body, GroupEnvelope, changed_by("POST", 201)).group

    def rename_group(self, group_id: UUID, name: str) -> Group:
        """Rename a group. Raises NotFound if it doesn't exist."""
        body = self._send("PUT", _group_path(group_id), expect=200, json={"name": name})
        return _group(body, group_id, changed_by("PUT", 200))

    def delete_group(self, group_id: UUID) -> None:
        """Delete a group, but not its contacts. Raises NotFound if it doesn't exist."""
        self._send("DELETE", _group_path(group_id), expect=204)

    def list_contacts(self, group_id: UUID | None = None) -> Rows[Contact]:
        """Fetch all contacts, or those in a group. Invalid and duplicate rows are skipped and counted."""
        return self._read(_contacts_path(group_id), decoding.decode_contacts)

    def list_numbers(self, group_id: UUID) -> Rows[str]:
        """Fetch the numbers of the contacts in a group. Decodes nothing else, so it is cheap for many groups."""
        return decoding.decode_numbers(self._send("GET", _contacts_path(group_id), expect=200))

    def get_contact(self, number: str) -> Contact:
        """Fetch one contact. Raises NotFound if it doesn't exist."""
        return _contact(self._send("GET", _contact_path(number), expect=200), number, Changed.NO)

    def create_contact(self, number: str, details: Mapping[str, str | None]) -> Contact:
        """Create a contact in no group. Raises Conflict if the number exists already.

        Args:
            number: in E.164 format.
            details: values by the names in DETAILS.

        """
        json = {"phoneNumber": number} | _api_fields(details)
        return _contact(self._send("POST", CONTACTS_PATH, expect=201, json=json), number, changed_by("POST", 201))

    def update_contact(self, number: str, details: Mapping[str, str | None]) -> Contact:
        """Update the given details of a contact; None clears one. Raises NotFound if the contact doesn't exist."""
        body = self._send("PATCH", _contact_path(number), expect=200, json=_api_fields(details))
        return _contact(body, number, changed_by("PATCH", 200))

    def delete_contact(self, number: str) -> None:
        """Delete a contact and its group memberships. Raises NotFound if it doesn't exist."""
        self._send("DELETE", _contact_path(number), expect=204)

    def list_groups_of(self, number: str) -> Rows[Group]:
        """Fetch the groups that a contact is in. Raises NotFound if the contact doesn't exist."""
        return decoding.decode_groups(self._send("GET", f"{_contact_path(number)}/groups", expect=200))

    def add_to_group(self, group_id: UUID, number: str) -> None:
        """Add a contact to a group. Raises Conflict if it is a member already, NotFound if either doesn't exist."""
        self._send("POST", _member_path(group_id, number), expect=201)

    def remove_from_group(self, group_id: UUID, number: str) -> None:
        """Remove a contact from a group. Raises NotFound if it isn't a member, or either doesn't exist."""
        self._send("DELETE", _member_path(group_id, number), expect=204)

    def list_blacklist(self) -> frozenset[str]:
        """Fetch the blacklist: the numbers that never get a message."""
        return self._read(BLACKLIST_PATH, decoding.decode_blacklist)

    def _send(self, method: str, path: str, *, expect: int, json: object = None) -> bytes:
        return self._transport.send(method, path, expect=expect, json=json, expires=self._expires)

    def _read(self, path: str, decode: Callable[[bytes], T]) -> T:
        last = self._cache.last_body(path)
        body = self._transport.send("GET", path, expect=200, expires=self._expires, last=last)
        return self._cache.decode(path, body, decode)


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


def _group(body: bytes, group_id: UUID, changed: Changed) -> Group:
    group = decoding.decode(body, GroupEnvelope, changed).group
    if group.id != group_id:
        raise UnreadableAnswer(f"asked for group {group_id}, told of {group.id}", changed=changed)
    return group


def _contact(body: bytes, number: str, changed: Changed) -> Contact:
    contact = decoding.decode(body, ContactEnvelope, changed).contact
    if contact.number != number:
        raise UnreadableAnswer("asked for one contact, told of another", changed=changed)
    return contact
