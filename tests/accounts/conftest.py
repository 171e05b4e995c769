"""A dashboard with the accounts of an editor and a viewer."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from argon2 import PasswordHasher
from flask import Flask

from tests.page_client import Page, PageClient
from webapp.settings import Settings
from webapp.settings.users import Account, Role
from webapp.store import Store

EDITOR, VIEWER = "plum-candle-orbit", "thin-ferry-lantern"
QUICK = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)  # the settings would refuse it: it is for speed
MARI = Account("Mari", Role.EDITOR, QUICK.hash(EDITOR))
JAAN = Account("jaan@example.com", Role.VIEWER, QUICK.hash(VIEWER))


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return replace(settings, users=(MARI, JAAN))


@pytest.fixture
def store(settings: Settings, open_store: Callable[[str], Store]) -> Store:
    """The dashboard's store, to look into and change directly."""
    return open_store(settings.database_url)


def sign_in(user: PageClient, name: str = "Mari", password: str = EDITOR, path: str = "/sign-in") -> Page:
    return user.get(path).submit("Sign in", username=name, password=password)


@pytest.fixture
def editor(app: Flask) -> PageClient:
    user = PageClient(app.test_client())
    sign_in(user)
    return user


@pytest.fixture
def viewer(app: Flask) -> PageClient:
    user = PageClient(app.test_client())
    sign_in(user, JAAN.name, VIEWER)
    return user
