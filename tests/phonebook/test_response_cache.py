"""A response equal to the last one is not decoded again, and no old one is ever returned."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from io import BytesIO
from threading import Barrier
from typing import TypeVar

import pytest
import urllib3

from tests.phonebook.test_client import connect
from tests.phonebook_state import PhonebookState
from webapp.phonebook.decoding import LONG_AT_ONCE, LONG_BYTES, ResponseCache

T = TypeVar("T")


def test_an_unchanged_list_is_decoded_once_and_a_changed_one_again(phonebook: PhonebookState) -> None:
    staff = phonebook.add("Staff", contacts=2)
    client = connect(phonebook)
    groups, contacts, members = client.list_groups(), client.list_contacts(), client.list_contacts(staff)
    later = replace(client, expires=time.monotonic() + 60)
    assert later.list_groups() is groups
    assert later.list_contacts() is contacts
    assert later.list_contacts(staff) is members
    phonebook.rename(staff, "Office")
    assert [group.name for group in client.list_groups().rows] == ["Office"]
    assert client.list_contacts() is contacts
    assert len(phonebook.calls) == 8


def test_two_phonebooks_share_nothing(phonebook: PhonebookState) -> None:
    assert connect(phonebook).list_groups() is not connect(phonebook).list_groups()


def fetch(cache: ResponseCache, path: str, body: bytes, decode: Callable[[bytes], T]) -> T:
    """Fetch a response with this body through the cache."""
    response = urllib3.HTTPResponse(BytesIO(body), preload_content=False)
    return cache.fetch(path, lambda read: read(response, 10 * LONG_BYTES, 1.0), decode)


def test_the_same_answer_from_another_path_is_decoded_separately() -> None:
    cache = ResponseCache()
    assert fetch(cache, "/a", b"[]", lambda _: ["a"]) == ["a"]
    assert fetch(cache, "/b", b"[]", lambda _: ["b"]) == ["b"]


def test_the_cache_is_bounded_and_the_latest_used_stays() -> None:
    cache, decoded = ResponseCache(max_bytes=30), []

    def decode(body: bytes) -> bytes:
        decoded.append(body)
        return body

    for place in "abab":
        fetch(cache, place, place.encode() * 10, decode)
    fetch(cache, "c", b"c" * 11, decode)  # for which a has to go
    for place in "bac":
        fetch(cache, place, place.encode() * (11 if place == "c" else 10), decode)
    assert decoded == [b"a" * 10, b"b" * 10, b"c" * 11, b"a" * 10, b"c" * 11]
    fetch(cache, "d", b"d" * 31, decode)
    fetch(cache, "d", b"d" * 31, decode)
    assert decoded[-2:] == [b"d" * 31] * 2, "a body larger than the cache is not cached"


def test_a_body_that_many_threads_receive_at_once_is_decoded_once() -> None:
    cache, decoded, start = ResponseCache(), [], Barrier(8)

    def decode(body: bytes) -> list[bytes]:
        decoded.append(body)
        return [body]

    def ask(_: int) -> list[bytes]:
        start.wait()
        return fetch(cache, "/a", b"[]", decode)

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(ask, range(8)))
    assert len(decoded) == 1
    assert all(each is answers[0] for each in answers)


LONG = bytes(range(256)) * (3 * LONG_BYTES // 256)


@pytest.mark.parametrize(
    "body",
    [
        LONG + b"more",
        LONG[:-1],
        LONG[: 2 * LONG_BYTES],
        LONG[:LONG_BYTES],
        b"-" + LONG[1:],
        LONG[:-1] + b"-",
        LONG[: LONG_BYTES + 5] + b"-" + LONG[LONG_BYTES + 6 :],
    ],
    ids=["longer", "shorter", "shorter by a piece", "one piece", "first byte", "last byte", "a byte in the middle"],
)
def test_a_long_body_is_compared_with_the_last_in_pieces(body: bytes) -> None:
    cache = ResponseCache()
    first = fetch(cache, "/a", LONG, lambda found: [found])
    assert first == [LONG]
    assert fetch(cache, "/a", LONG, lambda found: [found]) is first
    assert fetch(cache, "/a", body, lambda found: [found]) == [body]
    assert fetch(cache, "/a", LONG, lambda found: [found]) == [LONG]


def test_a_long_body_is_capped() -> None:
    assert fetch(ResponseCache(), "/a", LONG * 5, len) == 10 * LONG_BYTES + 1


class Held(BytesIO):
    """A body whose second piece arrives only when more bodies than allowed are being read; it fails without that."""

    def __init__(self, meeting: Barrier) -> None:
        super().__init__(LONG)
        self.meeting = meeting

    def read(self, size: int | None = -1) -> bytes:
        if self.tell() == LONG_BYTES:
            self.meeting.wait(0.5)
        return super().read(size)


@pytest.mark.parametrize(("seconds", "meet"), [(60, False), (0.01, True)], ids=["in time", "the others are stalled"])
def test_few_long_bodies_are_read_at_a_time_but_stalled_ones_hold_up_no_other(seconds: float, meet: bool) -> None:
    cache, meeting = ResponseCache(), Barrier(LONG_AT_ONCE + 1)

    def ask(number: int) -> int:
        response = urllib3.HTTPResponse(Held(meeting), preload_content=False)
        return cache.fetch(f"/{number}", lambda read: read(response, 10 * LONG_BYTES, seconds), len)

    with ThreadPoolExecutor(LONG_AT_ONCE + 1) as pool:
        answers = [pool.submit(ask, number) for number in range(LONG_AT_ONCE + 1)]
    assert [answer.exception() is None for answer in answers] == [meet] * len(answers)
