"""Find what is probably wrong in the phonebook, so that somebody can mend it."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from webapp.contacts.filters import MAX_LISTED, Found, find_impossible, find_nameless, find_same_person
from webapp.overview.figures import SameMembers
from webapp.phone_numbers.numbering_plans import likely_number
from webapp.phonebook import Contact, Group, Rows
from webapp.phonebook.models import find_numbers
from webapp.text import fold

Row = TypeVar("Row")


@dataclass(frozen=True)
class ImpossibleNumber:
    """A contact whose number can't exist."""

    contact: Contact
    likely: str | None
    """The number that was probably meant; None if that is unclear."""
    likely_exists: bool
    """Whether there is a contact with that number already."""


@dataclass(frozen=True, eq=False)
class CheckUp:
    """What was found. A list is None if what it needs could not be read."""

    duplicate_names: Sequence[Sequence[Group]] | None
    """Groups that have the same name."""
    empty_groups: Sequence[Group] | None
    same_members: Sequence[Sequence[Group]] | None
    """Groups that had the same members at the last comparison, as far as they still have the same size."""
    impossible: Found[ImpossibleNumber] | None
    same_person: Found[Found[Contact]] | None
    """Contacts that have the same name and company."""
    nameless: Found[Contact] | None

    @property
    def most(self) -> int:
        """How many things of one kind the page lists."""
        return MAX_LISTED

    @property
    def is_clean(self) -> bool:
        """Whether groups and contacts could be read, and nothing was found. Members may not have been compared yet."""
        was_read = self.duplicate_names is not None and self.nameless is not None
        return was_read and not any(vars(self).values())


def check(
    groups: Rows[Group] | None, contacts: Rows[Contact] | None, compared: SameMembers | None, region: str
) -> CheckUp:
    """Check the phonebook.

    Args:
        groups: None if they could not be read.
        contacts: None if they could not be read.
        compared: None if the groups' members were not compared yet.
        region: of numbers without a country code: two letters, or "".

    """
    return CheckUp(
        groups.derive(find_duplicate_names) if groups else None,
        groups.derive(find_empty) if groups else None,
        _still_same(groups, compared) if groups and compared else None,
        contacts.derive(_find_impossible, region) if contacts else None,
        contacts.derive(find_same_person) if contacts else None,
        contacts.derive(find_nameless) if contacts else None,
    )


def find_duplicate_names(groups: Rows[Group]) -> list[list[Group]]:
    """Return the groups that have the same name as others, those of one name together."""
    return together(groups.rows, lambda group: fold(group.name))


def find_empty(groups: Rows[Group]) -> list[Group]:
    """Return the groups without contacts."""
    return [group for group in groups.rows if not group.contacts_count]


def _find_impossible(contacts: Rows[Contact], region: str) -> Found[ImpossibleNumber]:
    found = find_impossible(contacts)
    likely = [(contact, likely_number(contact.number, region)) for contact in found.first]
    wanted = {number for _, number in likely if number}
    there = find_numbers(contacts, wanted)
    return Found([ImpossibleNumber(contact, number, number in there) for contact, number in likely], len(found))


def _still_same(groups: Rows[Group], compared: SameMembers) -> list[list[Group]]:
    by_id = {group.id: group for group in groups.rows}
    found = []
    for ids in compared.groups:
        there = [by_id[group_id] for group_id in ids if group_id in by_id]
        found += together(there, lambda group: group.contacts_count)
    return [same for same in found if same[0].contacts_count]


def together(rows: Iterable[Row], key: Callable[[Row], object]) -> list[list[Row]]:
    """Return the rows that share their key with others, those of one key together."""
    by_key: dict[object, list[Row]] = {}
    for row in rows:
        by_key.setdefault(key(row), []).append(row)
    return [same for same in by_key.values() if len(same) > 1]
