"""Tests of actions run on SQLite and on PostgreSQL."""

from collections.abc import Callable
from dataclasses import replace
from uuid import UUID

import pytest

from tests.actions.undo_fixtures import MEMBERS
from tests.phonebook_state import PhonebookState
from webapp.settings import Settings
from webapp.store import Store


@pytest.fixture
def settings(settings: Settings, any_store: str) -> Settings:
    return replace(settings, database_url=any_store)


@pytest.fixture
def store(any_store: str, open_store: Callable[[str], Store]) -> Store:
    """The dashboard's store, to look into and change directly."""
    return open_store(any_store)


@pytest.fixture
def staff(phonebook: PhonebookState) -> UUID:
    """A group of three."""
    group = phonebook.add("Staff")
    for number in MEMBERS:
        phonebook.add_contact(number, group, firstName="Mari", email="mari@example.com")
    return group
