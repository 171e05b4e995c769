"""Work out who gets a message that is sent to several groups: each contact once, without the blacklist.

Nothing is guessed: if a group could not be read completely, the figures that depend on it are unknown.
"""

from collections.abc import Sequence, Set
from dataclasses import dataclass, field
from functools import cached_property, reduce
from itertools import combinations
from operator import and_
from uuid import UUID

from webapp.phone_numbers.text_messages import Texts, gets_texts
from webapp.phonebook import Contact, Group, Rows

REACHED, SEVERAL, BLACKLISTED, IMPOSSIBLE, FIXED = "reached", "several", "blacklisted", "impossible", "fixed"
"""Parts of the audience that can be listed; the values stand in addresses."""
UNREACHED = "unreached"


@dataclass(frozen=True)
class AudienceGroup:
    """A group that the message is sent to."""

    id: UUID
    group: Group | None
    """None if it is not in the list of groups."""
    numbers: Set[str] | None
    """The numbers of its members; None if they could not be read completely."""


@dataclass(frozen=True)
class Part:
    """The contacts that are in exactly these groups."""

    places: tuple[int, ...]
    """Positions of the groups, from 0."""
    count: int


@dataclass(frozen=True)
class Overlap:
    """Two groups, and how many contacts are in both."""

    first: Group
    second: Group
    count: int


@dataclass(frozen=True, eq=False)
class Audience:
    """The contacts of some groups."""

    groups: Sequence[AudienceGroup]
    read_contacts: Rows[Contact]
    """The contacts, each once, as far as they could be read."""
    blacklist: frozenset[str] | None
    gone: int = 0
    """Chosen groups that no longer exist."""
    listed: Rows[Group] = field(default_factory=lambda: Rows[Group](()))
    """All groups of the phonebook."""

    @cached_property
    def unread(self) -> list[AudienceGroup]:
        """The groups that could not be read completely."""
        return [each for each in self.groups if each.numbers is None]

    @property
    def contacts(self) -> Rows[Contact] | None:
        """The contacts, each once; None if a group could not be read completely."""
        return None if self.unread else self.read_contacts

    @cached_property
    def counts(self) -> dict[str, int | None]:
        """How many contacts the audience and each of its parts has; None where that is unknown."""
        counts = {part: None if numbers is None else len(numbers) for part, numbers in self._parts.items()}
        everybody = None if self.contacts is None else len(self.contacts.rows)
        unreached = counts.pop(UNREACHED)
        counts[REACHED] = None if everybody is None or unreached is None else everybody - unreached
        counts["all"] = everybody
        counts["sum"] = None if self.unread else sum(map(len, self._members))
        return counts

    def having(self, part: str) -> Rows[Contact]:
        """Return the contacts of a part; all contacts if there is no such part. Empty if they are unknown."""
        contacts = self.contacts or Rows(())
        if part not in self.counts:
            return contacts
        if self.counts[part] is None:
            return Rows(())
        numbers = self._parts[UNREACHED if part == REACHED else part] or frozenset()
        return contacts.where(lambda contact: (contact.number in numbers) is (part != REACHED))

    @property
    def _members(self) -> list[Set[str]]:
        """The numbers of each group."""
        return [each.numbers or frozenset() for each in self.groups]

    @cached_property
    def _in_several(self) -> Set[str]:
        """The contacts that are in more than one of the groups."""
        seen, several = set[str](), set[str]()
        *others, largest = sorted(self._members, key=len) or [set()]
        for numbers in others:
            several |= seen & numbers
            seen |= numbers
        return several | (seen & largest)  # the largest is not copied: it may be most of the phonebook

    @cached_property
    def _parts(self) -> dict[str, Set[str] | None]:
        """The numbers of the parts, and of the contacts that are not reached: they are fewer than those who are."""
        if self.contacts is None:
            return dict.fromkeys((UNREACHED, SEVERAL, BLACKLISTED, IMPOSSIBLE, FIXED))
        impossible, fixed = set[str](), set[str]()
        for contact in self.contacts.rows:
            if (texts := gets_texts(contact.number)) is not Texts.YES:
                (impossible if texts is Texts.NO else fixed).add(contact.number)
        blacklisted = None
        if self.blacklist is not None:
            blacklisted = {number for number in self.blacklist if any(number in each for each in self._members)}
        return {
            UNREACHED: None if blacklisted is None else blacklisted | impossible | fixed,
            SEVERAL: self._in_several,
            BLACKLISTED: blacklisted,
            IMPOSSIBLE: impossible,
            FIXED: fixed,
        }

    @cached_property
    def only_here(self) -> list[int]:
        """For each group: how many of its contacts are in no other of the groups. Empty if that is unknown."""
        if self.unread:
            return []
        return [len(numbers) - len(numbers & self._in_several) for numbers in self._members]

    @cached_property
    def disjoint_parts(self) -> list[Part]:
        """For two or three groups: the parts that their overlaps divide the contacts into, single groups first."""
        if self.unread or not 2 <= len(self.groups) <= 3:
            return []
        places = range(len(self.groups))
        parts = []
        for chosen in (each for size in places for each in combinations(places, size + 1)):
            inside = reduce(and_, (self._members[place] for place in chosen))
            also = set[str]().union(*(inside & self._members[place] for place in places if place not in chosen))
            parts.append(Part(chosen, len(inside) - len(also)))
        return parts

    @cached_property
    def overlaps(self) -> list[Overlap]:
        """For more than three groups: the pairs that share contacts, those that share most first."""
        if self.unread or len(self.groups) <= 3:
            return []
        pairs = [
            Overlap(one.group, other.group, count)
            for one, other in combinations(self.groups, 2)
            if one.group and other.group and (count := len((one.numbers or set()) & (other.numbers or set())))
        ]
        return sorted(pairs, key=lambda pair: -pair.count)
