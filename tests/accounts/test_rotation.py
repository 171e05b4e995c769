"""Keys and credentials are changed by a restart, and open sessions and forms survive it."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest
import requests
from bs4 import BeautifulSoup
from flask import Flask

from tests.accounts.conftest import EDITOR, MARI, sign_in
from tests.accounts.test_deployed import GOOD, REAL
from tests.accounts.test_deployed import sign_in as sign_in_at
from tests.page_client import PASSWORD, SECRET_KEY, Page, PageClient
from tests.phonebook_state import PhonebookState
from tests.serving.deployment import PATIENCE, Deployment, free_port
from webapp import create_app
from webapp.settings import Settings

NEW = "canary-of-the-new-key-0123456789abcdef"


@pytest.fixture
def restarted(settings: Settings) -> Iterator[Flask]:
    """The same dashboard with another key, and the earlier one as a fallback."""
    app = create_app(replace(settings, secret_key=NEW, secret_key_fallbacks=(SECRET_KEY,)))
    yield app
    app.extensions["store"].close()


def moved(page: Page, app: Flask) -> Page:
    """The same page in the same browser, after the restart."""
    after = PageClient(app.test_client())
    cookie = page.client.client.get_cookie("session")
    assert cookie
    after.client.set_cookie("session", cookie.value)
    return replace(page, client=after)


def test_a_new_key_ends_no_session_and_no_open_form(
    editor: PageClient, restarted: Flask, phonebook: PhonebookState
) -> None:
    page = moved(editor.get("/groups/new"), restarted)
    assert page.submit("Create group", name="Office").h1 == "Office"
    assert phonebook.groups() == {"Office": 0}
    assert page.submit("Create group", name="Office").h1 == "Office"
    assert phonebook.groups() == {"Office": 0}, "it is the same form still, and acts once"
    cookie = page.client.client.get_cookie("session")
    with restarted.test_request_context():
        assert cookie
        restarted.config["SECRET_KEY_FALLBACKS"] = []
        after = PageClient(restarted.test_client())
        after.client.set_cookie("session", cookie.value)
    assert after.get("/groups").h1 == "Groups", "whoever has done something since needs the earlier key no more"


def test_an_open_sign_in_form_still_works(user: PageClient, restarted: Flask) -> None:
    assert moved(user.get("/sign-in"), restarted).submit("Sign in", username="mari", password=EDITOR).h1 == "Groups"


def test_without_the_earlier_key_everybody_signs_in_again(
    editor: PageClient, settings: Settings, phonebook: PhonebookState
) -> None:
    app = create_app(replace(settings, secret_key=NEW))
    page = moved(editor.get("/groups/new"), app).submit("Create group", name="Office")
    assert (page.status, page.h1) == (401, "Sign in")
    assert page.submit("Sign in", username="Mari", password=EDITOR).value("name") == "Office", "and loses nothing"
    assert phonebook.groups() == {}
    app.extensions["store"].close()


def test_a_token_of_an_unknown_key_is_refused(settings: Settings, restarted: Flask) -> None:
    forger = create_app(replace(settings, secret_key="canary-of-somebody-else-0123456789ab"))
    user = PageClient(forger.test_client())
    sign_in(user)
    assert user.get("/groups").h1 == "Groups"
    assert moved(user.get("/groups"), restarted).client.get("/groups").h1 == "Sign in"
    forger.extensions["store"].close()


@pytest.mark.long
def test_step_by_step_as_the_docs_have_it(tmp_path: Path) -> None:
    """A new SECRET_KEY, then new credentials at Messente, each by a restart, while a user stays signed in."""
    place = {"PORT": free_port(), "DATABASE_URL": f"sqlite:///{tmp_path / 'store.sqlite3'}"}
    with ExitStack() as stack:
        before, after = (stack.enter_context(PhonebookState(word)) for word in (PASSWORD, "canary-new-password"))
        browser = stack.enter_context(requests.Session())
        browser.headers["Connection"] = "close"  # a deployment waits for connections that are kept
        earlier = REAL | place | {"MESSENTE_API_URL": before.url}
        with Deployment(**earlier) as dashboard:
            url = dashboard.url
            assert sign_in_at(browser, url, "mari", GOOD).ok
            page = browser.get(f"{url}/groups/new", timeout=PATIENCE)
        new_key = earlier | {"SECRET_KEY": NEW, "SECRET_KEY_FALLBACKS": earlier["SECRET_KEY"]}
        with Deployment(**new_key):
            form = BeautifulSoup(page.text, "html.parser").select("main form input")
            data = {str(tag["name"]): str(tag.get("value", "")) for tag in form}
            assert "Office" in browser.post(f"{url}/groups/new", data=data | {"name": "Office"}, timeout=PATIENCE).text
            assert before.groups() == {"Office": 0}
        new_credentials = new_key | {"MESSENTE_API_URL": after.url}
        after.add("Staff")
        with Deployment(**new_credentials):
            answer = browser.get(f"{url}/groups", timeout=PATIENCE)
            assert answer.status_code == 502
            assert "access to Messente was refused" in answer.text
        with Deployment(**new_credentials | {"MESSENTE_API_PASSWORD": "canary-new-password"}) as dashboard:
            answer = browser.get(f"{url}/groups", timeout=PATIENCE)
            assert (answer.status_code, answer.url) == (200, f"{url}/groups")
            assert "Staff" in answer.text
        assert "canary" not in "\n".join(dashboard.lines)


def test_the_account_is_the_one_that_was_signed_in(editor: PageClient, restarted: Flask) -> None:
    assert MARI.name in moved(editor.get("/groups"), restarted).client.get("/account").text
