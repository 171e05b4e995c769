"""Groups and contacts as immutable values.

The Structs also validate responses: msgspec decodes JSON straight into them and rejects what doesn't match their types.
"""

import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from operator import attrgetter
from typing import Annotated, Any, Generic, TypeVar, TypeVarTuple, cast
from uuid import UUID

import msgspec

from webapp.phonebook.packed_rows import PackedRows, pack_many

Row = TypeVar("Row")
Result = TypeVar("Result")
Args = TypeVarTuple("Args")


class Group(msgspec.Struct, frozen=True, gc=False):
    """A group of contacts."""

    id: UUID
    name: str
    contacts_count: Annotated[int, msgspec.Meta(ge=0, le=1_000_000_000)] = msgspec.field(name="contactsCount")
    created_text: str | None = msgspec.field(name="createdOn", default=None)

    @property
    def created_on(self) -> datetime | None:
        """When the group was created, in UTC; None if the date is missing or invalid."""
        try:
            created = datetime.fromisoformat(self.created_text or "")
            return created.replace(tzinfo=UTC) if created.tzinfo is None else created.astimezone(UTC)
        except (ValueError, OverflowError):
            return None


class Numbered(msgspec.Struct, gc=False):
    """Of a contact: only the number."""

    number: str = msgspec.field(name="phoneNumber")


class Contact(msgspec.Struct, frozen=True, gc=False, rename="camel", omit_defaults=True):
    """A person, identified by a phone number."""

    number: str = msgspec.field(name="phoneNumber")
    first_name: str | None = None
    last_name: str | None = None
    company: str | None = None
    title: str | None = None
    email: str | None = None
    custom: str | None = None
    custom2: str | None = None
    custom3: str | None = None
    custom4: str | None = None
    deletion_text: str | None = msgspec.field(name="scheduledDeletionDate", default=None)

    @property
    def name(self) -> str:
        """First and last name, as far as known; "" without either."""
        first, last = self.first_name, self.last_name
        return f"{first} {last}" if first and last else first or last or ""

    @property
    def in_no_group(self) -> bool:
        """Whether the contact is in no group: Messente sets a deletion date only for such contacts."""
        return self.deletion_text is not None

    @property
    def deletion_date(self) -> date | None:
        """The day on which Messente will delete the contact; None if the date is missing or invalid."""
        try:
            return date.fromisoformat((self.deletion_text or "")[:10])
        except ValueError:
            return None


DETAILS: dict[str, str] = {
    field.name: field.encode_name
    for field in msgspec.structs.fields(Contact)
    if field.name not in {"number", "deletion_text"}
}
"""A contact's fields other than its number: the name in Contact, and the API's name for it."""


@dataclass(frozen=True, eq=False)
class Rows(Generic[Row]):
    """All valid rows of a response, in the API's order, and the count of skipped rows. Thread-safe.

    Rows are immutable, so values computed from them are cached with them: see `derive`.
    """

    rows: Sequence[Row]
    unreadable: int = 0
    _derived: dict[tuple[Any, ...], object] = field(default_factory=dict)
    _lock: threading.RLock = field(default_factory=threading.RLock)

    @property
    def is_packed(self) -> bool:
        """Whether these are so many rows that they are decoded anew each time: see `PackedRows`."""
        return isinstance(self.rows, PackedRows)

    def where(self, keeps: Callable[[Row], bool]) -> "Rows[Row]":
        """Return the rows that a function keeps, with the count of skipped ones."""
        return self.part(filter(keeps, self.rows))

    def part(self, rows: Iterable[Row]) -> "Rows[Row]":
        """Return some of the rows, with the count of skipped ones."""
        kept = pack_many(self.rows.kind, rows) if isinstance(self.rows, PackedRows) else tuple(rows)
        return Rows(kept, self.unreadable)

    def add_derived(self, make: Callable[["Rows[Row]"], Result], result: Result) -> None:
        """Remember what `derive` would compute."""
        self._derived[(make,)] = result

    def blocks(self) -> Iterator[Sequence[Row]]:
        """Yield all rows: many together, but not more than may be held decoded."""
        return self.rows.blocks() if isinstance(self.rows, PackedRows) else iter([self.rows])

    def pick(self, indexes: Sequence[int]) -> list[Row]:
        """Return the rows at some indexes, in their order."""
        rows = self.rows
        return rows.pick(indexes) if isinstance(rows, PackedRows) else [rows[index] for index in indexes]

    def derive(self, make: Callable[["Rows[Row]", *Args], Result], *args: *Args) -> Result:
        """Return `make(self, *args)`, computed once and then cached. The result must not be modified.

        Args:
            make: a module-level function; a lambda would be a new cache key each time.
            args: further arguments, hashable.

        """
        key = (make, *args)
        with self._lock:  # so that threads don't compute the same value in parallel
            if key not in self._derived:
                self._derived[key] = make(self, *args)
            return cast(Result, self._derived[key])


is_in_no_group: Callable[[Contact], bool] = attrgetter("in_no_group")


def find_in_no_group(contacts: Rows[Contact]) -> Rows[Contact]:
    """Return the orphans: contacts in no group, which Messente will delete. They are cached with the contacts."""
    return contacts.derive(keep_in_no_group)


def keep_in_no_group(contacts: Rows[Contact]) -> Rows[Contact]:
    """Find the orphans, for `find_in_no_group`."""
    return contacts.where(is_in_no_group)


def list_numbers(contacts: Rows[Contact], among: Collection[str]) -> set[str]:
    """Return which of some numbers contacts have."""
    rows = contacts.rows.seen_as(Numbered) if isinstance(contacts.rows, PackedRows) else contacts.rows
    return {row.number for row in rows if row.number in among}


def find_numbers(contacts: Rows[Contact], numbers: Collection[str]) -> dict[str, Contact]:
    """Return the contacts that have some numbers, by number."""
    if isinstance(contacts.rows, PackedRows):
        found = contacts.rows.find(Numbered, lambda row: row.number in numbers) if numbers else ()
    else:
        found = (contact for contact in contacts.rows if contact.number in numbers)
    return {contact.number: contact for contact in found}


@dataclass(frozen=True)
class Numbers:
    """The numbers of a group's contacts."""

    found: frozenset[str]
    """Those that were asked for."""
    count: int
    """Of all contacts that could be read."""
    unreadable: int = 0
    """Skipped rows."""
