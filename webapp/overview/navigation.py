"""The number of contacts in no group, for the navigation of every page."""

import os
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

from flask import Flask, g

from webapp.overview.deletions import count_deletions
from webapp.phonebook.pace import open_private
from webapp.settings import Settings
from webapp.web.current import phonebook, settings

MAX_AGE = 600
"""Seconds for which the contacts that a page has fetched are counted. No call is made for them."""
UNKNOWN = -1


@dataclass(frozen=True)
class LeavingCount:
    """How many contacts are in no group."""

    fetched: float
    """When the contacts were asked for, as a time of `time.monotonic()`, a clock of the whole system."""
    total: int
    soon: int
    """Contacts that are deleted soon: see `Deletions`."""


def leaving_count(shared: Path, *, is_changing: bool = False) -> LeavingCount | None:
    """Count the contacts in no group, as they were last fetched; None if they were not fetched lately.

    Args:
        shared: the file with the last count of this machine's processes, so that all show the same.
        is_changing: whether the phonebook was changed just before this page, so that earlier counts may be wrong.

    """
    last = _read(shared)
    if is_changing and (last is None or last.fetched < g.started):
        last = LeavingCount(g.started, UNKNOWN, UNKNOWN)
        _write(shared, last)
    contacts, fetched = phonebook().peek_contacts(MAX_AGE)
    if contacts and (last is None or last.fetched < fetched):
        found = contacts.derive(count_deletions, datetime.now(settings().time_zone).date())
        last = LeavingCount(fetched, found.total, found.soon)
        _write(shared, last)
    return last if last and last.total != UNKNOWN else None


def _read(shared: Path) -> LeavingCount | None:
    """Return the last count; None if it is too old, from before a restart of the machine, or not there."""
    try:
        with os.fdopen(open_private(shared)) as file:
            fetched, total, soon, _end = file.read().split()  # without its end, it is being written
        count = LeavingCount(float(fetched), int(total), int(soon))
    except (OSError, ValueError):
        return None
    return count if 0 <= time.monotonic() - count.fetched < MAX_AGE else None


def _write(shared: Path, count: LeavingCount) -> None:
    # If the file can't be used, each process has its own count.
    with suppress(OSError), os.fdopen(open_private(shared), "w") as file:
        file.write(f"{count.fetched} {count.total} {count.soon} .")
        file.truncate()


def init_app(app: Flask, settings: Settings) -> None:
    """Add the count to the templates."""
    app.jinja_env.globals.update(leaving_count=partial(leaving_count, settings.shared_file("leaving")))
