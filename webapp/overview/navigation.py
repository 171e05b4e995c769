"""The number of contacts in no group, for the navigation of every page."""

from datetime import datetime

from flask import Flask

from webapp.overview.deletions import Deletions, count_deletions
from webapp.web.current import phonebook, settings

MAX_AGE = 600
"""Seconds for which the contacts that a page of this process has fetched are counted. No call is made for them."""


def leaving_count() -> Deletions | None:
    """Count the contacts in no group, as they were last fetched; None if they were not fetched lately."""
    contacts = phonebook().peek_contacts(MAX_AGE)
    return contacts.derive(count_deletions, datetime.now(settings().time_zone).date()) if contacts else None


def init_app(app: Flask) -> None:
    """Add the count to the templates."""
    app.jinja_env.globals.update(leaving_count=leaving_count)
