"""A sandbox with an empty phonebook, for the vendor's clients."""

from collections.abc import Iterator
from contextlib import closing

import pytest

from webapp.sandbox.app import create_app
from webapp.sandbox.database import Database
from webapp.sandbox.server import Server


@pytest.fixture
def database() -> Iterator[Database]:
    with closing(Database()) as database:
        yield database


@pytest.fixture
def url(database: Database) -> Iterator[str]:
    with Server(create_app(database)) as server:
        yield server.url
