"""The vendor's own Python client runs all its phonebook operations against the sandbox."""

import json
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest
from messente_api.api.blacklist_api import BlacklistApi
from messente_api.api.contacts_api import ContactsApi
from messente_api.api.groups_api import GroupsApi
from messente_api.api_client import ApiClient
from messente_api.configuration import Configuration
from messente_api.exceptions import ApiException
from messente_api.models.contact_fields import ContactFields
from messente_api.models.contact_update_fields import ContactUpdateFields
from messente_api.models.group_name import GroupName
from messente_api.models.number_to_blacklist import NumberToBlacklist

PHONE = "+37251000000"
OTHER = "+37251000001"
UNKNOWN = "5792a02a-e5c2-422b-a0a0-0ae65d814663"

INVALID = (400, "201", "Invalid data")
UNAUTHORIZED = (401, "202", "Unauthorized")
MISSING = (404, "203", "Missing resource")
CONFLICT = (409, "204", "Conflict")


@pytest.fixture
def configuration(url: str) -> Configuration:
    return Configuration(host=url, username="sandbox", password="sandbox")


@pytest.fixture
def client(configuration: Configuration) -> Iterator[ApiClient]:
    with ApiClient(configuration) as client:
        yield client
        client.rest_client.pool_manager.clear()


# To the tests the operations are `Any`: the client's types allow for None wherever an answer might lack a field.
@pytest.fixture
def groups(client: ApiClient) -> GroupsApi:
    return GroupsApi(client)


@pytest.fixture
def contacts(client: ApiClient) -> ContactsApi:
    return ContactsApi(client)


@pytest.fixture
def blacklist(client: ApiClient) -> BlacklistApi:
    return BlacklistApi(client)


def refused(operation: Callable[..., Any], *arguments: Any) -> tuple[int, str, str]:
    """Call an operation that must be refused as documented; return status, code and title."""
    with pytest.raises(ApiException) as refusal:
        operation(*arguments)
    (error,) = json.loads(str(refusal.value.body))["errors"]
    assert error.keys() == {"code", "title", "detail"}
    return refusal.value.status, error["code"], error["title"]


def created(groups: Any, name: str) -> str:
    group_id: str = groups.create_group(GroupName(name=name)).group.id
    return group_id


def test_groups_are_created_fetched_renamed_and_deleted(groups: Any) -> None:
    assert groups.fetch_groups().groups == []
    group = groups.create_group(GroupName(name="Õhtune vahetus 🎉")).group
    assert (group.name, group.contacts_count) == ("Õhtune vahetus 🎉", 0)
    assert groups.fetch_group(group.id).group == group
    assert groups.fetch_groups().groups == [group]

    assert groups.update_group(group.id, GroupName(name="Päevane vahetus")).group.name == "Päevane vahetus"
    assert groups.fetch_group(group.id).group.name == "Päevane vahetus"
    assert groups.delete_group(group.id) is None
    assert groups.fetch_groups().groups == []


def test_groups_that_are_refused(groups: Any) -> None:
    group_id = created(groups, "Staff")
    nameless = GroupName.model_construct(name="")
    assert refused(groups.create_group, nameless) == INVALID
    assert refused(groups.update_group, group_id, nameless) == INVALID
    for missing in (UNKNOWN, "malformed"):
        assert refused(groups.fetch_group, missing) == MISSING
        assert refused(groups.update_group, missing, GroupName(name="Staff")) == MISSING
        assert refused(groups.delete_group, missing) == MISSING


def test_contacts_are_created_fetched_updated_and_deleted(contacts: Any) -> None:
    fields = {"email": "any@example.org", "firstName": "Any", "lastName": "One", "company": "Näidis", "title": "Sir"}
    fields |= {name: f"any {name}" for name in ("custom", "custom2", "custom3", "custom4")}
    contact = contacts.create_contact(ContactFields.from_dict({"phoneNumber": PHONE, **fields})).contact
    answered = contact.to_dict()
    assert date.fromisoformat(str(answered.pop("scheduledDeletionDate")))
    assert answered == {"phoneNumber": PHONE, **fields}
    assert contacts.fetch_contact(PHONE).contact == contact
    assert contacts.fetch_contacts().contacts == [contact]

    updated = contacts.update_contact(PHONE, ContactUpdateFields(email=None, lastName="Other")).contact
    assert updated.to_dict() == {**contact.to_dict(), "email": None, "lastName": "Other"}
    assert contacts.fetch_contact(PHONE).contact == updated
    assert contacts.delete_contact(PHONE) is None
    assert contacts.fetch_contacts().contacts == []


