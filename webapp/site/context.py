"""Typed access to what the application was made with."""

from typing import cast

from flask import current_app, g

from webapp.phonebook import PhonebookClient
from webapp.settings import Settings

# By which part of a page's time a call has to be over. A page that changes something first checks, then sends the
# change, and needs time to look what became of it where the answer is not clear. The rest is for the page itself.
READ = 0.45
CHECK = 0.3
CHANGE = 0.65
LOOK = 0.9


def phonebook(by: float = READ) -> PhonebookClient:
    """Return this worker's client of the phonebook, for calls that are over by that part of this page's time."""
    client = cast(PhonebookClient, current_app.extensions["phonebook"])
    return client.until(g.started + by * settings().page_deadline)


def settings() -> Settings:
    """Return the settings of this deployment."""
    return cast(Settings, current_app.extensions["settings"])
