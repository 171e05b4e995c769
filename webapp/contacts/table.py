"""How lists of contacts are searched and sorted, and the labels of their details."""

from collections.abc import Sequence

from msgspec.structs import astuple

from webapp.phonebook import Contact
from webapp.phonebook.models import DETAILS
from webapp.text import sort_key
from webapp.web.current import settings
from webapp.web.lists import Table

DETAIL_LABELS = {
    "first_name": "First name",
    "last_name": "Last name",
    "company": "Company",
    "title": "Title",
    "email": "E-mail",
    "custom": "Custom field 1",
    "custom2": "Custom field 2",
    "custom3": "Custom field 3",
    "custom4": "Custom field 4",
}
"""Labels of a contact's details, in the order in which they are shown; see `detail_labels` for the team's own."""

CUSTOM_FIELDS = ("custom", "custom2", "custom3", "custom4")


def detail_labels() -> dict[str, str]:
    """Return the labels of a contact's details, with the team's names of the custom fields."""
    return label_details(settings().custom_field_names)


def label_details(custom_field_names: Sequence[str]) -> dict[str, str]:
    """Return the labels of a contact's details.

    Args:
        custom_field_names: those of the custom fields, in their order; "" for no name.

    """
    named = zip(CUSTOM_FIELDS, custom_field_names, strict=False)
    return DETAIL_LABELS | {field: name for field, name in named if name}


SEARCHED_FIELDS = 1 + len(DETAILS)
"""The number and the details come first in a contact."""


def searched_text(contact: Contact) -> str:
    """Return the fields in which a search looks, one per line."""
    return "\n".join(filter(None, astuple(contact)[:SEARCHED_FIELDS]))


def _by_name(contact: Contact) -> str:
    """Return the sort key of the name; contacts of the same name follow by number."""
    return f"{_last_if_missing(contact.name)}\0\0{contact.number}"  # which no longer name has at this place


def _last_if_missing(text: str) -> str:
    return f"0{sort_key(text)}" if text else "1"


CONTACTS_TABLE = Table[Contact](
    text=searched_text,
    # Strings take a third of the memory of tuples: a list may have a million contacts.
    sort_keys={
        "name": _by_name,
        "number": lambda contact: contact.number,
        "company": lambda contact: _last_if_missing(contact.company or ""),
    },
)

LEAVING_TABLE = Table[Contact](
    text=lambda contact: f"{searched_text(contact)}\n{contact.deletion_date}",
    sort_keys={"day": lambda contact: contact.deletion_text or "", **CONTACTS_TABLE.sort_keys},
)
"""Sorted by the day of deletion, the soonest first. A search also finds the day, such as 2026-12-24."""
