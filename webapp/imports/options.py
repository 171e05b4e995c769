"""What the user has chosen about an import."""

from dataclasses import dataclass
from uuid import UUID


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
