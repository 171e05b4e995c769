"""What the phonebook holds, as frozen values.

The Structs are at once the check of an answer's shape: msgspec decodes JSON straight into them and refuses whatever
does not fit.
"""

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

import msgspec


class Group(msgspec.Struct, frozen=True):
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


class GroupList(msgspec.Struct, frozen=True):
    """All groups, in the API's order, and how many more came that could not be read."""

    groups: tuple[Group, ...]
    unreadable: int = 0
