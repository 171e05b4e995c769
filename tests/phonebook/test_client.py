"""The client's operations against the sandbox, which the vendor's own client is tested against, too."""

from uuid import UUID, uuid4

import pytest

from tests.page_client import PASSWORD
from tests.phonebook_state import PhonebookState
from webapp.phonebook import PhonebookClient, Transport
from webapp.phonebook.errors import AccessRefused, InvalidData, NotFound


def connect(phonebook: PhonebookState, password: str = PASSWORD) -> PhonebookClient:
    return PhonebookClient(Transport(phonebook.url, "sandbox", password, connect_timeout=2, deadline=2, connections=1))


@pytest.fixture
def client(phonebook: PhonebookState) -> PhonebookClient:
    return connect(phonebook)


def test_all_groups(client: PhonebookClient, phonebook: PhonebookState) -> None:
    assert client.list_groups().rows == ()
    ids = {phonebook.add("Staff", contacts=2), phonebook.add("Staff"), phonebook.add("Õpetajad 🎓 العربية")}
    found = client.list_groups()
    assert {group.id for group in found.rows} == ids
    assert sorted((group.name, group.contacts_count) for group in found.rows) == [
        ("Staff", 0),
        ("Staff", 2),
        ("Õpetajad 🎓 العربية", 0),
    ]
    assert all(group.created_on is not None and group.created_on.tzinfo for group in found.rows)
    assert found.unreadable == 0


def test_one_group(client: PhonebookClient, phonebook: PhonebookState) -> None:
    group = client.get_group(phonebook.add("Staff", contacts=1))
    assert (group.name, group.contacts_count) == ("Staff", 1)
    assert [group] == list(client.list_groups().rows)


def test_create_rename_delete(client: PhonebookClient, phonebook: PhonebookState) -> None:
    created = client.create_group("Staff")
    assert (created.name, created.contacts_count) == ("Staff", 0)
    renamed = client.rename_group(created.id, "Õpetajad")
    assert (renamed.id, renamed.name, renamed.created_on) == (created.id, "Õpetajad", created.created_on)
    assert phonebook.groups() == {"Õpetajad": 0}
    client.delete_group(created.id)
    assert phonebook.groups() == {}


def test_values_cannot_be_changed(client: PhonebookClient) -> None:
    group = client.create_group("Staff")
    with pytest.raises(AttributeError):
        group.name = "Office"  # type: ignore[misc]


@pytest.mark.parametrize("call", ["get_group", "delete_group"])
def test_a_missing_group(client: PhonebookClient, call: str) -> None:
    with pytest.raises(NotFound) as caught:
        getattr(client, call)(uuid4())
    assert (caught.value.status, caught.value.code) == (404, "203")
    with pytest.raises(NotFound):
        client.rename_group(UUID(int=0), "Staff")


def test_a_name_that_the_api_refuses(client: PhonebookClient, phonebook: PhonebookState) -> None:
    with pytest.raises(InvalidData) as caught:
        client.create_group("")
    assert (caught.value.status, caught.value.code) == (400, "201")
    assert caught.value.detail
    group = phonebook.add("Staff")
    with pytest.raises(InvalidData):
        client.rename_group(group, "")
    assert phonebook.groups() == {"Staff": 0}


def test_a_password_of_any_characters() -> None:
    with PhonebookState("pässwörd ✓ пароль: x") as phonebook:
        assert connect(phonebook, "pässwörd ✓ пароль: x").list_groups().rows == ()


def test_credentials_that_the_api_refuses(phonebook: PhonebookState) -> None:
    stranger = connect(phonebook, password="another")
    for call in (stranger.list_groups, lambda: stranger.create_group("Staff")):
        with pytest.raises(AccessRefused) as caught:
            call()
        assert (caught.value.status, caught.value.code) == (401, "202")
        assert "another" not in str(caught.value)
    assert phonebook.groups() == {}
