"""Reads are retried if that may help; nothing else is."""

from uuid import UUID

import pytest

from tests.faults.faulty_wire import Answer, Connection, Wire
from tests.phonebook.fake_api import FakeApi, answer
from tests.phonebook.test_deadline import LEEWAY, client_of, seconds
from tests.phonebook_state import PhonebookState
from webapp.phonebook.errors import ServerFailed


@pytest.mark.parametrize(
    ("status", "headers", "asked"),
    [
        ("502 Bad Gateway", (), 3),
        ("503 Service Unavailable", (), 3),
        ("504 Gateway Timeout", (), 3),
        ("503 Service Unavailable", ("Retry-After: 3600",), 1),
        ("500 Internal Server Error", (), 1),
        ("501 Not Implemented", (), 1),
    ],
)
def test_reads_are_retried_if_that_may_help(status: str, headers: tuple[str, ...], asked: int) -> None:
    with FakeApi(answer(status, b"", *headers)) as api:
        client = client_of(api.url, deadline=30)
        assert seconds(client.list_groups, ServerFailed) < LEEWAY, "nobody sleeps for as long as the API says"
        assert len(api.requests) == asked
        for write in (lambda: client.create_group("a"), lambda: client.delete_group(UUID(int=1))):
            api.requests.clear()
            seconds(write, ServerFailed)
            assert len(api.requests) == 1


def test_a_read_that_fails_twice_succeeds(phonebook: PhonebookState) -> None:
    phonebook.add("Staff")
    with Wire(phonebook.url) as wire:

        def fail_twice(connection: Connection, genuine: Answer) -> None:
            if len(wire.requests) > 2:
                connection.send(genuine.whole)

        wire.fault, wire.methods, wire.carry_out = fail_twice, frozenset({"GET"}), True
        [group] = client_of(wire.url, deadline=5).list_groups().rows
    assert group.name == "Staff"
    assert len(wire.requests) == 3
