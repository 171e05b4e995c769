"""Requests that every operation refuses: without credentials, to unknown addresses, or without a JSON object."""

import base64
import json

import pytest

from tests.sandbox.conftest import Api, error
from webapp.sandbox.database import Database

CLIENT_ERROR = ("244", "Client error")
WRITES = [
    ("POST", "/groups"),
    ("PUT", "/groups/5792a02a-e5c2-422b-a0a0-0ae65d814663"),
    ("POST", "/contacts"),
    ("PATCH", "/contacts/+37251000000"),
    ("POST", "/blacklist"),
]


def basic(credentials: bytes) -> str:
    return "Basic " + base64.b64encode(credentials).decode()


@pytest.mark.parametrize(
    "authorization",
    [
        None,
        "",
        "Basic",
        "Basic !",
        "Bearer sandbox",
        "Digest username=sandbox",
        basic(b"sandbox"),
        basic(b"sandbox:"),
        basic(b":sandbox"),
        basic(b"sandbox:Sandbox"),
        basic(b"Sandbox:sandbox"),
        basic(b"sandbox:sandbox "),
        basic(b"\xff:\xff"),
        basic("sändbox:sändbox".encode()),
        basic(b"sandbox:\0"),
    ],
)
def test_strangers_are_refused(api: Api, authorization: str | None) -> None:
    api.auth = None
    for path in ("/groups", "/contacts/malformed", "/nowhere"):
        response = api.call("GET", path, headers={"Authorization": authorization})
        assert response.status_code == 401, path
        assert error(response) == ("202", "Unauthorized")
        assert response.headers["WWW-Authenticate"].startswith("Basic")


@pytest.mark.parametrize(
    "path",
    ["/", "/group", "/groups/", "/groups/a/b", "//groups", "/../../groups", "/contacts/+37251000000/", "/static/a"],
)
def test_unknown_addresses_are_missing(api: Api, path: str) -> None:
    assert api.refused("GET", path) == (404, "203", "Missing resource")


@pytest.mark.parametrize(
    ("method", "path"),
    [("PATCH", "/groups"), ("DELETE", "/contacts"), ("PUT", "/contacts/+37251000000"), ("HURRAY", "/blacklist")],
)
def test_a_wrong_method_is_refused_with_the_right_ones(api: Api, method: str, path: str) -> None:
    response = api.call(method, path)
    assert response.status_code == 405
    assert error(response) == CLIENT_ERROR
    assert "GET" in response.headers["Allow"]


BODIES = [
    b"",
    b"{",
    b"name=Staff",
    b"\xff\xfe",
    b"\xff{}",
    b"null",
    b"7",
    b'"name"',
    b"[]",
    b'[{"name": "Staff"}]',
    b'{"name": NaN}',
    b'{"name": ' + b"9" * 5000 + b"}",
    b'{"name": "\\ud800", "phoneNumber": "+37251000000", "email": "\\ud800"}',
    b'{"\\ud800": "\\ud800"}',
    b'{"name": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    b'{"a":' * 100_000 + b"7" + b"}" * 100_000,
]


@pytest.mark.parametrize("body", BODIES, ids=lambda body: repr(body[:20]))
def test_a_body_that_is_not_a_json_object_is_invalid(api: Api, body: bytes) -> None:
    for method, path in WRITES:
        response = api.call(method, path, data=body, headers={"Content-Type": "application/json"})
        assert response.status_code == 400, (method, path)
        assert error(response) == ("201", "Invalid data")


@pytest.mark.parametrize("content_type", [None, "text/plain", "application/x-www-form-urlencoded"])
def test_a_body_of_another_type_is_refused(api: Api, content_type: str | None) -> None:
    for method, path in WRITES:
        response = api.call(method, path, data=b'{"name": "Staff"}', headers={"Content-Type": content_type})
        assert response.status_code == 415, (method, path)
        assert error(response) == CLIENT_ERROR


def test_a_huge_body_is_refused_whether_or_not_its_length_is_reported(api: Api) -> None:
    huge = json.dumps({"name": "x" * 1024 * 1024}).encode()
    json_type = {"Content-Type": "application/json"}
    sized = api.call("POST", "/groups", data=huge, headers=json_type)
    streamed = api.call("POST", "/groups", data=iter([huge]), headers=json_type)
    assert (sized.status_code, error(sized)) == (413, CLIENT_ERROR)
    assert (streamed.status_code, error(streamed)) == (400, ("201", "Invalid data"))
    assert api.call("GET", "/groups").json() == {"groups": []}


def test_a_bug_is_a_general_error(api: Api, database: Database, caplog: pytest.LogCaptureFixture) -> None:
    """A closed database stands for any unexpected error."""
    database.close()
    assert api.refused("GET", "/groups") == (500, "205", "General error")
    assert "ProgrammingError" in caplog.text