def test_contacts_that_are_refused(contacts: Any) -> None:
    contacts.create_contact(ContactFields(phoneNumber=PHONE))
    change = ContactUpdateFields(email="any@example.org")
    assert refused(contacts.create_contact, ContactFields(phoneNumber=PHONE)) == CONFLICT
    assert refused(contacts.create_contact, ContactFields(phoneNumber="51000000")) == INVALID
    assert refused(contacts.update_contact, PHONE, ContactUpdateFields()) == INVALID
    assert (
        refused(contacts.update_contact, PHONE, ContactUpdateFields(additional_properties={"shoes": "43"})) == INVALID
    )
    assert refused(contacts.fetch_contacts, ["malformed"]) == INVALID
    for phone, refusal in ((OTHER, MISSING), ("51000000", INVALID)):
        assert refused(contacts.fetch_contact, phone) == refusal
        assert refused(contacts.update_contact, phone, change) == refusal
        assert refused(contacts.delete_contact, phone) == refusal
        assert refused(contacts.fetch_contact_groups, phone) == refusal


def test_contacts_join_and_leave_groups(groups: Any, contacts: Any) -> None:
    staff, drivers, empty = (created(groups, name) for name in ("Staff", "Drivers", "Empty"))
    for phone in (PHONE, OTHER):
        contacts.create_contact(ContactFields(phoneNumber=phone))
    assert contacts.add_contact_to_group(staff, PHONE) == {}
    contacts.add_contact_to_group(staff, OTHER)
    contacts.add_contact_to_group(drivers, OTHER)

    def phones(*group_ids: str) -> list[str]:
        return [contact.phone_number for contact in contacts.fetch_contacts(list(group_ids)).contacts]

    assert phones(staff) == phones(staff, drivers) == [PHONE, OTHER]
    assert phones(drivers, empty) == [OTHER]
    assert phones(empty) == []
    assert [group.name for group in contacts.fetch_contact_groups(OTHER).groups] == ["Staff", "Drivers"]
    assert groups.fetch_group(staff).group.contacts_count == 2
    assert contacts.fetch_contact(PHONE).contact.scheduled_deletion_date is None

    assert contacts.remove_contact_from_group(staff, PHONE) is None
    groups.delete_group(drivers)
    assert phones(staff) == [OTHER]
    assert contacts.fetch_contact(PHONE).contact.scheduled_deletion_date
    assert contacts.fetch_contact(OTHER).contact.scheduled_deletion_date is None


def test_memberships_that_are_refused(groups: Any, contacts: Any) -> None:
    group_id = created(groups, "Staff")
    contacts.create_contact(ContactFields(phoneNumber=PHONE))
    contacts.add_contact_to_group(group_id, PHONE)
    assert refused(contacts.add_contact_to_group, group_id, PHONE) == CONFLICT
    for operation in (contacts.add_contact_to_group, contacts.remove_contact_from_group):
        assert refused(operation, group_id, OTHER) == MISSING
        assert refused(operation, UNKNOWN, PHONE) == MISSING
        assert refused(operation, group_id, "51000000") == INVALID


def test_the_blacklist(blacklist: Any) -> None:
    assert blacklist.add_to_blacklist(NumberToBlacklist(phoneNumber=PHONE)) is None
    assert blacklist.fetch_blacklist().phone_numbers == [PHONE]
    assert blacklist.is_blacklisted(PHONE) is None
    assert refused(blacklist.add_to_blacklist, NumberToBlacklist(phoneNumber=PHONE)) == CONFLICT
    assert refused(blacklist.add_to_blacklist, NumberToBlacklist(phoneNumber="51000000")) == INVALID

    assert blacklist.delete_from_blacklist(PHONE) is None
    assert blacklist.fetch_blacklist().phone_numbers == []
    for operation in (blacklist.is_blacklisted, blacklist.delete_from_blacklist):
        assert refused(operation, PHONE) == MISSING
        assert refused(operation, "51000000") == INVALID


def test_wrong_credentials_are_refused(
    configuration: Configuration, groups: Any, contacts: Any, blacklist: Any
) -> None:
    configuration.password = "wrong"
    for operation in (groups.fetch_groups, contacts.fetch_contacts, blacklist.fetch_blacklist):
        assert refused(operation) == UNAUTHORIZED
