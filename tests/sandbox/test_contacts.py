"""Contacts over HTTP: their fields, and the days left to those in no group."""

from datetime import UTC, date, datetime, timedelta

import pytest

from tests.sandbox.conftest import Api
from webapp.sandbox.database import CONTACT_DETAILS, Database, SampleData

PHONE = "+37251000000"
OTHER = "+37251000001"
INVALID = (400, "201", "Invalid data")
MISSING = (404, "203", "Missing resource")
CONFLICT = (409, "204", "Conflict")
MALFORMED_PHONES = [
    "37251000000",
    "+0725100000",
    "+123456",
    "+1234567890123456",
    "+3725100000a",
    "+3725100000\n",
    "+٣٧٢٥١٠٠٠",
]


def today() -> date:
    return datetime.now(UTC).date()


def in_30_days() -> str:
    return (today() + timedelta(days=30)).isoformat()


def contacts(api: Api, *group_ids: str) -> list[str]:
    response = api.call("GET", "/contacts", params={"groupIds": group_ids})
    return [contact["phoneNumber"] for contact in response.json()["contacts"]]


def deletion_date(api: Api, phone: str = PHONE) -> str | None:
    day: str | None = api.call("GET", f"/contacts/{phone}").json()["contact"]["scheduledDeletionDate"]
    return day


def test_a_created_contact_is_returned_and_listed(api: Api) -> None:
    details = {name: f"any {name}" for name in CONTACT_DETAILS}
    possible = {in_30_days()}
    response = api.call("POST", "/contacts", {"phoneNumber": PHONE, **details})
    possible.add(in_30_days())

    contact = response.json()["contact"]
    assert response.status_code == 201
    assert contact.pop("scheduledDeletionDate") in possible
    assert contact == {"phoneNumber": PHONE, **details}
    assert contacts(api) == [PHONE]
    assert api.call("GET", f"/contacts/{PHONE}").json() == response.json()


def test_any_text_is_listed_as_it_was_given(api: Api) -> None:
    api.create_contact(PHONE, firstName='"\\\x00\n\x1f\u2028', lastName="Õ😀", company="", email=None)
    group = api.create_group()
    api.call("POST", f"/groups/{group}/contacts/{PHONE}")
    contact = api.call("GET", f"/contacts/{PHONE}").json()["contact"]
    assert contact["firstName"] == '"\\\x00\n\x1f\u2028'
    for groups in ([], [group]):
        assert api.call("GET", "/contacts", params={"groupIds": groups}).json() == {"contacts": [contact]}


def test_fields_that_are_not_given_are_null_and_unknown_ones_left_out(api: Api) -> None:
    contact = api.call("POST", "/contacts", {"phoneNumber": PHONE, "email": None, "shoes": 43}).json()["contact"]
    assert contact.keys() == {"phoneNumber", *CONTACT_DETAILS, "scheduledDeletionDate"}
    assert {contact[name] for name in CONTACT_DETAILS} == {None}


@pytest.mark.parametrize("phone", ["+1234567", "+123456789012345"])
def test_the_shortest_and_the_longest_number(api: Api, phone: str) -> None:
    assert api.create_contact(phone) == phone


@pytest.mark.parametrize("phone", [*MALFORMED_PHONES, "", None, 37251000000, ["+37251000000"]])
def test_a_contact_needs_a_number(api: Api, phone: object) -> None:
    assert api.refused("POST", "/contacts", {"phoneNumber": phone}) == INVALID
    assert contacts(api) == []


@pytest.mark.parametrize("phone", MALFORMED_PHONES)
def test_a_malformed_number_in_the_address_is_invalid(api: Api, phone: str) -> None:
    group_id = api.create_group()
    for method, path in [
        ("GET", f"/contacts/{phone}"),
        ("PATCH", f"/contacts/{phone}"),
        ("DELETE", f"/contacts/{phone}"),
        ("GET", f"/contacts/{phone}/groups"),
        ("POST", f"/groups/{group_id}/contacts/{phone}"),
        ("DELETE", f"/groups/{group_id}/contacts/{phone}"),
        ("GET", f"/blacklist/{phone}"),
        ("DELETE", f"/blacklist/{phone}"),
    ]:
        assert api.refused(method, path.replace("\n", "%0A"), {"email": None}) == INVALID, (method, path)


@pytest.mark.parametrize("wrong", [7, True, ["a"], {"a": "b"}])
def test_fields_are_text_or_null(api: Api, wrong: object) -> None:
    api.create_contact(PHONE, email="any@example.org")
    assert api.refused("POST", "/contacts", {"phoneNumber": OTHER, "email": wrong}) == INVALID
    assert api.refused("PATCH", f"/contacts/{PHONE}", {"email": wrong}) == INVALID
    assert api.call("GET", f"/contacts/{PHONE}").json()["contact"]["email"] == "any@example.org"


def test_a_number_has_one_contact(api: Api) -> None:
    api.create_contact(PHONE, firstName="Any")
    assert api.refused("POST", "/contacts", {"phoneNumber": PHONE, "firstName": "Other"}) == CONFLICT
    assert api.call("GET", f"/contacts/{PHONE}").json()["contact"]["firstName"] == "Any"


