"""What all tests share: no way out of this machine, a phonebook, and the dashboard on it."""

import sys
from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask

from tests.pages import PageClient
from tests.phonebook_state import PhonebookState
from webapp import create_app
from webapp.settings import Settings, is_loopback


def _refuse_to_leave(event: str, arguments: tuple[Any, ...]) -> None:
    """Refuse every connection and name look-up that would leave this machine."""
    if event == "socket.connect":
        address = arguments[1]
        host = address[0] if isinstance(address, tuple) else ""  # else a socket in the file system
    elif event == "socket.getaddrinfo":
        host = arguments[0] or ""
    else:
        return
    host = host.decode() if isinstance(host, bytes) else host
    if host and not is_loopback(host) and not host.endswith(".invalid"):
        raise RuntimeError(f"a test tried to reach {host}")


# Before any test is collected, and with no way to take it off again.
sys.addaudithook(_refuse_to_leave)


@pytest.fixture
def phonebook() -> Iterator[PhonebookState]:
    """An empty phonebook, served over HTTP by the sandbox."""
    with PhonebookState() as state:
        yield state


@pytest.fixture
def settings(phonebook: PhonebookState) -> Settings:
    return Settings(
        api_url=phonebook.url,
        api_username="sandbox",
        api_password="sandbox",
        secret_key="k" * 32,
        sandbox=True,
        team_name="Acme",
        time_zone=ZoneInfo("Europe/Tallinn"),
        connect_timeout=2,
        page_deadline=4,
        retry_backoff=0.01,
    )


@pytest.fixture
def app(settings: Settings) -> Flask:
    return create_app(settings)


@pytest.fixture
def reader(app: Flask) -> PageClient:
    """A reader at the dashboard."""
    return PageClient(app.test_client())
