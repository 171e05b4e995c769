"""What is stored of contacts that are deleted, so that undo can create them again."""

from collections.abc import Iterable
from typing import Any

from webapp.phonebook import Contact, Group
from webapp.phonebook.models import DETAILS


def replaced_contact(contact: Contact, groups: Iterable[Group] = ()) -> dict[str, Any]:
    """Return what undoing the deletion of a contact needs."""
    return {"details": details_of(contact), "groups": [[str(group.id), group.name] for group in groups]}


def details_of(contact: Contact) -> dict[str, str]:
    """Return the details of a contact that are filled in."""
    return {name: value for name in DETAILS if (value := getattr(contact, name))}
