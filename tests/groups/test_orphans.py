"""A group's orphans are found by the fewest calls, and never guessed."""

import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar
from urllib.parse import unquote
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.faults.faulty_wire import Wire
from tests.page_client import PASSWORD
from tests.phonebook.fake_api import FakeApi, Handler, answer
from tests.phonebook_state import PhonebookState
from webapp.groups.orphans import MAX_CONTACTS_LOOKED_UP, OrphanReport, OrphansUnknown, find_orphans
from webapp.phonebook import PhonebookClient, Transport
from webapp.phonebook.errors import PhonebookError
from webapp.phonebook.parallel import MAX_PARALLEL_CALLS

Item = TypeVar("Item")
T = TypeVar("T")


class OneByOne(PhonebookClient):
    """Makes calls one after another, so that they can be counted."""

    def each(self, call: Callable[[Item], T], items: Iterable[Item]) -> Generator[tuple[Item, T | PhonebookError]]:
        for item in items:
            try:
                yield item, call(item)
            except PhonebookError as error:
                yield item, error


def one_by_one(url: str) -> OneByOne:
    return OneByOne(Transport(url, "sandbox", PASSWORD, backoff=0.001))


def side_by_side(phonebook: PhonebookState) -> PhonebookClient:
    """The client as the dashboard has it."""
    return PhonebookClient(Transport(phonebook.url, "sandbox", PASSWORD, connections=MAX_PARALLEL_CALLS))


def orphan_numbers(found: OrphanReport) -> list[str]:
    return sorted(contact.number for contact in found.orphans.rows)


def numbers(count: int, first: int = 0) -> list[str]:
    return [f"+3725{number:07}" for number in range(first, first + count)]


def people(phonebook: PhonebookState, found: Iterable[str], *groups: UUID) -> None:
    for number in found:
        phonebook.add_contact(number, *groups)


def at_the_third_call(change: Callable[[], object]) -> Callable[[], object]:
    """Run a function at the third call, after the group's contacts and the list of groups were fetched."""
    changes = iter([bool, bool, change])
    return lambda: next(changes, bool)()


def asked(phonebook: PhonebookState) -> dict[str, int]:
    """Count the calls for the groups, for a group's contacts, and for a contact's groups."""
    paths = [call.removeprefix("GET /v1/phonebook/") for call in phonebook.calls]
    return dict(Counter("contact" if path.startswith("contacts/") else path for path in paths))


def test_few_members_are_looked_up_one_by_one(phonebook: PhonebookState) -> None:
    staff, *others = [phonebook.add(name, contacts=1) for name in "ABCDE"]
    one, two = numbers(2)
    people(phonebook, [one], staff)
    people(phonebook, [two], staff, others[0], others[1])
    found = find_orphans(one_by_one(phonebook.url), staff)
    assert (found.member_count, len(found.orphans.rows)) == (3, 2)
    assert one in orphan_numbers(found)
    assert two not in orphan_numbers(found)
    assert asked(phonebook) == {"contact": 3, "contacts": 1, "groups": 1}


def test_few_other_groups_are_listed_largest_first(phonebook: PhonebookState) -> None:
    staff, small, large = phonebook.add("Staff"), phonebook.add("Small", contacts=1), phonebook.add("Large", contacts=9)
    for _ in range(9):
        phonebook.add("Empty")
    people(phonebook, numbers(5), staff)
    people(phonebook, numbers(3, 5), staff, small)
    people(phonebook, numbers(3, 8), staff, large)
    with Wire(phonebook.url) as wire:
        found = find_orphans(one_by_one(wire.url), staff)
    assert (found.member_count, orphan_numbers(found)) == (11, numbers(5))
    assert wire.requests == [
        f"GET /v1/phonebook/contacts?groupIds={staff}",
        "GET /v1/phonebook/groups",
        f"GET /v1/phonebook/contacts?groupIds={large}",
        f"GET /v1/phonebook/contacts?groupIds={small}",
    ]


def test_it_stops_as_soon_as_every_member_is_accounted_for(phonebook: PhonebookState) -> None:
    staff, large, *_ = [phonebook.add(name, contacts=0 if name == "A" else 1) for name in "ABCDE"]
    people(phonebook, numbers(6), staff, large)
    assert orphan_numbers(find_orphans(one_by_one(phonebook.url), staff)) == []
    assert asked(phonebook) == {"contacts": 2, "groups": 1}


