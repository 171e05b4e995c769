"""Pages of a phonebook that is too large to be held say the same as those of a small one: only the sizes differ."""

import json
import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Event
from urllib.parse import quote
from uuid import UUID

import pytest
from flask import Flask

from tests.imports.import_fixtures import paste
from tests.page_client import Page, PageClient
from tests.phonebook.fake_api import FakeApi, Handler, answer
from tests.phonebook_state import PhonebookState
from webapp import create_app
from webapp.phonebook.long_lists import Sizes
from webapp.phonebook.response_cache import ResponseCache
from webapp.settings import Settings

SMALL = Sizes(piece=1_000, long=2_000, whole=4_000)
"""With these, a list of 30 contacts is too long to be held."""

CONTACTS = 150
"""Three pages."""


def make_small(app: Flask) -> None:
    """Let an application hold only short lists."""
    app.extensions["phonebook"] = replace(app.extensions["phonebook"], cache=ResponseCache(SMALL))


@pytest.fixture
def both(app: Flask, user: PageClient) -> Iterator[list[PageClient]]:
    """Two dashboards on one phonebook and one store: to the second of them, its lists are long."""
    other = create_app(replace(app.extensions["settings"], page_deadline=60))
    make_small(other)
    yield [user, PageClient(other.test_client())]
    other.extensions["store"].close()


@pytest.fixture
def groups(phonebook: PhonebookState) -> list[UUID]:
    """A large group, a small one that shares members with it, and one with the same members as the small one."""
    chance = random.Random(1)
    large, small, same = phonebook.add("Large 2"), phonebook.add("Small"), phonebook.add("small 10")
    first, last = ["Õnne", "onne", "Zoë", "", "Мария", "Group 2", "group 10"], ["Saar", "Säär", "", "Ähm 007"]
    for number in range(CONTACTS):
        names = {"firstName": chance.choice(first), "lastName": chance.choice(last)}
        company = {"company": chance.choice(["Acme", "ÄCME", "", "Näidis OÜ 12"])}
        there = [
            group for group, is_in in ((large, number % 10), (small, number % 4 == 0), (same, number % 4 == 0)) if is_in
        ]
        contact = f"+3725{chance.randrange(10**6, 10**7)}" if number % 5 else f"+372{chance.randrange(100)}{number}"
        phonebook.add_contact(contact, *there, **{name: text for name, text in (names | company).items() if text})
        if number % 9 == 0:
            phonebook.blacklist(contact)
    for number in range(7):
        day = (datetime.now(UTC) + timedelta(days=number)).date()
        phonebook.add_leaving(f"+3725999000{number}", str(day), firstName="Leaving")
    return [large, small, same]


ADDRESSES = [
    *(f"/contacts?{query}" for query in ("", "page=2", "sort=-company", "sort=number&page=9", "q=onne", "q=%2B37255")),
    *(f"/contacts?{each}" for each in ("group=none", "in={1}&not_in={2}", "show=blacklisted", "show=same-person")),
    *(f"/groups/{{0}}?{each}" for each in ("", "q=säär+acme&sort=company", "not_in={1}", "show=nameless", "q=nosuch")),
    *(
        f"/audience?group={{0}}&group={{1}}&{each}"
        for each in ("", "show=reached&q=saar", "show=several", "show=fixed")
    ),
    "/contacts?print=1",
    "/contacts/leaving?sort=-name",
    "/",
    "/check-up",
    "/blacklist?q=saar",
    "/groups/{1}/orphans",
    "/groups/{0}/delete",
    "/groups/delete?group={0}&group={2}",
    "/groups/merge?group={0}&group={1}",
]


@pytest.mark.long
def test_every_page_says_the_same(both: list[PageClient], groups: list[UUID]) -> None:
    for address in ADDRESSES:
        pages = [user.get(address.format(*groups)) for user in both]
        assert [page.status for page in pages] == [200, 200], address
        assert pages[0].text == pages[1].text, address


def test_an_action_on_all_that_a_list_finds(both: list[PageClient], groups: list[UUID]) -> None:
    back = quote(f"/groups/{groups[0]}?q=saar", safe="")
    for what in ("put-in-group", "move-to-group", "remove-from-group", "delete", "add-to-blacklist"):
        address = f"/bulk/{what}?all=1&back={back}&group={groups[1]}"
        pages = [user.get(address) for user in both]
        assert pages[0].status == 200
        assert pages[0].text == pages[1].text, what


def sorted_lines(page: Page) -> list[str]:
    return sorted(page.response.get_data(as_text=True).splitlines())


QUERIES = ["", "q=saar", "group=none", "in={1}", "show=blacklisted", "show=same-person", "show=nameless"]


@pytest.mark.parametrize("query", QUERIES)
@pytest.mark.parametrize("path", ["/contacts/download", "/groups/{0}/download"])
def test_a_download_has_the_same_lines(both: list[PageClient], groups: list[UUID], path: str, query: str) -> None:
    both[1].get("/contacts")  # from which the dashboard knows that the list is long
    pages = [user.get(f"{path}?{query}".format(*groups)) for user in both]
    assert [page.status for page in pages] == [200, 200]
    assert sorted_lines(pages[0]) == sorted_lines(pages[1])


