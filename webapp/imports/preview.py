"""Work out what an import would change in the phonebook as it is now."""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple

from webapp.imports.options import ImportOptions
from webapp.imports.rows import ImportRow
from webapp.imports.target_groups import Namesakes, TargetGroup, TargetGroups
from webapp.phonebook import Contact, Group, PhonebookClient, Rows


class State(StrEnum):
    """What an import does with a row."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    """The contact's details stay; the contact may still be put in groups."""
    REPEATED = "repeated"
    """An earlier row has the same number. Of this one, only its groups and that the number is blacklisted count."""
    REFUSED = "refused"


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
    def orphans(self) -> int:
        """How many new contacts are put in no group."""
        return sum(row.state is State.NEW and not row.joins for row in self.rows)

    @property
    def to_block(self) -> int:
        """How many numbers are put on the blacklist."""
        return sum(row.blocks is True for row in self.rows)

    @property
    def to_unblock(self) -> int:
        """How many numbers are taken off the blacklist."""
        return sum(row.blocks is False for row in self.rows)

    @property
    def finds_contacts(self) -> bool:
        """Whether the phonebook has, or may have, a contact of the file."""
        return self.unreadable > 0 or any(row.contact for row in self.rows)

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
    known, rows = _read_with(contacts, read)
    groups = TargetGroups(rows, options, all_groups, client)
    blacklist = fetch_blacklist()
    to_be_on_it = {row.number for row in rows if row.blacklisted}  # whatever other rows of the number say
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
            wants_off = row.blacklisted is False and row.number not in to_be_on_it
            blocks = False if wants_off and options.unblocks else None
            preview.off_blacklist += wants_off
            preview.blacklisted += blocks is None
        elif row.number in to_be_on_it:
            blocks = True
        state = State.NEW if contact is None else State.CHANGED if details else State.UNCHANGED
        preview.rows.append(PlannedRow(row, state, contact, details, groups.to_join(row), blocks))
    return preview


def _read_with(
    contacts: Rows[Contact], read: Callable[[Mapping[str, Contact]], Sequence[ImportRow]]
) -> tuple[Mapping[str, Contact], Sequence[ImportRow]]:
    """Read the file; return the contacts that it may be about, by number, and its rows."""
    if not contacts.is_packed:
        known: Mapping[str, Contact] = {contact.number: contact for contact in contacts.rows}
        return known, read(known)
    asked = _AskedNumbers()
    read(asked)
    known = {contact.number: contact for contact in contacts.rows if contact.number in asked.numbers}
    return known, read(known)


class _AskedNumbers(Mapping[str, Contact]):
    """No contacts; notes the numbers that are looked for."""

    def __init__(self) -> None:
        self.numbers = set[str]()

    def __getitem__(self, number: str) -> Contact:
        self.numbers.add(number)
        raise KeyError

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


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
