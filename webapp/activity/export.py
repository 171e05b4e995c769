"""Entries as CSV, for a spreadsheet that runs none of it."""

import csv
import io
import re
from collections.abc import Iterable, Iterator

from webapp.activity.entries import Entry
from webapp.activity.words import ended

HEADINGS = ("Began (UTC)", "Person", "Change", "Group id", "Before", "After", "Contacts", "Number", "How it ended")

_RUNS = re.compile(r"[\s\0\ufeff]*[=+\-@＝＋－＠]|[\t\r\n]")
"""What a spreadsheet may take for the beginning of a formula, or of another cell."""


def lines(batches: Iterable[list[Entry]]) -> Iterator[str]:
    """Write the entries: UTF-8 that Excel knows by the mark at its beginning, every cell quoted."""
    yield "\ufeff" + _line(HEADINGS)
    for batch in batches:
        for entry in batch:
            yield _line(
                (
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
            )


def harmless(text: str) -> str:
    """Mark what would run as a formula as text, by an apostrophe, and keep every cell on one line."""
    return "'" + " ".join(text.split()) if _RUNS.match(text) else " ".join(text.split())


def _line(cells: Iterable[str]) -> str:
    line = io.StringIO()
    csv.writer(line, quoting=csv.QUOTE_ALL).writerow([harmless(cell) for cell in cells])
    return line.getvalue()
