"""Lists of contacts that are too long to be held are read piece by piece: with the same rows, counts and errors."""

import json
import time
from collections.abc import Sequence
from dataclasses import replace
from io import BytesIO
from threading import Event
from typing import Any
from uuid import UUID

import pytest
import urllib3
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.phonebook.fake_api import FakeApi, Handler, Reply, answer
from webapp.phonebook import Contact, PhonebookClient, Rows, Transport
from webapp.phonebook.contact_stream import ContactStream
from webapp.phonebook.decoding import decode_contacts
from webapp.phonebook.errors import (
    AnswerTooLarge,
    ConnectionLost,
    PhonebookError,
    Refused,
    TooLongForPage,
    UnreadableAnswer,
)
from webapp.phonebook.long_lists import Pieces, Sizes, read_numbers
from webapp.phonebook.number_set import NumberSet
from webapp.phonebook.packed_rows import MAX_DECODED_ROWS, PackedRows
from webapp.phonebook.response_cache import ResponseCache

GROUP = UUID("5792a02a-e5c2-422b-a0a0-0ae65d814663")
SMALL = Sizes(piece=2_000, long=4_000, whole=20_000, undecoded=50_000, total=1_000_000)
"""Sizes with which a few hundred contacts are a long list."""


def contact(number: int, **more: Any) -> dict[str, Any]:
    return {"phoneNumber": f"+3725{number:06}", "firstName": "Õnne", "lastName": f"Saar {number}"} | more


def body_of(rows: Sequence[object]) -> bytes:
    return json.dumps({"contacts": rows}).encode()


LONG = body_of([contact(number) for number in range(1_000)])
FAULT_AT = LONG.index(b'"firstName"', len(LONG) // 2)


def response_of(body: bytes) -> urllib3.HTTPResponse:
    return urllib3.HTTPResponse(BytesIO(body), preload_content=False)


def fetch(cache: ResponseCache, body: bytes) -> Rows[Contact]:
    def get(read: Any) -> Any:
        return read(response_of(body))

    return cache.fetch("/contacts", get, decode_contacts, 60, packs=True)


def client_of(url: str, **sizes: int) -> PhonebookClient:
    transport = Transport(url, "user", "password", deadline=10, backoff=0.01)
    return PhonebookClient(transport, cache=ResponseCache(replace(SMALL, **sizes)))


TEXTS = st.text() | st.sampled_from(
    ["},{", '"},{"', "}, {", "\\", '\\"', "[{", "]}", "\ud800", "\x00", "\x1f", "{" * 9]
)
VALUES = (
    st.none()
    | TEXTS
    | st.recursive(st.integers() | TEXTS, lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner))
)
CONTACTS = st.fixed_dictionaries(
    {"phoneNumber": st.sampled_from(["+1", "+2", "+3"]) | TEXTS},
    optional={"firstName": st.none() | TEXTS, "more": VALUES},
)
ROWS = st.lists(CONTACTS | VALUES, max_size=12)


@settings(deadline=None, max_examples=50)
@given(
    rows=ROWS,
    piece=st.integers(1, 200),
    indent=st.sampled_from([None, 0, 1]),
    more=st.dictionaries(TEXTS.filter(lambda key: key != "contacts"), VALUES, max_size=2),
    is_ascii=st.booleans(),
)
@example(rows=[{"phoneNumber": "+1", "firstName": "},{"}] * 3, piece=9, indent=None, more={}, is_ascii=True)
def test_any_list_in_pieces_of_any_size_has_the_rows_of_the_whole(
    rows: list[object], piece: int, indent: int | None, more: dict[str, object], is_ascii: bool
) -> None:
    document = {**more, "contacts": rows, **{f"{key}+": value for key, value in more.items()}}
    body = json.dumps(document, indent=indent, ensure_ascii=is_ascii).encode("utf-8", "surrogatepass")
    cache = ResponseCache(Sizes(piece=piece, long=1, whole=1, total=len(body)))
    try:
        expected = decode_contacts(body)
    except UnreadableAnswer:
        with pytest.raises(UnreadableAnswer):
            fetch(cache, body)
        return
    found = fetch(cache, body)
    assert isinstance(found.rows, PackedRows)
    assert sorted(found.rows, key=repr) == sorted(expected.rows, key=repr)
    assert found.unreadable == expected.unreadable
    numbers = read_numbers(Pieces(response_of(body), Sizes(piece=piece)), None, Sizes())
    assert numbers.found == {row.number for row in expected.rows}


