"""Parts of a list of contacts that can be shown alone: by the blacklist, and by what is probably wrong with them."""

from array import array
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import compress, islice
from operator import eq
from typing import Any, Generic, TypeVar

from webapp.phone_numbers.text_messages import Texts, gets_texts
from webapp.phonebook import Contact, PhonebookClient, Rows
from webapp.text import fold, is_blank

BLACKLISTED, NOT_BLACKLISTED = "blacklisted", "not-blacklisted"
IMPOSSIBLE, SAME_PERSON, NAMELESS = "impossible", "same-person", "nameless"

SHOWN_PARTS = {
    BLACKLISTED: "On the blacklist",
    NOT_BLACKLISTED: "Not on the blacklist",
    IMPOSSIBLE: "Numbers that can't exist",
    SAME_PERSON: "Same name and company as another",
    NAMELESS: "Without a name",
}
"""Labels of the parts of a list, by their values in addresses."""

MAX_LISTED = 200
"""Things of one kind that were found and are listed on one page."""
MAX_OF_PERSON = 20
"""Contacts of one person that are listed."""

T = TypeVar("T")


def find_part(part: str, contacts: Rows[Contact], client: PhonebookClient) -> Rows[Contact]:
    """Return a part of a list; all of it if there is no such part.

    Raises:
        PhonebookError: when the blacklist is needed and can't be read.

    """
    if part in {BLACKLISTED, NOT_BLACKLISTED}:
        return contacts.where(find_condition(part, client))
    return contacts.derive(_part, part) if part in SHOWN_PARTS else contacts


def find_condition(part: str, client: PhonebookClient) -> Callable[[Contact], bool]:
    """Return what decides whether a contact is in a part of a list; not for SAME_PERSON.

    Raises:
        PhonebookError: when the blacklist is needed and can't be read.

    """
    if part in {BLACKLISTED, NOT_BLACKLISTED}:
        blacklist = client.list_blacklist()
        return lambda contact: (contact.number in blacklist) is (part == BLACKLISTED)
    return _CONDITIONS.get(part, lambda _: True)


def _part(contacts: Rows[Contact], part: str) -> Rows[Contact]:
    if part == SAME_PERSON:
        shared, keys = contacts.derive(_shared_keys), contacts.derive(_person_keys)
        return contacts.part(contact for contact, key in zip(contacts.rows, keys, strict=True) if key in shared)
    return contacts.find_parts(_CONDITIONS[part])[0]


def count_reached(contacts: Rows[Contact], blacklist: frozenset[str]) -> int:
    """Count the contacts that get text messages: not on the blacklist, as far as the numbering plans tell."""
    if contacts.is_packed:  # a set of their numbers would be large
        return sum(contact.number not in blacklist and _gets_texts(contact) for contact in contacts.rows)
    return len(contacts.derive(_find_getting_texts) - blacklist)


def _find_getting_texts(contacts: Rows[Contact]) -> frozenset[str]:
    return frozenset(contact.number for contact in contacts.rows if _gets_texts(contact))


def _gets_texts(contact: Contact) -> bool:
    return gets_texts(contact.number) is Texts.YES


def find_impossible_and_nameless(contacts: Rows[Contact]) -> tuple[Rows[Contact], Rows[Contact]]:
    """Return the contacts whose numbers can't exist, and those without a name."""
    impossible, nameless = contacts.find_parts(_is_impossible, _is_nameless)
    return impossible, nameless


def _is_impossible(contact: Contact) -> bool:
    return gets_texts(contact.number) is Texts.NO


def _is_nameless(contact: Contact) -> bool:
    return is_blank(contact.name)


_CONDITIONS = {IMPOSSIBLE: _is_impossible, NAMELESS: _is_nameless}


@dataclass(frozen=True)
class Found(Generic[T]):
    """The first of the things that were found, and how many there are."""

    first: Sequence[T]
    count: int

    def __len__(self) -> int:
        """Return how many were found."""
        return self.count

    def __getitem__(self, index: Any) -> Any:
        """Return one of the first, or a slice of them."""
        return self.first[index]


def find_same_person(contacts: Rows[Contact]) -> Found[Found[Contact]]:
    """Return the contacts that have the same name and company, those of one person together."""
    people: dict[int, list[int]] = {}
    counts = Counter[int]()
    shared = contacts.derive(_shared_keys)
    for index, key in enumerate(contacts.derive(_person_keys)):
        if key in shared and (key in people or len(people) < MAX_LISTED):
            counts[key] += 1
            if len(same := people.setdefault(key, [])) < MAX_OF_PERSON:
                same.append(index)
    found = iter(contacts.pick([index for same in people.values() for index in same]))
    return Found([Found(list(islice(found, len(same))), counts[key]) for key, same in people.items()], len(shared))


def _person_keys(contacts: Rows[Contact]) -> "array[int]":
    """Return a hash of each contact's name and company; 0 without both. The texts themselves would take much memory."""
    companies: dict[str, str] = {}
    keys = array("q")
    for contact in contacts.rows:
        key = 0
        if (company := contact.company) and contact.name:
            if company not in companies:
                companies[company] = "" if is_blank(company) else fold(company)
            if companies[company] and (name := fold(contact.name)):
                key = hash((name, companies[company]))
        keys.append(key)
    return keys


def _shared_keys(contacts: Rows[Contact]) -> frozenset[int]:
    """Return the keys that several contacts have."""
    ordered = sorted(contacts.derive(_person_keys))
    return frozenset(compress(ordered, map(eq, ordered, islice(ordered, 1, None)))) - {0}
