"""Look up the names of contacts by their numbers. They are not stored."""

from collections.abc import Collection

from webapp.phonebook import Contact, Rows
from webapp.phonebook.errors import PhonebookError
from webapp.phonebook.models import find_numbers
from webapp.web.current import phonebook
from webapp.web.error_pages import log_failure


def fetch_contacts(until: float) -> Rows[Contact] | None:
    """Fetch all contacts by one call, for their names; None if that fails.

    Args:
        until: the part of the request's time by which the call has to end.

    """
    try:
        return phonebook(until).list_contacts()
    except PhonebookError as error:
        log_failure(error)
        return None


def names_of(contacts: Rows[Contact] | None, numbers: Collection[str]) -> dict[str, str]:
    """Return the names of the contacts with these numbers, by number; contacts without a name are left out."""
    found = find_numbers(contacts, numbers) if contacts else {}
    return {number: contact.name for number, contact in found.items() if contact.name}
