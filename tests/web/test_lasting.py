"""Lasting errors are described as lasting, not as temporary."""

import gzip
import json
from dataclasses import replace

import pytest
from flask import Flask

from tests.page_client import Page, PageClient
from tests.phonebook.fake_api import FakeApi, answer
from tests.phonebook_state import PhonebookState
from webapp import create_app
from webapp.phonebook.transport import MAX_ANSWER_BYTES
from webapp.settings import Settings

MARI = "+37255550001"
ID = "5792a02a-e5c2-422b-a0a0-0ae65d814663"
TOO_LARGE = answer("200 OK", gzip.compress(b" " * (MAX_ANSWER_BYTES + 1)), "Content-Encoding: gzip")
HEADING = "Messente's list is too long for the dashboard"


def user_of(settings: Settings, url: str) -> PageClient:
    return PageClient(create_app(replace(settings, api_url=url)).test_client())


@pytest.mark.parametrize(
    "path", ["/groups", "/contacts", "/contacts/leaving", "/contacts/download", "/contacts/leaving/download"]
)
def test_a_page_does_not_say_try_again_after_too_large_an_answer(settings: Settings, path: str) -> None:
    with FakeApi(TOO_LARGE) as api:
        page = user_of(settings, api.url).get(path)
    assert (page.status, page.h1) == (502, HEADING)
    assert "try again" not in page.text.lower()
    assert "You can still open smaller groups, and look up one contact by their number." in page.text
    assert page.response.headers["X-Request-ID"] in page.text


@pytest.fixture
def too_many(phonebook: PhonebookState) -> PhonebookState:
    """A phonebook with too many contacts to list."""
    phonebook.add_contact(MARI, phonebook.add("Staff"), firstName="Mari")
    phonebook.instead_path["/v1/phonebook/contacts"] = ("200 OK", b" " * (MAX_ANSWER_BYTES + 1))
    return phonebook


def test_one_contact_can_still_be_looked_up(user: PageClient, too_many: PhonebookState) -> None:
    page = user.get("/contacts")
    assert page.h1 == HEADING
    found = page.submit("Look up", q="+372 5555 0001")
    assert (found.path, found.h1) == (f"/contacts/{MARI}", "Mari")
    again = page.submit("Look up", q="Mari")
    assert (again.h1, again.value("q")) == (HEADING, "Mari")


def test_the_question_before_a_deletion_does_not_say_try_again_either(
    user: PageClient, too_many: PhonebookState
) -> None:
    [group] = too_many.ids()
    page = user.get(f"/groups/{group}/delete")
    assert "We could not find out whether this contact is only in this group." in page.text
    assert "Trying again will not help" in page.text
    assert "Try again" not in page.text
    page = user.get(f"/groups/{group}/orphans")
    assert (page.status, "try again" in page.text.lower()) == (502, False)


LASTING = {
    "a redirect": answer("301 Moved Permanently", b"", "Location: https://127.0.0.1:1/"),
    "another shape": answer("200 OK", json.dumps({"data": []}).encode()),
    "not implemented": answer("501 Not Implemented"),
    "no access": answer("401 Unauthorized"),
}


@pytest.mark.parametrize("name", LASTING)
@pytest.mark.parametrize("path", ["/groups", "/contacts", f"/groups/{ID}"])
def test_a_lasting_error_is_a_matter_for_the_operator(settings: Settings, name: str, path: str) -> None:
    with FakeApi(LASTING[name]) as api:
        page = user_of(settings, api.url).get(path)
    assert page.status == 502
    assert "Whoever runs this dashboard has to fix" in page.text
    assert "in a minute" not in page.text


def test_a_form_says_so_too(settings: Settings, phonebook: PhonebookState) -> None:
    page = user_of(settings, phonebook.url).get("/groups/new")
    phonebook.instead["GET"] = ("501 Not Implemented", b"")
    page = page.submit("Create group", name="Staff")
    assert "Whoever runs this dashboard has to fix this." in page.text
    assert "in a minute" not in page.text


def test_without_time_left_the_connection_is_not_blamed(app: Flask, settings: Settings) -> None:
    app.extensions["settings"] = replace(settings, page_deadline=0)
    user = PageClient(app.test_client())
    page = user.get("/groups/new").submit("Create group", name="Staff")
    assert (page.status, page.value("name")) == (503, "Staff")
    assert "This took too long. Your groups were not changed." in page.text
    assert "could not reach" not in page.text


def shows_number(page: Page) -> bool:
    return page.response.headers["X-Request-ID"] in page.text


@pytest.mark.parametrize("path", ["/nowhere", f"/groups/{ID}", f"/contacts/{MARI}", "/groups/x/rename"])
def test_an_error_that_the_user_can_fix_has_no_request_number(user: PageClient, path: str) -> None:
    page = user.get(path)
    assert (page.status, shows_number(page)) == (404, False)


def test_a_form_that_was_open_for_too_long_has_no_number(user: PageClient) -> None:
    page = user.post("/groups/new", data={"name": "Staff", "csrf_token": "x"})
    assert (page.status, shows_number(page)) == (400, False)
