"""The blacklist over HTTP."""

import pytest

from tests.sandbox.conftest import Api

PHONE = "+37251000000"
OTHER = "+37251000001"
MISSING = (404, "203", "Missing resource")


def test_a_number_is_blacklisted_once(api: Api) -> None:
    for phone in (PHONE, OTHER):
        response = api.call("POST", "/blacklist", {"phoneNumber": phone})
        assert (response.status_code, response.content) == (204, b"")
    assert api.refused("POST", "/blacklist", {"phoneNumber": PHONE}) == (409, "204", "Conflict")
    assert api.call("GET", "/blacklist").json() == {"phoneNumbers": [PHONE, OTHER]}
    assert api.call("GET", f"/blacklist/{PHONE}").status_code == 204


def test_a_number_is_removed_from_the_blacklist_once(api: Api) -> None:
    for phone in (PHONE, OTHER):
        api.call("POST", "/blacklist", {"phoneNumber": phone})
    response = api.call("DELETE", f"/blacklist/{PHONE}")
    assert (response.status_code, response.content) == (204, b"")
    assert api.refused("DELETE", f"/blacklist/{PHONE}") == MISSING
    assert api.refused("GET", f"/blacklist/{PHONE}") == MISSING
    assert api.call("GET", "/blacklist").json() == {"phoneNumbers": [OTHER]}


@pytest.mark.parametrize("body", [{}, {"phoneNumber": "51000000"}, {"phoneNumber": None}, {"phoneNumber": 37251000000}])
def test_only_a_number_can_be_blacklisted(api: Api, body: object) -> None:
    assert api.refused("POST", "/blacklist", body) == (400, "201", "Invalid data")
    assert api.call("GET", "/blacklist").json() == {"phoneNumbers": []}


def test_a_contact_and_its_blacklisting_are_independent(api: Api) -> None:
    api.create_contact(PHONE)
    api.call("POST", "/blacklist", {"phoneNumber": PHONE})
    api.call("DELETE", f"/contacts/{PHONE}")
    assert api.call("GET", "/blacklist").json() == {"phoneNumbers": [PHONE]}