@pytest.fixture
def damaged(both: list[PageClient], groups: list[UUID], phonebook: PhonebookState) -> PageClient:
    """A dashboard that knows the list of contacts, which is damaged near its end since then."""
    both[1].get("/contacts")
    rows = [{"phoneNumber": number} for number in phonebook.numbers()]
    body = json.dumps({"contacts": rows}).encode()
    phonebook.instead_path["/v1/phonebook/contacts"] = ("200 OK", body[:-20] + b"<html>")
    return both[1]


def test_a_list_that_breaks_off_gives_no_page_no_file_and_no_action(damaged: PageClient) -> None:
    for address in ("/contacts", "/contacts/download?format=xlsx", "/bulk/delete?all=1&back=/contacts"):
        page = damaged.get(address)
        assert (page.status, page.h1) == (502, "We could not get your contacts from Messente"), address


ROW_FAULTS: dict[str, Callable[[list[dict[str, object]]], None]] = {
    "a garbage row": lambda rows: rows.insert(70, {"phoneNumber": 5}),
    "a duplicate number": lambda rows: rows.insert(70, rows[3] | {"lastName": "Other"}),
    "a lone surrogate in the last row": lambda rows: rows[-1].update(lastName="cut \ud83d"),
}


@pytest.mark.parametrize("fault", ROW_FAULTS)
def test_faulty_rows_have_the_same_outcome(
    both: list[PageClient], groups: list[UUID], phonebook: PhonebookState, fault: str
) -> None:
    both[1].get("/contacts")
    rows: list[dict[str, object]] = [
        {"phoneNumber": number, "firstName": f"No {place}"} for place, number in enumerate(phonebook.numbers())
    ]
    ROW_FAULTS[fault](rows)
    phonebook.instead_path["/v1/phonebook/contacts"] = ("200 OK", json.dumps({"contacts": rows}).encode())
    last = f"page={len(rows) // 50 + 1}"
    for address in (f"/contacts?sort=number&{last}", "/bulk/delete?all=1&back=/contacts"):
        pages = [user.get(address) for user in both]
        assert pages[0].status == 200
        assert pages[0].text == pages[1].text, address
    assert sorted_lines(both[0].get("/contacts/download")) == sorted_lines(both[1].get("/contacts/download"))


def test_the_names_of_an_action_are_the_same(
    both: list[PageClient], groups: list[UUID], phonebook: PhonebookState
) -> None:
    number = "+37255500000"
    phonebook.add_contact(number, groups[1], firstName="Named")
    both[0].get(f"/groups/{groups[1]}").submit("Remove from group", number=[number]).submit("Remove from group")
    both[1].get("/contacts")
    pages = [user.get("/actions/1") for user in both]
    assert "(Named)" in pages[0].text
    assert "1 of the contacts is now in no group" in pages[0].text
    assert pages[0].text == pages[1].text


def test_a_download_that_breaks_off_says_so_and_is_cut(damaged: PageClient) -> None:
    response = damaged.client.get("/contacts/download")
    assert response.status_code == 200
    pieces: list[bytes] = []
    with pytest.raises(ConnectionResetError):
        pieces.extend(response.iter_encoded())
    lines = b"".join(pieces).splitlines()
    assert len(lines) > CONTACTS / 2
    assert lines[-1].startswith(b'"Incomplete: the rest of the contacts could not be read"')


def test_a_download_that_can_not_begin_is_a_page(
    both: list[PageClient], phonebook: PhonebookState, groups: list[UUID]
) -> None:
    both[1].get("/contacts")
    phonebook.instead_path["/v1/phonebook/contacts"] = ("500 Internal Server Error", b"{}")
    assert both[1].get("/contacts/download").status == 502


def test_a_list_that_does_not_come_in_time_can_be_downloaded(settings: Settings) -> None:
    rows = [{"phoneNumber": f"+3725{number:07}", "firstName": "Mari"} for number in range(500)]
    whole = answer("200 OK", json.dumps({"contacts": rows}).encode())
    is_over = Event()

    def reply(handler: Handler) -> None:
        if b"/phonebook/contacts" not in handler.request_bytes:
            handler.wfile.write(answer("503 Service Unavailable"))
            return
        handler.wfile.write(whole[:-100])
        is_over.wait(30)
        handler.wfile.write(whole[-100:])

    with FakeApi(reply) as api:
        app = create_app(replace(settings, api_url=api.url, page_deadline=5))
        make_small(app)
        page = PageClient(app.test_client()).get("/contacts?q=mari")
        assert (page.status, page.h1) == (502, "Messente's list is too long for a page")
        assert "try again" not in page.text.lower()
        is_over.set()
        file = page.client.get(page.link("Download as CSV")).response.get_data()
        app.extensions["store"].close()
    assert file.count(b"Mari") == len(rows)


def test_an_import_into_a_large_phonebook(
    both: list[PageClient], groups: list[UUID], phonebook: PhonebookState
) -> None:
    there = phonebook.numbers()
    cells = f"Phone\tCompany\n{there[5]}\tNew company\n{there[6]}\t\n+37255501234\tAcme"
    pages = [paste(user, cells) for user in both]
    assert "1 new" in pages[0].text
    assert pages[0].text == pages[1].text
