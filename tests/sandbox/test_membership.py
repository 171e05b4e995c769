"""Who is in which group, over HTTP."""

import pytest

from tests.sandbox.conftest import Api

PHONE = "+37251000000"
UNKNOWN_ID = "5792a02a-e5c2-422b-a0a0-0ae65d814663"
MISSING = (404, "203", "Missing resource")
CONFLICT = (409, "204", "Conflict")


def count(api: Api, group_id: str) -> int:
    number: int = api.call("GET", f"/groups/{group_id}").json()["group"]["contactsCount"]
    return number


def test_a_contact_joins_a_group_once(api: Api) -> None:
    group_id, other = api.create_group("Staff"), api.create_group("Drivers")
    api.create_contact(PHONE)
    response = api.call("POST", f"/groups/{group_id}/contacts/{PHONE}")
    assert (response.status_code, response.json()) == (201, {})
    assert api.refused("POST", f"/groups/{group_id}/contacts/{PHONE}") == CONFLICT
    assert (count(api, group_id), count(api, other)) == (1, 0)
    groups = api.call("GET", f"/contacts/{PHONE}/groups").json()["groups"]
    assert groups == [api.call("GET", f"/groups/{group_id}").json()["group"]]
    assert [group["contactsCount"] for group in api.call("GET", "/groups").json()["groups"]] == [1, 0]


def test_a_contact_leaves_a_group_once(api: Api) -> None:
    group_id, other = api.create_group("Staff"), api.create_group("Drivers")
    api.create_contact(PHONE)
    for joined in (group_id, other):
        api.call("POST", f"/groups/{joined}/contacts/{PHONE}")
    response = api.call("DELETE", f"/groups/{group_id}/contacts/{PHONE}")
    assert (response.status_code, response.content) == (204, b"")
    assert api.refused("DELETE", f"/groups/{group_id}/contacts/{PHONE}") == MISSING
    assert (count(api, group_id), count(api, other)) == (0, 1)
    assert [group["id"] for group in api.call("GET", f"/contacts/{PHONE}/groups").json()["groups"]] == [other]


def test_a_contact_may_be_in_no_group(api: Api) -> None:
    assert api.call("GET", f"/contacts/{api.create_contact(PHONE)}/groups").json() == {"groups": []}


@pytest.mark.parametrize("method", ["POST", "DELETE"])
def test_both_must_exist(api: Api, method: str) -> None:
    group_id = api.create_group()
    assert api.refused(method, f"/groups/{group_id}/contacts/{PHONE}") == MISSING
    api.create_contact(PHONE)
    assert api.refused(method, f"/groups/{UNKNOWN_ID}/contacts/{PHONE}") == MISSING
    assert api.refused(method, f"/groups/malformed/contacts/{PHONE}") == MISSING
    assert count(api, group_id) == 0
