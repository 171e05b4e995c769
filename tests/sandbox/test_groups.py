"""Groups over HTTP."""

import uuid
from datetime import UTC, datetime

import pytest

from tests.sandbox.conftest import Api

INVALID = (400, "201", "Invalid data")
MISSING = (404, "203", "Missing resource")
UNKNOWN = "/groups/5792a02a-e5c2-422b-a0a0-0ae65d814663"


def test_a_new_phonebook_has_no_groups(api: Api) -> None:
    assert api.call("GET", "/groups").json() == {"groups": []}


def test_a_created_group_is_returned_and_listed(api: Api) -> None:
    before = datetime.now(UTC)
    response = api.call("POST", "/groups", {"name": "Õhtune vahetus 🎉"})
    after = datetime.now(UTC)

    group = response.json()["group"]
    assert response.status_code == 201
    assert group.keys() == {"id", "name", "createdOn", "contactsCount"}
    assert (group["name"], group["contactsCount"]) == ("Õhtune vahetus 🎉", 0)
    assert (str(uuid.UUID(group["id"])), uuid.UUID(group["id"]).version) == (group["id"], 4)
    assert before <= datetime.strptime(group["createdOn"], "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC) <= after
    assert api.call("GET", "/groups").json() == {"groups": [group]}
    assert api.call("GET", f"/groups/{group['id']}").json() == {"group": group}


def test_groups_may_have_the_same_name(api: Api) -> None:
    assert api.create_group("Volunteers") != api.create_group("Volunteers")
    assert [group["name"] for group in api.call("GET", "/groups").json()["groups"]] == ["Volunteers"] * 2


@pytest.mark.parametrize("name", [" ", "  untrimmed  ", "x" * 5000, "a\0b", "\u202eright to left"])
def test_any_text_is_stored_unchanged_as_a_name(api: Api, name: str) -> None:
    group_id = api.create_group(name)
    assert api.call("GET", f"/groups/{group_id}").json()["group"]["name"] == name


@pytest.mark.parametrize("body", [{}, {"name": ""}, {"name": None}, {"name": 7}, {"name": ["a"]}, {"Name": "a"}])
def test_an_invalid_name_is_refused(api: Api, body: object) -> None:
    group = f"/groups/{api.create_group('Staff')}"
    assert api.refused("POST", "/groups", body) == INVALID
    assert api.refused("PUT", group, body) == INVALID
    assert [group["name"] for group in api.call("GET", "/groups").json()["groups"]] == ["Staff"]


def test_a_group_is_renamed(api: Api) -> None:
    group_id, other = api.create_group("Staff"), api.create_group("Drivers")
    before = api.call("GET", f"/groups/{group_id}").json()["group"]
    response = api.call("PUT", f"/groups/{group_id}", {"name": "Drivers"})
    assert response.status_code == 200
    assert response.json() == {"group": {**before, "name": "Drivers"}}
    assert api.call("PUT", f"/groups/{other}", {"name": "Others"}).json()["group"]["name"] == "Others"
    assert api.call("GET", f"/groups/{group_id}").json() == response.json()


def test_a_group_is_deleted_once(api: Api) -> None:
    group_id, other = api.create_group("Staff"), api.create_group("Drivers")
    response = api.call("DELETE", f"/groups/{group_id}")
    assert (response.status_code, response.content) == (204, b"")
    assert api.refused("DELETE", f"/groups/{group_id}") == MISSING
    assert [group["id"] for group in api.call("GET", "/groups").json()["groups"]] == [other]


@pytest.mark.parametrize("path", [UNKNOWN, "/groups/1", "/groups/%00", "/groups/%ff", "/groups/' OR 1=1"])
def test_an_unknown_or_malformed_id_is_a_missing_group(api: Api, path: str) -> None:
    api.create_group()
    assert api.refused("GET", path) == MISSING
    assert api.refused("PUT", path, {"name": "Staff"}) == MISSING
    assert api.refused("DELETE", path) == MISSING
    assert len(api.call("GET", "/groups").json()["groups"]) == 1
