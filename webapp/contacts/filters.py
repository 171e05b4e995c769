"""Parts of a list of contacts that can be shown alone: by the blacklist, and by what is probably wrong with them."""

from array import array
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import compress, count, islice
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
        shared, keys = contacts.derive(_shared_keys), contacts.derive(_survey).people
        return contacts.part(contact for contact, key in zip(contacts.rows, keys, strict=True) if key in shared)
    return contacts.where(_CONDITIONS[part])


def count_reached(contacts: Rows[Contact], blacklist: frozenset[str]) -> int:
    """Count the contacts that get text messages: not on the blacklist, as far as the numbering plans tell."""
    if contacts.is_packed:  # a set of their numbers would be large
        return sum(contact.number not in blacklist and _gets_texts(contact) for contact in contacts.rows)
    return len(contacts.derive(_find_getting_texts) - blacklist)


def _find_getting_texts(contacts: Rows[Contact]) -> frozenset[str]:
    return frozenset(contact.number for contact in contacts.rows if _gets_texts(contact))


def _gets_texts(contact: Contact) -> bool:
    return gets_texts(contact.number) is Texts.YES


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


@dataclass(frozen=True)
class _Survey:
    """What is probably wrong with contacts, found in one pass, since they may have to be decoded for each."""

    impossible: bytearray
    """For each contact, whether its number can't exist."""
    nameless: bytearray
    """For each contact, whether it has no name."""
    people: "array[int]"
    """A hash of each contact's name and company; 0 without both. The texts themselves would take much memory."""


def _survey(contacts: Rows[Contact]) -> _Survey:
    survey = _Survey(bytearray(), bytearray(), array("q"))
    companies: dict[str | None, str] = {None: ""}
    for rows in contacts.blocks():
        survey.impossible.extend(map(_is_impossible, rows))
        survey.nameless.extend(map(_is_nameless, rows))
        survey.people.extend(_hash_person(contact, companies) for contact in rows)
    return survey


def _hash_person(contact: Contact, companies: dict[str | None, str]) -> int:
    """Return a hash of a name and company; `companies` caches their folded names."""
    company = contact.company
    if company not in companies:
        companies[company] = "" if is_blank(company or "") else fold(company or "")
    name = contact.name if companies[company] else ""
    folded = name and fold(name)
    return hash((folded, companies[company])) if folded else 0


def find_impossible(contacts: Rows[Contact]) -> Found[Contact]:
    """Return the contacts whose numbers can't exist."""
    return _pick_first(contacts, contacts.derive(_survey).impossible)


def find_nameless(contacts: Rows[Contact]) -> Found[Contact]:
    """Return the contacts without a name."""
    return _pick_first(contacts, contacts.derive(_survey).nameless)


def _pick_first(contacts: Rows[Contact], are_found: bytearray) -> Found[Contact]:
    return Found(contacts.pick(list(islice(compress(count(), are_found), MAX_LISTED))), sum(are_found))


def find_same_person(contacts: Rows[Contact]) -> Found[Found[Contact]]:
    """Return the contacts that have the same name and company, those of one person together."""
    people: dict[int, list[int]] = {}
    counts = Counter[int]()
    shared = contacts.derive(_shared_keys)
    for index, key in enumerate(contacts.derive(_survey).people):
        if key in shared and (key in people or len(people) < MAX_LISTED):
            counts[key] += 1
            if len(same := people.setdefault(key, [])) < MAX_OF_PERSON:
                same.append(index)
    found = iter(contacts.pick([index for same in people.values() for index in same]))
    return Found([Found(list(islice(found, len(same))), counts[key]) for key, same in people.items()], len(shared))


def _shared_keys(contacts: Rows[Contact]) -> frozenset[int]:
    """Return the hashes of people that several contacts have."""
    ordered = sorted(contacts.derive(_survey).people)
    return frozenset(compress(ordered, map(eq, ordered, islice(ordered, 1, None)))) - {0}