def test_the_last_contacts_are_looked_up_one_by_one_if_groups_are_many(phonebook: PhonebookState) -> None:
    staff, large, *_ = [phonebook.add(name, contacts=0 if name == "A" else 1) for name in "ABCDEF"]
    people(phonebook, numbers(6), staff, large)
    people(phonebook, ["+37259999999"], staff)
    assert orphan_numbers(find_orphans(one_by_one(phonebook.url), staff)) == ["+37259999999"]
    assert asked(phonebook) == {"contact": 1, "contacts": 2, "groups": 1}


def test_without_other_groups_nothing_is_looked_up(phonebook: PhonebookState) -> None:
    staff = phonebook.add("Staff", contacts=3)
    phonebook.add("Empty")
    assert len(find_orphans(one_by_one(phonebook.url), staff).orphans.rows) == 3
    assert asked(phonebook) == {"contacts": 1, "groups": 1}


def test_an_empty_group_is_one_call(phonebook: PhonebookState) -> None:
    found = find_orphans(one_by_one(phonebook.url), phonebook.add("Staff"))
    assert (found.member_count, orphan_numbers(found)) == (0, [])
    assert asked(phonebook) == {"contacts": 1}


@pytest.mark.parametrize("by_member", [True, False])
def test_eight_calls_run_in_parallel(phonebook: PhonebookState, by_member: bool) -> None:
    staff = phonebook.add("Staff", contacts=MAX_PARALLEL_CALLS if by_member else 3 * MAX_PARALLEL_CALLS)
    for number in range(MAX_PARALLEL_CALLS):
        phonebook.add(f"Group {number}", contacts=1)
    full = threading.Barrier(MAX_PARALLEL_CALLS)
    phonebook.meanwhile = lambda: len(phonebook.calls) <= 2 or full.wait(30)
    find_orphans(side_by_side(phonebook), staff)
    assert not full.broken
    assert len(phonebook.calls) == 2 + MAX_PARALLEL_CALLS


@pytest.mark.parametrize("members", [2, 6])
def test_past_the_deadline_orphans_are_unknown(phonebook: PhonebookState, members: int) -> None:
    staff = phonebook.add("Staff", contacts=members)
    for name in "ABCD":
        phonebook.add(name, contacts=1)
    go_on = threading.Event()
    phonebook.meanwhile = lambda: len(phonebook.calls) <= 2 or go_on.wait(30)
    with pytest.raises(OrphansUnknown, match="TimedOut"):
        find_orphans(replace(side_by_side(phonebook), expires=time.monotonic() + 0.3), staff)
    go_on.set()
    with pytest.raises(OrphansUnknown, match="OutOfTime"):
        find_orphans(replace(side_by_side(phonebook), expires=time.monotonic()), staff)


@pytest.mark.parametrize("answered", ["401 Unauthorized", "404 Not Found", "429 Too Many Requests", "500 Server Error"])
@pytest.mark.parametrize("passing", [0, 1, 2, 4])
@pytest.mark.parametrize("members", [6, 9])
def test_a_failed_call_leaves_orphans_unknown(
    phonebook: PhonebookState, answered: str, passing: int, members: int
) -> None:
    staff = phonebook.add("Staff", contacts=members)
    for name in "ABCDEFG":
        phonebook.add(name, contacts=1)
    phonebook.instead["GET"], phonebook.lets_pass = (answered, b"<html>"), passing
    phonebook.retry_after = 60  # longer than a call may wait
    with pytest.raises(OrphansUnknown) as caught:
        find_orphans(one_by_one(phonebook.url), staff)
    assert isinstance(caught.value.__cause__, PhonebookError)
    assert len(phonebook.calls) <= passing + 3, "a read is tried three times, and then nothing more is asked"


@pytest.mark.parametrize("members", [40, 60])
def test_after_a_failure_no_call_is_begun(phonebook: PhonebookState, members: int) -> None:
    staff = phonebook.add("Staff", contacts=members)
    for number in range(50):
        phonebook.add(f"Group {number}", contacts=1)
    go_on, at_once = threading.Event(), iter([True] * 3)
    phonebook.instead["GET"], phonebook.lets_pass = ("401 Unauthorized", b""), 2
    phonebook.meanwhile = lambda: next(at_once, False) or go_on.wait(30)
    client = side_by_side(phonebook)
    with pytest.raises(OrphansUnknown) as caught:  # and is held, with all that it has seen
        find_orphans(client, staff)
    go_on.set()
    assert list(client.each(str, range(MAX_PARALLEL_CALLS)))
    assert len(phonebook.calls) <= 3 + MAX_PARALLEL_CALLS
    assert caught.value.__cause__ is not None


