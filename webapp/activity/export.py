"""Entries as CSV, for a spreadsheet."""

from collections.abc import Iterable

from flask import Response

from webapp.activity.entries import Entry
from webapp.activity.words import ended
from webapp.site import spreadsheet
from webapp.site.context import settings
from webapp.site.spreadsheet import Cell

HEADINGS = ("Person", "Change", "Group id", "Before", "After", "Contacts", "Number", "How it ended")


def download(batches: Iterable[list[Entry]]) -> Response:
    """Send entries as a file, while they are read."""
    zone = settings().time_zone
    rows = ((entry.began.astimezone(zone), *_cells(entry)) for batch in batches for entry in batch)
    return spreadsheet.download("activity", (f"Began ({zone.key})", *HEADINGS), rows)


def _cells(entry: Entry) -> tuple[Cell, ...]:
    return (
        entry.person,
        entry.kind,
        str(entry.group_id or ""),
        entry.before or "",
        entry.after or "",
        "" if entry.contacts is None else entry.contacts,
        entry.number or "",
        ended(entry),
    )
