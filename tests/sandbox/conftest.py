"""A sandbox with an empty phonebook, reached over HTTP."""

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
import requests

from webapp.sandbox.app import create_app
from webapp.sandbox.database import Database
from webapp.sandbox.server import Server


class Api(requests.Session):
    """Calls one sandbox by paths below `/v1/phonebook`."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.trust_env = False
        self.auth = ("sandbox", "sandbox")
        self.root = url + "/phonebook"

    def call(self, method: str, path: str, body: object = None, **options: Any) -> requests.Response:
        """Send one request, with a JSON body if one is given."""
        return self.request(method, self.root + path, json=body, timeout=10, **options)

    def refused(self, method: str, path: str, body: object = None, **options: Any) -> tuple[int, str, str]:
        """Send a request that must be refused as the API documents it; return status, code and title."""
        response = self.call(method, path, body, **options)
        return response.status_code, *error(response)

    def create_group(self, name: str = "Staff") -> str:
        """Create a group, and return its id."""
        group_id: str = self.call("POST", "/groups", {"name": name}).json()["group"]["id"]
        return group_id

    def create_contact(self, phone: str = "+37251000000", **details: str | None) -> str:
        """Create a contact, and return its phone number."""
        assert self.call("POST", "/contacts", {"phoneNumber": phone, **details}).status_code == 201
        return phone


def error(response: requests.Response) -> tuple[str, str]:
    """Return code and title of the one error in a body, which must be just as documented."""
    assert response.headers["Content-Type"] == "application/json"
    (only,) = response.json()["errors"]
    assert only.keys() == {"code", "title", "detail"}
    assert only["detail"]
    return only["code"], only["title"]


@pytest.fixture
def database() -> Iterator[Database]:
    with closing(Database()) as database:
        yield database


@pytest.fixture
def server(database: Database) -> Iterator[Server]:
    with Server(create_app(database)) as server:
        yield server


@pytest.fixture
def api(server: Server) -> Iterator[Api]:
    with Api(server.url) as api:
        yield api