def test_an_update_changes_only_the_given_fields(api: Api) -> None:
    before = api.call("POST", "/contacts", {"phoneNumber": PHONE, "firstName": "Any", "email": "a@b.example"}).json()
    api.create_contact(OTHER, firstName="Other")
    response = api.call("PATCH", f"/contacts/{PHONE}", {"email": None, "custom4": "four"})
    assert response.status_code == 200
    assert response.json() == {"contact": {**before["contact"], "email": None, "custom4": "four"}}
    assert api.call("GET", f"/contacts/{PHONE}").json() == response.json()
    assert api.call("GET", f"/contacts/{OTHER}").json()["contact"]["firstName"] == "Other"


@pytest.mark.parametrize(
    "body", [{}, {"shoes": "43"}, {"email": "a", "phoneNumber": OTHER}, {"scheduledDeletionDate": "2030-01-01"}]
)
def test_an_update_of_nothing_or_of_unknown_fields_is_refused(api: Api, body: object) -> None:
    before = api.call("GET", f"/contacts/{api.create_contact(PHONE)}").json()
    assert api.refused("PATCH", f"/contacts/{PHONE}", body) == INVALID
    assert api.call("GET", f"/contacts/{PHONE}").json() == before


def test_a_contact_is_deleted_once_and_leaves_its_groups(api: Api) -> None:
    group_id = api.create_group()
    api.create_contact(PHONE)
    api.call("POST", f"/groups/{group_id}/contacts/{PHONE}")
    response = api.call("DELETE", f"/contacts/{PHONE}")
    assert (response.status_code, response.content) == (204, b"")
    assert api.call("GET", f"/groups/{group_id}").json()["group"]["contactsCount"] == 0
    for method, body in [("GET", None), ("PATCH", {"email": "a@b.example"}), ("DELETE", None)]:
        assert api.refused(method, f"/contacts/{PHONE}", body) == MISSING
    assert api.refused("GET", f"/contacts/{PHONE}/groups") == MISSING


def test_contacts_of_any_of_the_groups(api: Api) -> None:
    first, second, third = (api.create_group() for _ in range(3))
    phones = [api.create_contact(f"+3725100000{number}") for number in range(4)]
    for group_id, phone in [(first, phones[0]), (first, phones[1]), (second, phones[1]), (third, phones[2])]:
        api.call("POST", f"/groups/{group_id}/contacts/{phone}")
    assert contacts(api) == phones
    assert contacts(api, first) == phones[:2]
    assert contacts(api, first.upper()) == phones[:2]
    assert contacts(api, first, second) == phones[:2]
    assert sorted(contacts(api, third, second)) == phones[1:3]
    assert contacts(api, "5792a02a-e5c2-422b-a0a0-0ae65d814663") == []


@pytest.mark.parametrize(
    "group_id", ["", "1", "{5792a02a-e5c2-422b-a0a0-0ae65d814663}", "5792a02ae5c2422ba0a00ae65d814663"]
)
def test_a_malformed_group_id_does_not_filter(api: Api, group_id: str) -> None:
    valid = api.create_group()
    assert api.refused("GET", "/contacts", params={"groupIds": [valid, group_id]}) == INVALID


def test_a_contact_has_30_days_from_leaving_its_last_group(api: Api) -> None:
    first, second = api.create_group(), api.create_group()
    api.create_contact(PHONE)
    for group_id in (first, second):
        api.call("POST", f"/groups/{group_id}/contacts/{PHONE}")
    assert deletion_date(api) is None

    api.call("DELETE", f"/groups/{first}/contacts/{PHONE}")
    assert deletion_date(api) is None

    possible = {in_30_days()}
    api.call("DELETE", f"/groups/{second}/contacts/{PHONE}")
    possible.add(in_30_days())
    assert deletion_date(api) in possible


def test_a_deleted_group_leaves_its_contacts_30_days(api: Api) -> None:
    first, second = api.create_group(), api.create_group()
    for group_id, phone in [(first, PHONE), (first, OTHER), (second, OTHER)]:
        if phone not in contacts(api):
            api.create_contact(phone)
        api.call("POST", f"/groups/{group_id}/contacts/{phone}")

    possible = {in_30_days()}
    api.call("DELETE", f"/groups/{first}")
    possible.add(in_30_days())
    assert deletion_date(api, PHONE) in possible
    assert deletion_date(api, OTHER) is None
    assert contacts(api) == [PHONE, OTHER]


def test_a_contact_is_deleted_after_its_deletion_date(api: Api, database: Database) -> None:
    day = today()
    due = {"+37251000000": day - timedelta(days=1), "+37251000001": day, "+37251000002": day + timedelta(days=1)}
    blank = dict.fromkeys(CONTACT_DETAILS)
    records = [{**blank, "phoneNumber": phone, "scheduledDeletionDate": str(left)} for phone, left in due.items()]
    database.fill(SampleData(groups=[], contacts=records, memberships=[], blacklist=[]))

    assert contacts(api) == list(due)[1:] or today() != day
    assert api.refused("GET", f"/contacts/{PHONE}") == MISSING
    assert api.create_contact(PHONE) == PHONE
