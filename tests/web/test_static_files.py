"""Caching, compression and size of static files and pages."""

import gzip
import itertools
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask

from tests.page_client import PageClient
from tests.phonebook_state import PhonebookState
from webapp import create_app
from webapp.settings import Settings

GZIP = {"Accept-Encoding": "gzip, br"}


def files(user: PageClient) -> list[str]:
    return [str(tag["href"]) for tag in user.get("/help").soup.select("head link")]


def test_files_are_cached_for_a_year_and_their_addresses_change_with_them(user: PageClient) -> None:
    found = files(user)
    assert len(found) == 2
    for address in found:
        answer = user.client.get(address)
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        stale = user.client.get(urlsplit(address).path + "?v=000000000000")
        assert stale.headers["Cache-Control"] == "no-cache"
        stale.close()
        answer.close()


ELSEWHERE = ["", ".", "..", "../webapp/settings/settings.py", "%2e%2e/README.md", "..%5cREADME.md", "%2fetc%2fpasswd"]
ELSEWHERE += ["..%2f" * 9 + "etc/passwd", "../" * 9 + "dev/zero", "style.css%00", "style.css/", "./style.css"]


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "POST", "TRACE"])
def test_no_file_outside_the_folder_is_opened(app: Flask, method: str) -> None:
    """The served files were read at the start, and no request opens them again."""
    reads = method in {"GET", "HEAD"}
    with opened_files() as opened:
        for path in ELSEWHERE:
            answer = app.test_client().open(f"/static/{path}", method=method)
            assert answer.status_code in {308, 404, 405}
            assert "ETag" not in answer.headers
        style = app.test_client().open("/static/style.css?v=0123456789ab", method=method)
    assert style.status_code == (200 if reads else 405)
    assert [path for path in opened if "/static" in path or path.startswith(("/etc", "/dev"))] == []
    assert app.test_client().get("/.git/config").status_code == 404


@contextmanager
def opened_files() -> Iterator[list[str]]:
    """The files that are opened in the `with` block. An audit hook can't be removed, so it stops recording."""
    opened: list[str] = []
    takes_note = True

    def note(event: str, arguments: tuple[Any, ...]) -> None:
        if takes_note and event == "open":
            opened.append(str(arguments[0]))

    sys.addaudithook(note)
    yield opened
    takes_note = False


def test_a_file_that_has_not_changed_is_not_sent_again(user: PageClient) -> None:
    first = user.client.get("/static/style.css")
    again = user.client.get("/static/style.css", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


@pytest.mark.parametrize("path", ["/groups", "/help", "style.css"])
def test_responses_are_compressed_if_the_browser_accepts_it(user: PageClient, path: str) -> None:
    address = files(user)[0] if path == "style.css" else path
    plain, packed = user.client.get(address), user.client.get(address, headers=GZIP)
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in packed.headers["Vary"]
    assert int(packed.headers["Content-Length"]) == len(packed.data) < len(plain.data)
    assert gzip.decompress(packed.data) == plain.data
    for answer in (plain, packed):
        answer.close()


def test_downloads_are_not_compressed(user: PageClient) -> None:
    assert "Content-Encoding" not in user.client.get("/activity/download", headers=GZIP).headers


def test_no_two_pages_share_a_token(user: PageClient) -> None:
    """So compression reveals nothing about the token: no two pages have even six characters of it in the same place."""
    tokens = [user.get("/groups/new").value("csrf_token") for _ in range(20)]
    assert len({len(token) for token in tokens}) == 1
    for one, other in itertools.combinations(tokens, 2):
        parts = {one[start : start + 6] for start in range(len(one) - 6)}
        assert not [start for start in range(len(other) - 6) if other[start : start + 6] in parts]


@pytest.mark.parametrize("token", ["a", ".", "a.b", "é.é", "AAAA.====", "a" * 60000])
def test_a_token_that_cannot_be_unmasked_is_refused(user: PageClient, token: str) -> None:
    page = user.post("/groups/new", data={"name": "Staff", "csrf_token": token})
    assert (page.status, page.value("name")) == (400, "Staff")


@pytest.mark.parametrize("path", ["/groups", "/contacts", "/groups/{}"])
def test_a_page_of_fifty_rows_is_light(app: Flask, user: PageClient, phonebook: PhonebookState, path: str) -> None:
    for number in range(60):
        group = phonebook.add(f"Customers in the town {number:02}", contacts=number % 3, created="2024-05-03T12:00Z")
    for number in range(60):
        details = {"company": "Saaremaa Laevad", "email": f"maarja.magi.{number}@example.org"}
        phonebook.add_contact(f"+3725699{number:04}", group, firstName=f"Maarja {number}", lastName="Mägi", **details)
    page = user.client.get(path.format(group), headers=GZIP)
    style = user.client.get(files(user)[0], headers=GZIP)
    html = gzip.decompress(page.data)
    both = len(page.data) + len(style.data)
    print(f"{len(html)} bytes of HTML, {len(page.data)} compressed; {both} with the stylesheet")
    assert html.count(b"<tr>") == 51
    assert len(html) <= 36_000
    assert len(page.data) <= 6_000
    assert both <= 10_500
    assert b"<script" not in html
    assert len(files(user)) == 2, "the stylesheet, and the icon"
    style.close()


def test_the_style_guide_is_for_the_sandbox(settings: Settings, user: PageClient) -> None:
    assert user.get("/styleguide").h1 == "Style guide"
    real = create_app(replace(settings, sandbox=False))
    assert PageClient(real.test_client()).get("/styleguide").status == 404
    real.extensions["store"].close()


def test_the_stylesheet_is_small_and_moves_nothing(user: PageClient) -> None:
    answer = user.client.get(files(user)[0])
    style = answer.get_data(as_text=True)
    answer.close()
    assert len(style.encode()) < 16_000
    assert len(gzip.compress(style.encode())) < 4_500
    assert "animation" not in style
    assert "transition" not in style
