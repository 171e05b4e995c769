"""Answers that are the same as the last are read once, and nobody is ever shown an old one."""

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier

from tests.phonebook.test_client import connect
from tests.phonebook_state import PhonebookState
from webapp.phonebook.decoding import ResponseCache


def test_an_unchanged_list_is_read_once_and_a_changed_one_again(phonebook: PhonebookState) -> None:
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


def test_the_same_answer_from_another_place_is_another() -> None:
    cache = ResponseCache()
    assert cache.decode("/a", b"[]", lambda _: ["a"]) == ["a"]
    assert cache.decode("/b", b"[]", lambda _: ["b"]) == ["b"]


def test_what_is_kept_is_bounded_and_the_latest_used_stays() -> None:
    cache, decoded = ResponseCache(max_bytes=30), []

    def decode(body: bytes) -> bytes:
        decoded.append(body)
        return body

    for place in "abab":
        cache.decode(place, place.encode() * 10, decode)
    cache.decode("c", b"c" * 11, decode)  # for which a has to go
    for place in "bac":
        cache.decode(place, place.encode() * (11 if place == "c" else 10), decode)
    assert decoded == [b"a" * 10, b"b" * 10, b"c" * 11, b"a" * 10, b"c" * 11]
    cache.decode("d", b"d" * 31, decode)
    cache.decode("d", b"d" * 31, decode)
    assert decoded[-2:] == [b"d" * 31] * 2, "what is larger than all that may be kept is not kept"


def test_what_many_threads_are_told_at_once_is_read_once() -> None:
    cache, decoded, start = ResponseCache(), [], Barrier(8)

    def decode(body: bytes) -> list[bytes]:
        decoded.append(body)
        return [body]

    def ask(_: int) -> list[bytes]:
        start.wait()
        return cache.decode("/a", b"[]", decode)

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(ask, range(8)))
    assert len(decoded) == 1
    assert all(each is answers[0] for each in answers)
