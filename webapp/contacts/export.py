"""Export contacts as a table. The column of numbers can be pasted into the form that adds numbers."""

import errno
from collections.abc import Callable, Iterable, Iterator

from flask import Response

from webapp.contacts.table import DETAIL_LABELS, detail_labels
from webapp.phonebook import Contact
from webapp.phonebook.errors import PhonebookError
from webapp.spreadsheets.csv_writer import Cell, NumberText
from webapp.web.downloads import table_response
from webapp.web.error_pages import log_failure


def contact_headings() -> tuple[str, ...]:
    """Return the headings of a file of contacts."""
    return ("Number", *detail_labels().values(), "Blacklisted", "Deleted on")


def download_contacts(
    name: str,
    contacts: Iterable[Contact],
    blacklist: frozenset[str] | None,
    *,
    count_unreadable: Callable[[], int] = int,
) -> Response:
    """Send contacts as a file.

    Args:
        name: the file's name, such as a group's.
        contacts: if they end with a PhonebookError, the file's last line says so, and the connection is cut, so that
            browsers don't take the file for complete.
        blacklist: the numbers on the blacklist; None if unknown.
        count_unreadable: called at the end; the file's last line reports how many contacts could not be read.

    """
    return table_response(name, contact_headings(), _rows(contacts, blacklist, count_unreadable))


def _rows(
    contacts: Iterable[Contact], blacklist: frozenset[str] | None, count_unreadable: Callable[[], int]
) -> Iterator[Iterable[Cell]]:
    try:
        for contact in contacts:
            yield _cells(contact, blacklist)
    except PhonebookError as error:
        log_failure(error)
        yield _incomplete("the rest of the contacts")
        raise ConnectionResetError(errno.ECONNRESET, "the rest could not be read") from error
    if unreadable := count_unreadable():
        yield _incomplete("1 more contact" if unreadable == 1 else f"{unreadable:,} more contacts")


def _cells(contact: Contact, blacklist: frozenset[str] | None) -> Iterator[Cell]:
    yield NumberText(contact.number)
    for name in DETAIL_LABELS:
        yield getattr(contact, name) or ""
    yield "Not known" if blacklist is None else "Yes" if contact.number in blacklist else "No"
    yield contact.deletion_date or contact.deletion_text or ""


def _incomplete(what: str) -> Iterable[Cell]:
    return (f"Incomplete: {what} could not be read", *[""] * (len(DETAIL_LABELS) + 2))
