"""A response equal to the last one is not decoded again, and no old one is ever returned."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from io import BytesIO
from queue import SimpleQueue
from threading import Barrier
from typing import TypeVar

import pytest
import urllib3

from tests.phonebook.test_client import connect
from tests.phonebook_state import PhonebookState
from webapp.phonebook.errors import AnswerTooLarge
from webapp.phonebook.long_lists import Sizes
from webapp.phonebook.response_cache import ResponseCache

T = TypeVar("T")

MAX_WAIT = 60
"""Seconds: longer than any test takes."""


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
    return cache.fetch(path, lambda read: read(response), decode, MAX_WAIT)


def test_the_same_answer_from_another_path_is_decoded_separately() -> None:
    cache = ResponseCache()
    assert fetch(cache, "/a", b"[]", lambda _: ["a"]) == ["a"]
    assert fetch(cache, "/b", b"[]", lambda _: ["b"]) == ["b"]


def test_the_cache_is_bounded_and_the_latest_used_stays() -> None:
    cache, decoded = ResponseCache(Sizes(cached=30)), []

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


LONG_BYTES = Sizes().long
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
    cache = ResponseCache(Sizes(whole=len(LONG)))
    assert fetch(cache, "/a", LONG, len) == len(LONG)
    with pytest.raises(AnswerTooLarge):
        fetch(cache, "/a", LONG + b"-", len)


def test_an_answer_after_one_that_could_not_be_decoded_is_decoded() -> None:
    cache = ResponseCache()
    assert fetch(cache, "/a", b"[]", lambda _: ["a"]) == ["a"]
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            fetch(cache, "/a", b"", lambda body: 1 // len(body))
    assert fetch(cache, "/a", b"[]", lambda _: ["b"]) == ["b"]


class Api:
    """Answers each request with another long list, once it is told to."""

    def __init__(self) -> None:
        self.asked: SimpleQueue[int] = SimpleQueue()
        self.answers: SimpleQueue[bytes] = SimpleQueue()

    def get(self, read: Callable[[urllib3.HTTPResponse], bytes]) -> bytes:
        self.asked.put(0)
        response = urllib3.HTTPResponse(BytesIO(self.answers.get(timeout=MAX_WAIT)), preload_content=False)
        return read(response)


def fetch_first_byte(cache: ResponseCache, api: Api, max_wait: float = MAX_WAIT) -> str:
    return cache.fetch("/a", api.get, lambda body: body[:1].decode(), max_wait)


def test_pages_that_wait_for_a_long_list_share_the_response_to_a_request_after_them() -> None:
    cache, api, start = ResponseCache(), Api(), Barrier(9)

    def ask() -> str:
        start.wait()
        return fetch_first_byte(cache, api)

    with ThreadPoolExecutor(9) as pool:
        first = pool.submit(fetch_first_byte, cache, api)
        api.asked.get(timeout=MAX_WAIT)
        others = [pool.submit(ask) for _ in range(8)]
        start.wait()
        for number in range(1, 10):
            api.answers.put(b"%d" % number + LONG)
        assert first.result() == "1"
        assert "1" not in {other.result() for other in others}, "that request began before they asked"
    assert api.asked.qsize() < len(others)


def test_a_page_waits_only_so_long_for_a_long_list_that_another_page_fetches() -> None:
    cache, api = ResponseCache(), Api()
    with ThreadPoolExecutor(2) as pool:
        stalled = pool.submit(fetch_first_byte, cache, api)
        api.asked.get(timeout=MAX_WAIT)
        other = pool.submit(fetch_first_byte, cache, api, 0)
        api.asked.get(timeout=MAX_WAIT)
        for number in (b"1", b"2"):
            api.answers.put(number + LONG)
        assert {stalled.result(), other.result()} == {"1", "2"}


def test_pages_get_a_short_list_without_waiting_for_each_other() -> None:
    cache, api = ResponseCache(), Api()
    api.answers.put(b"0")
    assert fetch_first_byte(cache, api) == "0"
    with ThreadPoolExecutor(8) as pool:
        pages = [pool.submit(fetch_first_byte, cache, api) for _ in range(8)]
        for _ in range(1 + len(pages)):
            api.asked.get(timeout=MAX_WAIT)
        for number in range(8):
            api.answers.put(str(number).encode())
        assert sorted(page.result() for page in pages) == list("01234567")
