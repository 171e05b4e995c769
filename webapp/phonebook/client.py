"""Messente's Phonebook API as Python methods."""

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
"""A phone number that can stand in an address. What is none is not asked for."""

Item = TypeVar("Item")
T = TypeVar("T")


class PhonebookClient:
    """The groups and contacts of one phonebook.

    Every method makes one call, and raises a `webapp.phonebook.errors.PhonebookError` when it doesn't end as it should;
    the error says whether the change has happened. Phone numbers are as the API writes them.
    """

    def __init__(
        self,
        transport: Transport,
        expires: float | None = None,
        *,
        cache: ResponseCache | None = None,
        parallel: Parallel | None = None,
    ) -> None:
        """Use a transport.

        Args:
            transport: sends the requests.
            expires: when every call has to be over, as a time of `time.monotonic()`.
            cache: of answers; without one, a new one.
            parallel: makes calls side by side; without one, a new one.

        """
        self._transport = transport
        self._expires = expires
        self._cache = cache or ResponseCache()
        self._parallel = parallel or Parallel()

    def until(self, expires: float) -> "PhonebookClient":
        """Make a client of the same phonebook whose calls have to be over by then."""
        return PhonebookClient(self._transport, expires, cache=self._cache, parallel=self._parallel)

    def each(self, call: Callable[[Item], T], items: Iterable[Item]) -> Generator[tuple[Item, T | PhonebookError]]:
        """Make calls side by side, one for each item; see `Parallel.each`."""
        return self._parallel.each(call, items, self._expires)

    def begin(self, call: Callable[[], T]) -> Callable[[], T]:
        """Begin a call beside others; see `Parallel.begin`."""
        return self._parallel.begin(call)

    def list_groups(self) -> Rows[Group]:
        """Fetch all groups. Rows that can't be read, or bear another's id, are counted and hide none of the others."""
        return self._read(GROUPS_PATH, decoding.decode_groups)

    def get_group(self, group_id: UUID) -> Group:
        """Fetch one group. Raises NotFound where there is none."""
        body = self._send("GET", _group_path(group_id), expect=200)
        return _group(body, group_id, Changed.NO)

    def create_group(self, name: str) -> Group:
        """Create a group. The API allows several of one name, so a repeat makes a second group."""
        body = self._send("POST", GROUPS_PATH, expect=201, json={"name": name})
        return decoding.decode(body, GroupEnvelope, changed_by("POST", 201)).group

    def rename_group(self, group_id: UUID, name: str) -> Group:
        """Give a group another name. Raises NotFound where there is none."""
        body = self._send("PUT", _group_path(group_id), expect=200, json={"name": name})
        return _group(body, group_id, changed_by("PUT", 200))

    def delete_group(self, group_id: UUID) -> None:
        """Delete a group; its contacts stay in the phonebook. Raises NotFound where there is none."""
        self._send("DELETE", _group_path(group_id), expect=204)

    def list_contacts(self, group_id: UUID | None = None) -> Rows[Contact]:
        """Fetch all contacts, or those in a group, with the same care as `list_groups`."""
        return self._read(_contacts_path(group_id), decoding.decode_contacts)

    def list_numbers(self, group_id: UUID) -> Rows[str]:
        """Fetch the numbers of the contacts in a group and nothing else: for when many groups are asked for."""
        return decoding.decode_numbers(self._send("GET", _contacts_path(group_id), expect=200))

    def get_contact(self, number: str) -> Contact:
        """Fetch one contact. Raises NotFound where there is none."""
        return _contact(self._send("GET", _contact_path(number), expect=200), number, Changed.NO)

    def create_contact(self, number: str, details: Mapping[str, str | None]) -> Contact:
        """Create a contact, in no group. Raises Conflict where there is one of that number.

        Args:
            number: in E.164 format.
            details: what is said of it, by the names of DETAILS.

        """
        json = {"phoneNumber": number} | _named_by_the_api(details)
        return _contact(self._send("POST", CONTACTS_PATH, expect=201, json=json), number, changed_by("POST", 201))

    def update_contact(self, number: str, details: Mapping[str, str | None]) -> Contact:
        """Change what is said of a contact: those details that are given; None empties one. Raises NotFound."""
        body = self._send("PATCH", _contact_path(number), expect=200, json=_named_by_the_api(details))
        return _contact(body, number, changed_by("PATCH", 200))

    def delete_contact(self, number: str) -> None:
        """Delete a contact, from its groups too. Raises NotFound where there is none."""
        self._send("DELETE", _contact_path(number), expect=204)

    def list_groups_of(self, number: str) -> Rows[Group]:
        """Fetch the groups that a contact is in. Raises NotFound where there is no such contact."""
        return decoding.decode_groups(self._send("GET", f"{_contact_path(number)}/groups", expect=200))

    def add_to_group(self, group_id: UUID, number: str) -> None:
        """Put a contact into a group. Raises Conflict where it is in it, NotFound where either is missing."""
        self._send("POST", _member_path(group_id, number), expect=201)

    def remove_from_group(self, group_id: UUID, number: str) -> None:
        """Take a contact out of a group. Raises NotFound where it is not in it, or either is missing."""
        self._send("DELETE", _member_path(group_id, number), expect=204)

    def list_blacklist(self) -> frozenset[str]:
        """Fetch the numbers that get no message, whoever sends it."""
        return self._read(BLACKLIST_PATH, decoding.decode_blacklist)

    def _send(self, method: str, path: str, *, expect: int, json: object = None) -> bytes:
        return self._transport.send(method, path, expect=expect, json=json, expires=self._expires)

    def _read(self, path: str, decode: Callable[[bytes], T]) -> T:
        last = self._cache.last_body(path)
        body = self._transport.send("GET", path, expect=200, expires=self._expires, last=last)
        return self._cache.decode(path, body, decode)


def _group_path(group_id: UUID) -> str:
    # Through UUID once more: a stray ".." in a path would reach another address.
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


def _named_by_the_api(details: Mapping[str, str | None]) -> dict[str, Any]:
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
