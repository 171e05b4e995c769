"""Export contacts as a table. The column of numbers can be pasted into the form that adds numbers."""

from collections.abc import Iterable, Iterator
from itertools import chain

from flask import Response

from webapp.contacts.table import DETAIL_LABELS, detail_labels
from webapp.phonebook import Contact
from webapp.spreadsheets.csv_writer import Cell, NumberText
from webapp.web.downloads import table_response


def contact_headings() -> tuple[str, ...]:
    """Return the headings of a file of contacts."""
    return ("Number", *detail_labels().values(), "Blacklisted", "Deleted on")


def download_contacts(
    name: str, contacts: Iterable[Contact], blacklist: frozenset[str] | None, *, unreadable: int = 0
) -> Response:
    """Send contacts as a file.

    Args:
        name: the file's name, such as a group's.
        contacts: fetched completely, since an error in the middle of the file could not be reported.
        blacklist: the numbers on the blacklist; None if unknown.
        unreadable: the number of contacts that could not be read; the file's last line reports them.

    """
    rows: Iterable[Iterable[Cell]] = (_cells(contact, blacklist) for contact in contacts)
    return table_response(name, contact_headings(), chain(rows, _missing(unreadable)))


def _cells(contact: Contact, blacklist: frozenset[str] | None) -> Iterator[Cell]:
    yield NumberText(contact.number)
    for name in DETAIL_LABELS:
        yield getattr(contact, name) or ""
    yield "Not known" if blacklist is None else "Yes" if contact.number in blacklist else "No"
    yield contact.deletion_date or contact.deletion_text or ""


def _missing(unreadable: int) -> Iterator[Iterable[Cell]]:
    if unreadable:
        more = "1 more contact" if unreadable == 1 else f"{unreadable:,} more contacts"
        yield (f"Incomplete: {more} could not be read", *[""] * (len(DETAIL_LABELS) + 2))