@settings(deadline=None, max_examples=50)
@given(st.binary(max_size=300), st.integers(0, 300), st.integers(0, 300), st.integers(1, 100))
def test_a_changed_or_damaged_answer_is_never_mixed_with_the_last(new: bytes, start: int, end: int, piece: int) -> None:
    first = body_of([contact(number) for number in range(5)])
    body = first[:start] + new + first[end:]
    cache = ResponseCache(Sizes(piece=piece, long=1, whole=1))
    fetch(cache, first)
    try:
        expected = decode_contacts(body)
    except UnreadableAnswer:
        with pytest.raises(UnreadableAnswer):
            fetch(cache, body)
        return
    found = fetch(cache, body)
    assert sorted(found.rows, key=repr) == sorted(expected.rows, key=repr)
    assert found.unreadable == expected.unreadable


def test_an_unchanged_long_list_is_not_decoded_again_and_a_changed_one_in_part() -> None:
    cache = ResponseCache(SMALL)
    found = fetch(cache, LONG)
    assert len(found.rows) == 1_000
    assert fetch(cache, LONG) is found
    at = LONG.index(b"Saar 500")
    for body in (LONG[:at] + b"Kask" + LONG[at + 4 :], LONG[:-2] + b', {"phoneNumber": "+1"}]}', body_of([]), LONG):
        found, expected = fetch(cache, body), decode_contacts(body)
        assert tuple(found.rows) == expected.rows
        assert tuple(found.rows[-1:]) == expected.rows[-1:]


def test_a_list_that_has_become_short_is_held_whole() -> None:
    cache, short = ResponseCache(SMALL), body_of([contact(number) for number in range(100)])
    fetch(cache, LONG)
    found = fetch(cache, short)
    assert found.rows == decode_contacts(short).rows
    assert not found.is_packed
    assert fetch(cache, short) is found
    assert fetch(cache, LONG).is_packed


def test_an_indexed_row_of_a_packed_list_is_that_row() -> None:
    rows = fetch(ResponseCache(SMALL), LONG).rows
    assert [rows[index] for index in range(-1_000, 1_000)] == [*rows, *rows]
    assert [each.number for each in rows[498:503:2]] == ["+3725000498", "+3725000500", "+3725000502"]
    with pytest.raises(IndexError):
        rows[1_000]


def test_a_part_of_a_packed_list_is_packed_if_it_is_long() -> None:
    whole = fetch(ResponseCache(SMALL), body_of([contact(number) for number in range(MAX_DECODED_ROWS + 2)]))
    assert whole.where(lambda row: row.number != "+3725000000").is_packed
    few = whole.where(lambda row: row.number < "+3725000003")
    assert [row.number for row in few.rows] == ["+3725000000", "+3725000001", "+3725000002"]
    assert not few.is_packed


def cut(handler: Handler) -> None:
    handler.wfile.write(answer("200 OK", LONG)[:-500])


def cut_without_length(handler: Handler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + LONG[:-500])


def garbage(handler: Handler) -> None:
    handler.wfile.write(answer("200 OK", LONG[:FAULT_AT] + b"<html>" + LONG[FAULT_AT:]))


def stall(handler: Handler) -> None:
    handler.wfile.write(answer("200 OK", LONG)[:-500])
    time.sleep(1)


@pytest.mark.parametrize(
    ("reply", "kind", "calls"),
    [
        (cut, ConnectionLost, 3),
        (cut_without_length, UnreadableAnswer, 1),
        (garbage, UnreadableAnswer, 1),
        (answer("200 OK", LONG + LONG), UnreadableAnswer, 1),
        (answer("200 OK", LONG[:FAULT_AT] + b"{" * (SMALL.undecoded + 1)), UnreadableAnswer, 1),
        (answer("200 OK", b" " * (SMALL.undecoded + 1)), AnswerTooLarge, 1),
        (answer("200 OK", body_of([1, {"x": 2}] * 5_000)), UnreadableAnswer, 1),
    ],
    ids=["cut", "cut without a length", "garbage", "text after it", "long garbage", "blank", "no row readable"],
)
@pytest.mark.parametrize("call", ["list_contacts", "list_numbers"])
def test_a_fault_in_the_middle_of_a_long_list(reply: Reply, kind: type[PhonebookError], calls: int, call: str) -> None:
    with FakeApi(reply) as api:
        with pytest.raises(PhonebookError) as caught:
            getattr(client_of(api.url), call)(GROUP)
        assert type(caught.value) is kind
        assert len(api.requests) == calls