def test_changes_during_the_search(phonebook: PhonebookState) -> None:
    """A contact that was deleted is ignored. If one has left the group, the result would be wrong."""
    staff, _, _ = phonebook.add("Staff"), phonebook.add("B", contacts=1), phonebook.add("C", contacts=1)
    one, two = numbers(2)
    people(phonebook, [one, two], staff)

    phonebook.meanwhile = at_the_third_call(partial(phonebook.delete_contact, one))
    found = find_orphans(one_by_one(phonebook.url), staff)
    assert (found.member_count, orphan_numbers(found)) == (1, [two])
    phonebook.meanwhile = at_the_third_call(partial(phonebook.leave, two, staff))
    with pytest.raises(OrphansUnknown):
        find_orphans(one_by_one(phonebook.url), staff)


def test_a_group_deleted_during_the_search_hides_no_orphan(phonebook: PhonebookState) -> None:
    staff, other = phonebook.add("Staff"), phonebook.add("Other")
    people(phonebook, numbers(3), staff, other)
    phonebook.meanwhile = at_the_third_call(partial(phonebook.delete, other))
    assert orphan_numbers(find_orphans(one_by_one(phonebook.url), staff)) == numbers(3)


@contextmanager
def fake(answers: Mapping[str, Any]) -> Iterator[tuple[OneByOne, list[str]]]:
    """A phonebook with given answers by the end of the address; anything else is not found."""
    asked_for: list[str] = []

    def reply(handler: Handler) -> None:
        path = unquote(handler.request_bytes.split(b" ")[1].decode())
        asked_for.append(path)
        found = next((body for end, body in answers.items() if path.endswith(end)), None)
        missing = {"errors": [{"code": "203", "title": "Missing resource", "detail": "x"}]}
        status = "404 Not Found" if found is None else "200 OK"
        handler.wfile.write(answer(status, json.dumps(missing if found is None else found).encode()))

    with FakeApi(reply) as api:
        yield one_by_one(api.url), asked_for


STAFF, OTHER, THIRD = (UUID(int=number) for number in (1, 2, 3))


def group(group_id: UUID, count: int) -> dict[str, Any]:
    return {"id": str(group_id), "name": "x", "contactsCount": count}


def listed(*found: str, unreadable: int = 0) -> dict[str, Any]:
    return {"contacts": [{"phoneNumber": number} for number in found] + [{"phoneNumber": 5}] * unreadable}


def groups_of(*found: UUID, unreadable: int = 0) -> dict[str, Any]:
    return {"groups": [group(each, 1) for each in found] + [{"id": "x"}] * unreadable}


A, B, C = numbers(3)
BOOK = {
    f"groupIds={STAFF}": listed(A, B, C),
    f"groupIds={OTHER}": listed(A, B),
    "/phonebook/groups": {"groups": [group(STAFF, 3), group(OTHER, 2)]},
    f"{A}/groups": groups_of(STAFF, OTHER),
    f"{B}/groups": groups_of(STAFF, OTHER),
    f"{C}/groups": groups_of(STAFF),
}
UNREADABLE_GROUPS = {"/phonebook/groups": {"groups": [*BOOK["/phonebook/groups"]["groups"], {"id": 7}]}}


def test_an_unreadable_contact_of_the_group_may_be_anybody() -> None:
    with (
        fake(BOOK | {f"groupIds={STAFF}": listed(A, B, C, unreadable=1)}) as (client, _),
        pytest.raises(OrphansUnknown),
    ):
        find_orphans(client, STAFF)


