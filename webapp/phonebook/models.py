"""What the phonebook holds, as frozen values.

The Structs are at once the check of an answer's shape: msgspec decodes JSON straight into them and refuses whatever
does not fit.
"""

import threading
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Annotated, Any, Generic, TypeVar, TypeVarTuple, cast
from uuid import UUID

import msgspec

Row = TypeVar("Row")
Made = TypeVar("Made")
Asked = TypeVarTuple("Asked")


class Group(msgspec.Struct, frozen=True, gc=False):
    """A label that contacts bear."""

    id: UUID
    name: str
    contacts_count: Annotated[int, msgspec.Meta(ge=0, le=1_000_000_000)] = msgspec.field(name="contactsCount")
    created_text: str | None = msgspec.field(name="createdOn", default=None)

    @property
    def created_on(self) -> datetime | None:
        """When the group was created, in UTC; None where the API doesn't tell or its date can't be read."""
        try:
            created = datetime.fromisoformat(self.created_text or "")
            return created.replace(tzinfo=UTC) if created.tzinfo is None else created.astimezone(UTC)
        except (ValueError, OverflowError):
            return None


class Contact(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """A person known by a phone number."""

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
        """First and last name, as far as they are known."""
        return " ".join(part for part in (self.first_name, self.last_name) if part)

    @property
    def in_no_group(self) -> bool:
        """Whether it is in no group: only such a contact has a day on which Messente deletes it."""
        return self.deletion_text is not None

    @property
    def deletion_date(self) -> date | None:
        """The day on which Messente deletes it; None where there is none, or it can't be read."""
        try:
            return date.fromisoformat((self.deletion_text or "")[:10])
        except ValueError:
            return None


DETAILS: dict[str, str] = {
    field.name: field.encode_name
    for field in msgspec.structs.fields(Contact)
    if field.name not in {"number", "deletion_text"}
}
"""What may be said of a contact besides its number: the fields' names here, and as the API calls them."""


class Rows(Generic[Row]):
    """All rows of an answer, in the API's order, and how many more came that could not be read.

    Never changed, so what is made of the rows holds for as long as they do: see `derive`. Safe between threads.
    """

    def __init__(self, rows: tuple[Row, ...], unreadable: int = 0) -> None:
        self.rows = rows
        self.unreadable = unreadable
        self._made: dict[tuple[Any, ...], object] = {}
        self._lock = threading.RLock()

    def derive(self, make: Callable[["Rows[Row]", *Asked], Made], *args: *Asked) -> Made:
        """Return what a function makes of the rows. It is asked once, and what it returns must not be changed.

        Args:
            make: a function that lasts, such as a module's.
            args: what else it is told; hashable.

        """
        key = (make, *args)
        with self._lock:  # what several make at once would be as many copies
            if key not in self._made:
                self._made[key] = make(self, *args)
            return cast(Made, self._made[key])


def find_in_no_group(contacts: Rows[Contact]) -> Rows[Contact]:
    """Return the contacts that are in no group, and so about to be deleted by Messente."""
    return Rows(tuple(contact for contact in contacts.rows if contact.in_no_group), contacts.unreadable)