def test_a_long_list_that_does_not_come_in_time_is_too_large() -> None:
    with FakeApi(stall) as api, pytest.raises(TooLongForPage):
        replace(client_of(api.url), expires=time.monotonic() + 0.5).list_contacts()


def test_a_list_without_end_is_too_large() -> None:
    with FakeApi(answer("200 OK", LONG)) as api:
        client = client_of(api.url, total=len(LONG) - 1)
        for call in (client.list_contacts, client.list_numbers):
            with pytest.raises(AnswerTooLarge):
                call(GROUP)


def test_invalid_duplicate_and_malformed_rows_of_a_long_list() -> None:
    rows = [contact(number) for number in range(1_000)]
    rows[300] = {"phoneNumber": 5}
    rows[600] = contact(7, lastName="Other")
    rows[999] = contact(999, lastName="cut \ud83d")
    with FakeApi(answer("200 OK", body_of(rows))) as api:
        client = client_of(api.url)
        found, numbers = client.list_contacts(), client.list_numbers(GROUP, {"+3725000007", "+3725000300"})
    assert (len(found.rows), found.unreadable) == (998, 2)
    assert (found.rows[7].last_name, found.rows[-1].last_name) == ("Saar 7", "cut \ufffd")
    assert (numbers.found, numbers.count, numbers.unreadable) == (frozenset({"+3725000007"}), 999, 1)


def stream(client: PhonebookClient) -> ContactStream:
    return client.stream_contacts(None, lambda contact: contact.number != "+3725000001")


def test_contacts_are_handed_on_while_they_come() -> None:
    rows = [contact(number) for number in range(1_000)] + [{"phoneNumber": 5}, contact(7)]
    with FakeApi(answer("200 OK", body_of(rows))) as api:
        found = stream(client_of(api.url))
        numbers = [row.number for row in found]
    assert numbers == [f"+3725{number:06}" for number in range(1_000) if number != 1]
    assert found.unreadable == 2


def test_the_first_contacts_are_there_before_the_last_ones_have_come() -> None:
    is_taken = Event()

    def reply(handler: Handler) -> None:
        whole = answer("200 OK", LONG)
        handler.wfile.write(whole[:-500])
        assert is_taken.wait(30)
        handler.wfile.write(whole[-500:])

    with FakeApi(reply) as api:
        rows = iter(stream(client_of(api.url)))
        assert next(rows).number == "+3725000000"
        is_taken.set()
        assert len(list(rows)) == 998


@pytest.mark.parametrize(("reply", "kind"), [(cut, ConnectionLost), (garbage, UnreadableAnswer)])
def test_a_stream_that_breaks_off_is_not_begun_again(reply: Reply, kind: type[PhonebookError]) -> None:
    with FakeApi(reply) as api:
        found, rows = stream(client_of(api.url)), list[Contact]()
        with pytest.raises(kind):
            rows.extend(found)
        assert rows
        assert len(api.requests) == (2 if kind is ConnectionLost else 1), "the second one is not read"


def test_a_stream_that_can_not_begin() -> None:
    with FakeApi(answer("404 Not Found")) as api, pytest.raises(Refused):
        stream(client_of(api.url))


NUMBERS = st.builds("{}{}".format, st.sampled_from(["+", "+", "+0", ""]), st.integers(0, 30) | st.integers(0, 10**20))
ODD_TEXTS = st.sampled_from(["+1\n+2", "", "3\n", "\ud800", "+٣"])


@given(st.lists(st.lists(NUMBERS, max_size=8) | st.lists(NUMBERS | ODD_TEXTS, max_size=8), max_size=4))
def test_a_number_set_is_a_set(batches: list[list[str]]) -> None:
    compact, seen = NumberSet(), dict[str, Contact]()
    for batch in batches:
        rows = [Contact(number) for number in batch]
        new = {row.number: row for row in reversed(rows) if row.number not in seen}
        assert list(map(id, compact.add_new(rows))) == [id(row) for row in rows if row is new.get(row.number)]
        seen |= new


def test_a_number_set_grows() -> None:
    compact = NumberSet()
    rows = [Contact(f"+{number * number}") for number in range(1, 3_000)]
    assert compact.add_new(rows[:2]) == rows[:2]
    assert compact.add_new([*rows, *rows]) == rows[2:]
    assert not compact.add_new(rows)