@pytest.mark.parametrize(
    "doubt",
    [
        {f"groupIds={OTHER}": listed(A, B, unreadable=1)},
        {f"groupIds={OTHER}": listed(A)},
        {f"groupIds={OTHER}": listed(unreadable=2)},
        {f"groupIds={OTHER}": "nonsense"},
        {f"groupIds={OTHER}": None},
        UNREADABLE_GROUPS,
    ],
    ids=[
        "a row is unreadable",
        "one is missing",
        "all are unreadable",
        "no list",
        "it is said to have gone",
        "another group is unreadable",
    ],
)
def test_a_possible_member_of_an_unreadable_group_is_looked_up(doubt: dict[str, Any]) -> None:
    with fake(BOOK | doubt) as (client, asked_for):
        assert orphan_numbers(find_orphans(client, STAFF)) == [C]
    assert sum(path.endswith(f"{C}/groups") for path in asked_for) == 1


def test_a_member_found_in_an_unreadable_group_is_no_orphan() -> None:
    with fake(BOOK | UNREADABLE_GROUPS | {f"groupIds={OTHER}": listed(A, B, C, unreadable=1)}) as (client, asked_for):
        assert orphan_numbers(find_orphans(client, STAFF)) == []
    assert len(asked_for) == 3


def test_too_many_possible_orphans_are_not_looked_up() -> None:
    many = numbers(MAX_CONTACTS_LOOKED_UP + 1)
    book = {f"groupIds={STAFF}": listed(*many), f"groupIds={OTHER}": listed(unreadable=1)}
    with fake(BOOK | book) as (client, asked_for), pytest.raises(OrphansUnknown):
        find_orphans(client, STAFF)
    assert len(asked_for) == 3


BY_MEMBER = {
    f"groupIds={STAFF}": listed(C),
    "/phonebook/groups": {"groups": [group(STAFF, 1), group(OTHER, 2), group(THIRD, 2)]},
}


def test_a_contact_with_partly_readable_groups() -> None:
    with fake(BOOK | BY_MEMBER | {f"{C}/groups": groups_of(STAFF, OTHER, unreadable=1)}) as (client, _):
        assert orphan_numbers(find_orphans(client, STAFF)) == []
    doubt = {f"{C}/groups": groups_of(STAFF, unreadable=1)}
    with fake(BOOK | BY_MEMBER | doubt) as (client, _), pytest.raises(OrphansUnknown):
        find_orphans(client, STAFF)


def test_a_deletion_date_does_not_make_an_orphan() -> None:
    dated = {"contacts": [{"phoneNumber": C, "scheduledDeletionDate": "2026-12-24"}]}
    for groups, expected in ((groups_of(STAFF, OTHER), []), (groups_of(STAFF), [C])):
        with fake(BOOK | BY_MEMBER | {f"groupIds={STAFF}": dated, f"{C}/groups": groups}) as (client, _):
            assert orphan_numbers(find_orphans(client, STAFF)) == expected


@pytest.mark.parametrize("odd", ["..", "+372 5", "abc", ""])
def test_a_number_that_cannot_be_looked_up(odd: str) -> None:
    book = {f"groupIds={STAFF}": listed(odd)}
    with fake(BOOK | BY_MEMBER | book) as (client, asked_for), pytest.raises(OrphansUnknown):
        find_orphans(client, STAFF)
    assert len(asked_for) == 2


@pytest.fixture(scope="module")
def any_phonebook() -> Iterator[tuple[PhonebookState, PhonebookClient]]:
    """A phonebook for many examples, and the one client of it."""
    with PhonebookState(PASSWORD) as state:
        yield state, side_by_side(state)


MEMBERSHIPS = st.lists(st.sets(st.integers(0, 11)), min_size=1, max_size=8)
"""The contacts of each group; the first is the one that is asked about."""


@given(members=MEMBERSHIPS)
@settings(max_examples=40, deadline=None)
def test_orphans_are_correct_in_any_phonebook(
    any_phonebook: tuple[PhonebookState, PhonebookClient], members: list[set[int]]
) -> None:
    phonebook, client = any_phonebook
    phonebook.clear()
    groups = [phonebook.add(f"Group {index}") for index in range(len(members))]
    for index, number in enumerate(numbers(12)):
        inside = [each for each, found in zip(groups, members, strict=True) if index in found]
        phonebook.add_contact(number, *inside)
    found = find_orphans(client, groups[0])
    truth = members[0].difference(*members[1:])
    assert (found.member_count, orphan_numbers(found)) == (
        len(members[0]),
        [numbers(12)[index] for index in sorted(truth)],
    )
    others = sum(bool(each) for each in members[1:])
    assert len(phonebook.calls) <= 2 + min(len(members[0]), others) + MAX_PARALLEL_CALLS
