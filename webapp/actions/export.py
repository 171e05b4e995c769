"""Export changes as a table."""

from collections.abc import Iterator
from itertools import chain

from flask import Response

from webapp.actions.models import Change
from webapp.actions.outcome_text import describe_outcome
from webapp.spreadsheets.csv_writer import Cell
from webapp.web.current import settings
from webapp.web.downloads import table_response

HEADINGS = ("Person", "Change", "Group id", "Before", "After", "Contacts", "Number", "Result")


def download_changes(name: str, batches: Iterator[list[Change]]) -> Response:
    """Send changes as a file; CSV is streamed while they are read from the store.

    Raises:
        StoreError: when the first batch can't be read, before the response has begun.

    """
    zone = settings().time_zone
    first = next(batches)
    rows = ((change.began.astimezone(zone), *_cells(change)) for batch in chain([first], batches) for change in batch)
    return table_response(name, (f"Began ({zone.key})", *HEADINGS), rows)


def _cells(change: Change) -> tuple[Cell, ...]:
    return (
        change.person,
        change.kind,
        str(change.group_id or ""),
        change.before or "",
        change.after or "",
        "" if change.contacts is None else change.contacts,
        change.number or "",
        describe_outcome(change),
    )
