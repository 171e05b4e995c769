"""Lists of contacts that are sent in pieces."""

import json
from collections.abc import Iterator
from contextlib import closing
from functools import cache
from http.client import HTTPResponse
from socket import create_connection

import pytest
import requests

from tests.sandbox.conftest import Api
from webapp.sandbox import sample
from webapp.sandbox.app import create_app
from webapp.sandbox.database import PIECE, Database, Record, SampleData
from webapp.sandbox.faults import Faults
from webapp.sandbox.server import Server

SIZE = 2 * PIECE + 1


@cache
def contents() -> SampleData:
    """A phonebook of three pieces; not made by workers that run none of these tests."""
    return sample.generate(groups=3, contacts=SIZE, sizes=[PIECE + 1, PIECE])


def phones() -> list[str]:
    return [contact["phoneNumber"] for contact in contents().contacts]


@pytest.fixture(scope="module")
def database() -> Iterator[Database]:
    with closing(Database()) as database:
        database.fill(contents())
        yield database


@pytest.fixture
def faults() -> Faults:
    return Faults()


@pytest.fixture
def server(database: Database, faults: Faults) -> Iterator[Server]:
    with Server(create_app(database), faults=faults) as server:
        yield server


def contacts(response: requests.Response) -> list[Record]:
    found: list[Record] = response.json()["contacts"]
    return found


def test_all_contacts(api: Api) -> None:
    response = api.call("GET", "/contacts")
    assert response.headers["Transfer-Encoding"] == "chunked"
    found = contacts(response)
    assert [contact["phoneNumber"] for contact in found] == phones()
    assert found[-1] == api.call("GET", f"/contacts/{phones()[-1]}").json()["contact"]


@pytest.mark.parametrize("name", ["Group of 5,000", "Group of 5,001"])
def test_the_contacts_of_a_group(api: Api, name: str) -> None:
    group_id = next(group["id"] for group in contents().groups if group["name"] == name)
    members = {phone for group, phone in contents().memberships if group == group_id}
    found = contacts(api.call("GET", f"/contacts?groupIds={group_id}"))
    assert [contact["phoneNumber"] for contact in found] == [phone for phone in phones() if phone in members]


def test_the_contacts_of_several_groups(api: Api) -> None:
    group_ids = [group["id"] for group in contents().groups]
    members = {phone for _, phone in contents().memberships}
    found = contacts(api.call("GET", "/contacts", params={"groupIds": group_ids}))
    assert [contact["phoneNumber"] for contact in found] == [phone for phone in phones() if phone in members]


def test_the_next_request_over_the_same_connection(api: Api) -> None:
    for _ in range(2):
        assert len(contacts(api.call("GET", "/contacts"))) == SIZE
        assert len(api.call("GET", "/groups").json()["groups"]) == 3


def test_a_client_of_http_1_0(server: Server) -> None:
    with create_connection((server.host, server.port), timeout=10) as connection:
        connection.sendall(
            b"GET /v1/phonebook/contacts HTTP/1.0\r\nConnection: keep-alive\r\n"
            b"Authorization: Basic c2FuZGJveDpzYW5kYm94\r\n\r\n"
        )
        with closing(HTTPResponse(connection)) as response:
            response.begin()
            assert response.getheader("Transfer-Encoding") is None
            assert len(json.loads(response.read())["contacts"]) == SIZE


def test_changes_while_a_list_is_sent() -> None:
    with closing(Database()) as database:
        database.fill(contents())
        pieces = database.fetch_contacts()
        start = next(pieces)
        database.create_contact("+37259000000", {})
        database.delete_contact(phones()[PIECE])
        database.update_contact(phones()[-1], {"title": "New"})
        found = json.loads(start + "".join(pieces))
    assert [contact["phoneNumber"] for contact in found] == phones()[:PIECE] + phones()[PIECE + 1 :]
    assert found[-1]["title"] == "New"


def test_the_last_piece_may_be_gone() -> None:
    with closing(Database()) as database:
        database.fill(contents())
        pieces = database.fetch_contacts()
        start = next(pieces) + next(pieces)
        database.delete_contact(phones()[-1])
        assert len(json.loads(start + "".join(pieces))) == SIZE - 1


def test_a_cut(api: Api, faults: Faults) -> None:
    faults.replace("* * cut-body")
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        api.call("GET", "/contacts")


def test_half_a_list(api: Api, faults: Faults) -> None:
    faults.replace("* * malformed")
    with pytest.raises(requests.exceptions.JSONDecodeError):
        contacts(api.call("GET", "/contacts"))
