"""The client's operations on contacts against the sandbox."""

from uuid import uuid4

import pytest

from tests.phonebook.fake_api import FakeApi, answer
from tests.phonebook.test_client import connect
from tests.phonebook_state import PhonebookState
from webapp.phonebook import PhonebookClient, Transport
from webapp.phonebook.errors import Conflict, NotFound, PhonebookError, UnreadableAnswer
from webapp.phonebook.models import Numbers

NUMBER, OTHER = "+37255000001", "+37255000002"


@pytest.fixture
def client(phonebook: PhonebookState) -> PhonebookClient:
    return connect(phonebook)


def test_create_change_delete(client: PhonebookClient) -> None:
    created = client.create_contact(NUMBER, {"first_name": "Mari", "custom4": "x"})
    assert (created.number, created.name, created.custom4, created.company) == (NUMBER, "Mari", "x", None)
    assert created.in_no_group
    assert created.deletion_date is not None
    with pytest.raises(Conflict):
        client.create_contact(NUMBER, {})
    changed = client.update_contact(NUMBER, {"last_name": "Tamm", "custom4": None})
    assert (changed.name, changed.custom4) == ("Mari Tamm", None)
    assert client.get_contact(NUMBER) == changed
    assert client.list_contacts().rows == (changed,)
    client.delete_contact(NUMBER)
    for call in (client.get_contact, client.delete_contact, client.list_groups_of):
        with pytest.raises(NotFound):
            call(NUMBER)
    with pytest.raises(NotFound):
        client.update_contact(NUMBER, {"title": "Dr"})


def test_membership(client: PhonebookClient, phonebook: PhonebookState) -> None:
    staff, office = phonebook.add("Staff"), phonebook.add("Office")
    client.create_contact(NUMBER, {})
    client.create_contact(OTHER, {})
    client.add_to_group(staff, NUMBER)
    with pytest.raises(Conflict):
        client.add_to_group(staff, NUMBER)
    assert [contact.number for contact in client.list_contacts(staff).rows] == [NUMBER]
    assert client.list_numbers(staff).found == {NUMBER}
    assert client.list_contacts(office).rows == ()
    assert [group.id for group in client.list_groups_of(NUMBER).rows] == [staff]
    assert not client.get_contact(NUMBER).in_no_group
    client.remove_from_group(staff, NUMBER)
    for call in (client.remove_from_group, client.add_to_group):
        with pytest.raises(NotFound):
            call(uuid4(), NUMBER)
    with pytest.raises(NotFound):
        client.remove_from_group(staff, NUMBER)


def test_blacklist(client: PhonebookClient, phonebook: PhonebookState) -> None:
    assert client.list_blacklist() == frozenset()
    phonebook.blacklist(NUMBER)
    assert client.list_blacklist() == {NUMBER}
    with pytest.raises(Conflict):
        client.add_to_blacklist(NUMBER)
    client.add_to_blacklist(OTHER)
    client.take_off_blacklist(NUMBER)
    assert client.list_blacklist() == {OTHER}
    with pytest.raises(NotFound):
        client.take_off_blacklist(NUMBER)


@pytest.mark.parametrize("number", ["..", "", "+372 5", "+372/groups", "+3725?x", "abc", "+" + "1" * 21, "１２３"])
def test_an_invalid_number_is_not_requested(client: PhonebookClient, phonebook: PhonebookState, number: str) -> None:
    for call in (client.get_contact, client.delete_contact, client.list_groups_of, client.take_off_blacklist):
        with pytest.raises(ValueError, match="digits"):
            call(number)
    assert phonebook.calls == []


def test_rows_that_cannot_be_read_or_repeat_a_number_are_counted() -> None:
    body = b"""{"contacts": [{"phoneNumber": "+1"}, {"phoneNumber": 5}, {"firstName": "x"}, {"phoneNumber": "+1"},
        {"phoneNumber": "+2", "email": null, "unheard": [], "scheduledDeletionDate": "soon"}]}"""
    with FakeApi(answer("200 OK", body)) as api:
        client = PhonebookClient(Transport(api.url, "sandbox", "password"))
        found = client.list_contacts()
        numbers = client.list_numbers(uuid4())
    assert ([contact.number for contact in found.rows], found.unreadable) == (["+1", "+2"], 3)
    assert found.rows[1].in_no_group
    assert found.rows[1].deletion_date is None
    assert numbers == Numbers(frozenset({"+1", "+2"}), 3, 2)


def test_an_answer_about_another_contact_is_invalid() -> None:
    with FakeApi(answer("200 OK", b'{"contact": {"phoneNumber": "+1"}}')) as api:
        client = PhonebookClient(Transport(api.url, "sandbox", "password"))
        with pytest.raises(UnreadableAnswer) as caught:
            client.get_contact("+37255000001")
    assert "372" not in str(caught.value)


def test_no_log_line_and_no_error_holds_a_number(
    client: PhonebookClient, phonebook: PhonebookState, caplog: pytest.LogCaptureFixture
) -> None:
    staff = phonebook.add("Staff")
    client.create_contact(NUMBER, {})
    client.list_groups_of(NUMBER)
    client.add_to_group(staff, NUMBER)
    with FakeApi(lambda _: None) as api:
        nobody = PhonebookClient(Transport(api.url, "sandbox", "password", backoff=0.01))
        for is_up in (True, False):
            if not is_up:
                api.stop()
            with pytest.raises(PhonebookError) as caught:
                nobody.list_groups_of(NUMBER)
            assert NUMBER[1:] not in str(caught.value)
    paths = [record.api_path for record in caplog.records if hasattr(record, "api_path")]
    assert f"/phonebook/groups/{staff}/contacts/*" in paths
    assert "/phonebook/contacts/*/groups" in paths
    assert not [path for path in paths if NUMBER[1:] in path]
