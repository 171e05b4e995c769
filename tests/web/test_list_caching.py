"""Work that the list does once or not at all. `make bench` measures how fast it is."""

import gzip
from collections import Counter
from dataclasses import replace

import msgspec
import pytest
from flask import Flask

from tests.page_client import PageClient
from tests.phonebook_state import PhonebookState
from webapp import create_app
from webapp.phonebook import deadline, decoding
from webapp.settings import Settings
from webapp.web import page_cache, template_filters
from webapp.web.paging import PAGE_SIZE

GZIP = {"Accept-Encoding": "gzip"}


@pytest.fixture
def counted(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Count the calls of a function from now on."""
    done: Counter[str] = Counter()

    def count(owner: object, name: str) -> None:
        original = getattr(owner, name)

        def counting(*args: object, **kwargs: object) -> object:
            done[name] += 1
            return original(*args, **kwargs)

        monkeypatch.setattr(owner, name, counting)

    count(decoding, "decode_groups")
    count(msgspec.json, "decode")
    count(deadline, "create_connection")
    count(template_filters, "_local")
    count(page_cache, "render_template")
    return done


@pytest.fixture
def many(phonebook: PhonebookState) -> PhonebookState:
    for number in range(3 * PAGE_SIZE):
        phonebook.add(f"Group {number}", created="2024-05-03T12:00:00Z")
    return phonebook


def test_a_page_of_the_list_makes_one_call_and_all_use_one_connection(
    user: PageClient, many: PhonebookState, counted: Counter[str]
) -> None:
    for number, path in enumerate(("/groups", "/groups?page=2", "/groups?q=1&sort=-contacts", "/groups"), 1):
        assert user.get(path).status == 200
        assert len(many.calls) == number
    assert counted["create_connection"] == 1


def test_an_unchanged_list_is_neither_decoded_nor_rendered_again(
    user: PageClient, many: PhonebookState, counted: Counter[str]
) -> None:
    first = user.get("/groups").soup.select("main")[0]
    assert (counted["decode_groups"], counted["render_template"]) == (1, 1)
    read, written = counted["decode"], counted["_local"]
    assert user.get("/groups").soup.select("main")[0] == first
    assert (counted["decode_groups"], counted["render_template"]) == (1, 1)
    assert (counted["decode"], counted["_local"]) == (read, written)


def test_only_shown_rows_are_rendered_and_each_once(
    user: PageClient, many: PhonebookState, counted: Counter[str]
) -> None:
    user.get("/groups")
    assert counted["_local"] == PAGE_SIZE
    user.get("/groups?q=Group")
    assert counted["_local"] == PAGE_SIZE, "the same rows, found by a search"
    many.add("Another", created="2024-05-03T12:00:00Z")
    user.get("/groups")
    assert counted["_local"] == PAGE_SIZE + 1


def test_a_change_is_seen_at_once(user: PageClient, phonebook: PhonebookState) -> None:
    staff = phonebook.add("Staff", contacts=2)
    assert user.get("/groups").soup.select("tbody th")[0].get_text() == "Staff"
    phonebook.rename(staff, "Office")
    assert user.get("/groups").soup.select("tbody th")[0].get_text() == "Office"


def test_the_cached_lists_of_an_answer_are_bounded(
    user: PageClient, many: PhonebookState, counted: Counter[str]
) -> None:
    for number in range(3 * page_cache.MAX_CACHED_LISTS):
        user.get(f"/groups?q={number}")
    user.get("/groups?q=0")
    assert counted["render_template"] == 3 * page_cache.MAX_CACHED_LISTS + 1


def test_two_applications_share_no_cache(user: PageClient, settings: Settings, phonebook: PhonebookState) -> None:
    phonebook.add("Staff")
    with PhonebookState("another") as elsewhere:
        elsewhere.add("Strangers")
        other = create_app(replace(settings, api_url=elsewhere.url, api_password="another"))
        for page, name in ((user, "Staff"), (PageClient(other.test_client()), "Strangers")) * 2:
            assert [tag.get_text() for tag in page.get("/groups").soup.select("tbody th")] == [name]
        other.extensions["store"].close()


def test_a_compressed_page_is_the_same_page(user: PageClient, many: PhonebookState) -> None:
    for path in ("/groups", "/groups?page=3", "/groups?q=%3Cb%3E", "/groups"):
        plain, packed = (user.client.get(path, headers=headers) for headers in ({}, GZIP))
        assert gzip.decompress(packed.data) == plain.data
