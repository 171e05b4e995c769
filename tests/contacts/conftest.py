"""What tests about contacts share."""

import pytest
from flask import Flask

from webapp.store import Store


@pytest.fixture
def store(app: Flask) -> Store:
    """The dashboard's store, from behind."""
    found: Store = app.extensions["store"]
    return found
