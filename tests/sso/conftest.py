"""A dashboard that allows work accounts of acme.example, and their provider."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask

from tests.page_client import Page, PageClient
from tests.sso.fake_provider import CLIENT, SECRET, FakeProvider
from webapp.settings import Settings
from webapp.settings.sso_config import SsoConfig
from webapp.store import Store


@pytest.fixture
def provider() -> Iterator[FakeProvider]:
    with FakeProvider() as provider:
        yield provider


@pytest.fixture
def sso(provider: FakeProvider) -> SsoConfig:
    return SsoConfig(
        issuer=provider.issuer,
        client_id=CLIENT,
        client_secret=SECRET,
        domains=frozenset(["acme.example"]),
        editors=frozenset(["mari@acme.example"]),
    )


@pytest.fixture
def settings(settings: Settings, sso: SsoConfig) -> Settings:
    return replace(settings, sso=sso)


@pytest.fixture
def store(settings: Settings, open_store: Callable[[str], Store]) -> Store:
    """The dashboard's store, to look into and change directly."""
    return open_store(settings.database_url)


@pytest.fixture
def other_user(app: Flask) -> PageClient:
    """Somebody else, or the same person at another browser."""
    return PageClient(app.test_client())


def led_to(user: PageClient, page: Page | None = None) -> str:
    """Follow the link, and return where it leads."""
    page = page or user.get("/sign-in")
    answer = user.client.get(page.link("Sign in with your work account"))
    assert answer.status_code == 302, page.text
    return str(answer.headers["Location"])


def come_in(user: PageClient, provider: FakeProvider, page: Page | None = None, **claims: Any) -> Page:
    """Sign in with the work account of these claims, or Mari's."""
    return user.get(provider.lets_in(led_to(user, page), **claims))
