"""Work out what an import would change in the phonebook as it is now."""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple
from uuid import UUID

from webapp.actions.plan import NewGroup
from webapp.imports.rows import ImportRow
from webapp.phonebook import Contact, Group, PhonebookClient, Rows
from webapp.phonebook.errors import PhonebookError
from webapp.text import fold

MAX_NAMESAKES_ASKED = 20
"""Group names that several groups have, for which the user is asked which group is meant."""

TOO_MANY_NAMESAKES = "Several groups have this name, and too many names like that are in the file"


class State(StrEnum):
    """What an import does with a row."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    """The contact's details stay; the contact may still be put in groups."""
    REPEATED = "repeated"
    """An earlier row has the same number."""
    REFUSED = "refused"


@dataclass(frozen=True, kw_only=True)
class ImportOptions:
    """What the user has chosen about an import, besides how the file is read."""

    updates: bool = True
    """Whether details of contacts that are in the phonebook are changed."""
    blank_clears: bool = False
    """Whether a blank cell clears the contact's field."""
    unblocks: bool = False
    """Whether contacts are taken off the blacklist if the file says so."""
    group: UUID | None = None
    """A group to put all contacts in."""
    new_group: str = ""
    """The name of a group to create and to put all contacts in; "" for none."""
    meant: frozenset[UUID] = frozenset()
    """The groups that are meant by names that several groups have."""


class PlannedRow(NamedTuple):
    """A row, and what is done with it."""

    row: ImportRow
    state: State
    contact: Contact | None = None
    """The contact as they are in the phonebook."""
    details: Mapping[str, str | None] = MappingProxyType({})
    """The details to write: all of a new contact, else those that change."""
    joins: tuple[str, ...] = ()
    """The keys of the groups to put the contact in: see `ImportPreview.groups`."""
    blocks: bool | None = None
    """Whether to put the number on the blacklist (True) or to take it off (False); None for neither."""
    reason: str = ""
    """Why the row is refused."""

    @property
    def before(self) -> dict[str, str | None]:
        """The details that are replaced."""
        return {name: getattr(self.contact, name) for name in self.details} if self.contact else {}


class Namesakes(NamedTuple):
    """A group name in the file that several groups have."""

    key: str
    """The folded name."""
    name: str
    groups: tuple[Group, ...]


@dataclass(frozen=True)
class TargetGroup:
    """A group that the import puts contacts in."""

    group: Group | NewGroup
    members: frozenset[str] = frozenset()

    @property
    def is_new(self) -> bool:
        """Whether the import creates the group."""
        return isinstance(self.group, NewGroup)


@dataclass
class ImportPreview:
    """What an import would do now."""

    rows: list[PlannedRow]
    groups: dict[str, TargetGroup]
    """The groups that contacts are put in, by a key: an id, or the folded name of a new group."""
    questions: list[Namesakes] = field(default_factory=list)
    """Group names about which the user has to be asked first."""
    blacklisted: int = 0
    """Contacts of the file that are on the blacklist, and stay there."""
    off_blacklist: int = 0
    """Contacts on the blacklist of which the file says that they are not."""
    all_groups: Rows[Group] = field(default_factory=lambda: Rows(()))
    """The phonebook's groups."""
    named: dict[str, str] = field(default_factory=dict)
    """What the folded group names in the file mean, without having been asked about: keys of `groups`."""
    unreadable: int = 0
    """Contacts of the phonebook that could not be read: any row may be one of them."""

    def having(self, state: State) -> list[PlannedRow]:
        """Return the rows in a state."""
        return [row for row in self.rows if row.state is state]

    @property
    def counts(self) -> dict[State, int]:
        """The number of rows in each state."""
        counted = Counter(row.state for row in self.rows)
        return {state: counted[state] for state in State}

    @property
    def new_groups(self) -> list[str]:
        """The names of the groups that the import creates."""
        return [target.group.name for target in self.groups.values() if target.is_new]

    @property
    def joins(self) -> dict[str, int]:
        """How many contacts are put in each group, by its key."""
        counts = dict.fromkeys(self.groups, 0)
        for row in self.rows:
            for key in row.joins:
                counts[key] += 1
        return counts

    @property
    def to_block(self) -> int:
        """How many numbers are put on the blacklist."""
        return sum(row.blocks is True for row in self.rows)

    @property
    def to_unblock(self) -> int:
        """How many numbers are taken off the blacklist."""
        return sum(row.blocks is False for row in self.rows)

    @property
    def is_empty(self) -> bool:
        """Whether nothing would be changed."""
        return not self.new_groups and not any(
            row.joins or row.blocks is not None or row.state in {State.NEW, State.CHANGED} for row in self.rows
        )

    @property
    def lacks_only_plus(self) -> bool:
        """Whether numbers are refused, all of them because they lack the + before their country code."""
        options = {row.row.refusal.option for row in self.rows if row.row.refusal}
        return options == {"add_plus"}

    @property
    def digest(self) -> str:
        """A digest of what would be done to contacts' details and the blacklist, and of the groups in the file."""
        rows = [(row.row.number, row.state, sorted(row.details.items()), row.blocks) for row in self.rows]
        said = repr((rows, sorted(self.named.items())))
        return hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()


