"""Entries as CSV, for a spreadsheet."""

from collections.abc import Iterable

from flask import Response

from webapp.activity.entries import Entry
from webapp.activity.words import ended
from webapp.site import spreadsheet

HEADINGS = ("Began (UTC)", "Person", "Change", "Group id", "Before", "After", "Contacts", "Number", "How it ended")


def download(batches: Iterable[list[Entry]]) -> Response:
    """Send entries as a file, while they are read."""
    return spreadsheet.download("activity", HEADINGS, (_cells(entry) for batch in batches for entry in batch))


def _cells(entry: Entry) -> tuple[str, ...]:
    return (
        entry.began.isoformat(sep=" ", timespec="seconds").removesuffix("+00:00"),
        entry.person,
        entry.kind,
        str(entry.group_id or ""),
        entry.before or "",
        entry.after or "",
        "" if entry.contacts is None else str(entry.contacts),
        entry.number or "",
        ended(entry),
    )
