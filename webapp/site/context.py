"""Typed access to what the application was made with."""

from typing import cast

from flask import current_app

from webapp.phonebook import PhonebookClient
from webapp.settings import Settings


def phonebook() -> PhonebookClient:
    """Return this worker's client of the phonebook."""
    return cast(PhonebookClient, current_app.extensions["phonebook"])


def settings() -> Settings:
    """Return the settings of this deployment."""
    return cast(Settings, current_app.extensions["settings"])