def preview_import(
    read: Callable[[Mapping[str, Contact]], Sequence[ImportRow]], options: ImportOptions, client: PhonebookClient
) -> ImportPreview:
    """Compare the rows of a file with the phonebook.

    Args:
        read: returns the rows of the file, given the phonebook's contacts by number.
        options: what the user has chosen.
        client: reads the phonebook.

    Raises:
        PhonebookError: when the phonebook can't be read.

    """
    fetch_blacklist, fetch_groups = client.begin(client.list_blacklist), client.begin(client.list_groups)
    contacts, all_groups = client.list_contacts(), fetch_groups()
    known = {contact.number: contact for contact in contacts.rows}
    rows = read(known)
    groups = _Groups(rows, options, all_groups, client)
    blacklist = fetch_blacklist()
    preview = ImportPreview([], groups.targets, groups.questions, all_groups=all_groups)
    preview.named, preview.unreadable = groups.named, contacts.unreadable
    for row in rows:
        if row.refusal or row.same_as is not None:
            reason = row.refusal.reason if row.refusal else ""
            preview.rows.append(PlannedRow(row, State.REFUSED if row.refusal else State.REPEATED, reason=reason))
            continue
        if reason := groups.why_refused(row):
            preview.rows.append(PlannedRow(row, State.REFUSED, reason=reason))
            continue
        contact = known.get(row.number)
        details = _new_details(row) if contact is None else _changed_details(row, contact, options)
        blocks = None
        if row.number in blacklist:
            wants_off = row.blacklisted is False
            blocks = False if wants_off and options.unblocks else None
            preview.off_blacklist += wants_off
            preview.blacklisted += blocks is None
        elif row.blacklisted:
            blocks = True
        state = State.NEW if contact is None else State.CHANGED if details else State.UNCHANGED
        preview.rows.append(PlannedRow(row, state, contact, details, groups.to_join(row), blocks))
    return preview


def _new_details(row: ImportRow) -> dict[str, str | None]:
    return {name: value for name, value in row.details.items() if value}


def _changed_details(row: ImportRow, contact: Contact, options: ImportOptions) -> dict[str, str | None]:
    if not options.updates:
        return {}
    changed: dict[str, str | None] = {}
    for name, value in row.details.items():
        if value == "" and not options.blank_clears:
            continue
        if (getattr(contact, name) or "") != (value or ""):
            changed[name] = value or None
    return changed


class _Groups:
    """The groups that a file's rows name, and the one to put all contacts in."""

    def __init__(
        self, rows: Iterable[ImportRow], options: ImportOptions, listed: Rows[Group], client: PhonebookClient
    ) -> None:
        """Find the groups, and read the members of those that exist."""
        self._options = options
        self._keys: dict[str, str] = {}
        self._refused: dict[str, str] = {}
        self.questions: list[Namesakes] = []
        self.named: dict[str, str] = {}
        by_name: dict[str, list[Group]] = {}
        for group in listed.rows:
            by_name.setdefault(fold(group.name), []).append(group)
        by_id = {group.id: group for group in listed.rows}
        found: dict[str, TargetGroup] = {}
        self._for_all: tuple[str, ...] = ()
        if options.group and (chosen := by_id.get(options.group)):
            found[str(chosen.id)] = TargetGroup(chosen)
            self._for_all = (str(chosen.id),)
        elif options.new_group:
            self._for_all = (fold(options.new_group),)
            found[self._for_all[0]] = TargetGroup(NewGroup(options.new_group))
        for name in dict.fromkeys(name for row in rows if not row.refusal for name in row.groups):
            folded = fold(name)
            same = by_name.get(folded, [])
            meant = next((group for group in same if group.id in options.meant), None)
            if len(same) > 1 and meant is None:
                self._ask(folded, name, same)
                continue
            existing = meant or (same[0] if same else None)
            key = str(existing.id) if existing else folded
            self._keys[name] = key
            if len(same) < 2:
                self.named[folded] = key
            found.setdefault(key, TargetGroup(existing or NewGroup(name)))
        self.targets = _with_members(found, client)

    def _ask(self, folded: str, name: str, same: Sequence[Group]) -> None:
        if any(question.key == folded for question in self.questions):
            return
        if len(self.questions) == MAX_NAMESAKES_ASKED:
            self._refused[name] = TOO_MANY_NAMESAKES
        else:
            self.questions.append(Namesakes(folded, name, tuple(same)))

    def why_refused(self, row: ImportRow) -> str:
        """Return why a row's groups can't be used; "" if they can."""
        return next((self._refused[name] for name in row.groups if name in self._refused), "")

    def to_join(self, row: ImportRow) -> tuple[str, ...]:
        """Return the keys of the groups to put a contact in, without those that the contact is in already."""
        named = (self._keys[name] for name in row.groups if name in self._keys)
        keys = dict.fromkeys([*self._for_all, *named])
        return tuple(key for key in keys if row.number not in self.targets[key].members)


def _with_members(targets: dict[str, TargetGroup], client: PhonebookClient) -> dict[str, TargetGroup]:
    filled = [each.group for each in targets.values() if isinstance(each.group, Group) and each.group.contacts_count]
    found = dict(targets)
    for group, numbers in client.each(lambda group: client.list_numbers(group.id), filled):
        if isinstance(numbers, PhonebookError):
            raise numbers
        found[str(group.id)] = TargetGroup(group, frozenset(numbers.rows))
    return found
