"""Sessions end when they should, and a copied cookie is invalid after that."""

import base64
import hashlib
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import event

from tests.accounts.conftest import EDITOR, JAAN, MARI, sign_in
from tests.accounts.store_fixtures import age, rows, sessions
from tests.page_client import PageClient
from tests.phonebook_state import PhonebookState
from webapp import create_app
from webapp.settings import Settings
from webapp.settings.users import Role
from webapp.store import Store


@pytest.fixture
def settings(settings: Settings, any_store: str) -> Settings:
    """On SQLite and on PostgreSQL."""
    return replace(settings, database_url=any_store)


def cookie(user: PageClient) -> str:
    found = user.client.get_cookie("session")
    assert found is not None
    return found.value


def with_cookie(app: Flask, value: str) -> PageClient:
    client = app.test_client()
    client.set_cookie("session", value)
    return PageClient(client)


def test_the_store_contains_no_token(editor: PageClient, store: Store) -> None:
    [row] = rows(store, sessions)
    with editor.client.session_transaction() as session:
        token = session["token"]
    assert len(token) >= 43
    assert token not in str(row)
    assert (row["account"], row["address"]) == ("mari", "127.0.0.1")


def test_a_cookie_from_before_signing_in_is_invalid_afterwards(user: PageClient, app: Flask) -> None:
    user.get("/sign-in")
    before = cookie(user)
    sign_in(user)
    assert cookie(user) != before
    assert with_cookie(app, before).get("/groups").h1 == "Sign in"


def test_a_cookie_copied_before_signing_out_is_invalid_afterwards(editor: PageClient, app: Flask) -> None:
    copied = cookie(editor)
    assert with_cookie(app, copied).get("/groups").h1 == "Groups"
    assert editor.get("/groups").submit("Sign out").notice == "You are signed out."
    works = [with_cookie(app, copied).get("/groups").h1 == "Groups" for _ in range(100)]
    assert works.count(True) == 0


@pytest.mark.parametrize(
    ("by", "columns", "lasts"),
    [
        (timedelta(hours=1, minutes=59), ["seen"], True),
        (timedelta(hours=2, minutes=1), ["seen"], False),
        (timedelta(hours=11, minutes=59), ["began"], True),
        (timedelta(hours=12, minutes=1), ["began"], False),
    ],
)
def test_a_session_ends_by_itself(
    editor: PageClient, store: Store, by: timedelta, columns: list[str], lasts: bool
) -> None:
    age(store, sessions, by, *columns)
    assert (editor.get("/groups").h1 == "Groups") is lasts
    assert bool(rows(store, sessions)) is lasts


def test_the_use_of_a_session_is_recorded_once_a_minute(editor: PageClient, store: Store, app: Flask) -> None:
    """And the list of groups makes one query, by an index."""
    asked: list[str] = []

    def note(_: object, __: object, statement: str, *___: object) -> None:
        asked.append(statement.split()[0])

    event.listen(app.extensions["store"].engine, "before_cursor_execute", note)
    before = rows(store, sessions)
    editor.get("/groups")
    assert [each for each in asked if each != "BEGIN"] == ["SELECT"]
    assert rows(store, sessions) == before
    age(store, sessions, timedelta(seconds=61), "seen")
    asked.clear()
    editor.get("/groups")
    assert [each for each in asked if each != "BEGIN"] == ["SELECT", "UPDATE"]
    assert rows(store, sessions)[0]["seen"] >= before[0]["seen"]


CHANGES = {
    "removed": (JAAN,),
    "another password": (replace(MARI, hash=JAAN.hash), JAAN),
    "another role": (replace(MARI, role=Role.VIEWER), JAAN),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_account_loses_its_sessions(editor: PageClient, app: Flask, settings: Settings, change: str) -> None:
    app.extensions["settings"] = replace(settings, users=CHANGES[change])
    assert editor.get("/groups").h1 == "Sign in"
    app.extensions["settings"] = settings
    assert editor.get("/groups").h1 == "Sign in", "it ends at once, and for good"


def test_users_see_their_own_sessions_and_end_them_all(editor: PageClient, viewer: PageClient, app: Flask) -> None:
    elsewhere = PageClient(app.test_client())
    sign_in(elsewhere)
    page = editor.get("/groups").follow("Mari")
    assert page.h1 == "Your account"
    assert "You can look at groups and contacts, and change them." in page.text
    assert page.caption.startswith("2 places, newest first.")
    assert [tag.get_text().strip().endswith("(here)") for tag in page.soup.select("tbody th")] == [False, True]
    assert page.submit("Sign out everywhere").notice == "You are signed out everywhere."
    assert elsewhere.get("/groups").h1 == "Sign in"
    assert viewer.get("/groups").h1 == "Groups", "another's goes on"


def test_a_sign_out_needs_its_token(editor: PageClient) -> None:
    for path in ("/sign-out", "/account/sign-out-everywhere"):
        assert editor.post(path).status == 400
    assert editor.get("/groups").h1 == "Groups"


def test_activity_shows_the_users_name(editor: PageClient, phonebook: PhonebookState) -> None:
    editor.get("/groups/new").submit("Create group", name="Office")
    assert "Mari" in editor.get("/activity").text
    assert [tag["value"] for tag in editor.get("/activity").soup.select("#person option")] == ["", "Mari"]


def test_nobody_is_let_in_if_the_store_cannot_be_read(
    editor: PageClient, app: Flask, phonebook: PhonebookState
) -> None:
    app.extensions["store"].close()
    app.extensions["store"] = Store("postgres://dashboard@127.0.0.1:1/none")
    phonebook.calls.clear()
    page = editor.get("/groups")
    assert (page.status, page.h1) == (503, "You can't be signed in now")
    assert phonebook.calls == []


@pytest.mark.parametrize("any_store", ["sqlite"], indirect=True)
def test_a_store_that_cannot_be_written_to_lets_users_read(
    editor: PageClient, app: Flask, store: Store, phonebook: PhonebookState
) -> None:
    phonebook.add("Staff")
    age(store, sessions, timedelta(minutes=5), "seen")
    engine = app.extensions["store"].engine
    event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA query_only = on"))
    app.extensions["store"].close()
    assert editor.get("/groups").h1 == "Groups"


@pytest.mark.parametrize("any_store", ["sqlite"], indirect=True)
def test_users_can_read_while_the_store_is_being_written(
    editor: PageClient, store: Store, phonebook: PhonebookState
) -> None:
    """Waiting for the lock, as a change does, would use up the time that the page has for Messente."""
    phonebook.add("Staff")
    age(store, sessions, timedelta(minutes=2), "seen")
    with store.write():
        page = editor.get("/groups")
    assert (page.status, len(page.rows)) == (200, 1)


@pytest.mark.parametrize("https", [True, False])
def test_the_cookie_is_secure_over_https(settings: Settings, https: bool) -> None:
    app = create_app(replace(settings, proxy_hops=1))
    client = app.test_client()
    answer = client.get("/sign-in", headers={"X-Forwarded-Proto": "https"} if https else {})
    [set_cookie] = answer.headers.getlist("Set-Cookie")
    attributes = set_cookie.split("; ")
    assert set_cookie.startswith("__Host-session=" if https else "session=")
    assert ("Secure" in attributes) is https
    assert {"HttpOnly", "Path=/", "SameSite=Lax"} <= set(attributes)
    assert "Domain" not in set_cookie
    assert answer.headers.get("Strict-Transport-Security") == ("max-age=31536000" if https else None)
    app.extensions["store"].close()


def test_cookies_and_tokens_are_signed_by_sha_256(editor: PageClient, app: Flask) -> None:
    """By default, the libraries use SHA-1."""
    sha256 = {"key_derivation": "hmac", "digest_method": hashlib.sha256}
    key = app.config["SECRET_KEY"]
    session = URLSafeTimedSerializer(key, salt="cookie-session", signer_kwargs=sha256).loads(cookie(editor))
    salt, masked = map(from_text, str(editor.get("/groups/new").fields("Create group")[1]["csrf_token"]).split("."))
    token = bytes(a ^ b for a, b in zip(masked, hashlib.shake_128(salt).digest(len(masked)), strict=True))
    of_form = URLSafeTimedSerializer(key, salt="wtf-csrf-token", signer_kwargs=sha256).loads(token)
    assert of_form == session["csrf_token"]


def from_text(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def test_signing_out_clears_the_browsers_cache(editor: PageClient) -> None:
    _, data = editor.get("/groups").fields("Sign out")
    answer = editor.client.post("/sign-out", data=data)
    assert answer.status_code == 303
    assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'


def test_a_session_works_on_another_machine(editor: PageClient, settings: Settings) -> None:
    other = create_app(settings)
    assert with_cookie(other, cookie(editor)).get("/groups").h1 == "Groups"
    with_cookie(other, cookie(editor)).get("/groups").submit("Sign out")
    assert editor.get("/groups").h1 == "Sign in", "signed out elsewhere"
    other.extensions["store"].close()


@pytest.mark.parametrize("any_store", ["sqlite"], indirect=True)
@pytest.mark.parametrize("button", ["Sign out", "Sign out everywhere"])
def test_a_sign_out_that_cannot_be_recorded_is_reported_as_failed(
    editor: PageClient, app: Flask, settings: Settings, button: str
) -> None:
    page = editor.get("/account")
    engine = app.extensions["store"].engine
    event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA query_only = on"))
    app.extensions["store"].close()
    page = page.submit(button)
    assert (page.status, page.h1) == (503, "You could not be signed out")
    app.extensions["store"] = Store(settings.database_url)
    assert editor.get("/account").submit(button).notice.startswith("You are signed out")


def test_typed_text_survives_a_store_failure(
    editor: PageClient, app: Flask, settings: Settings, phonebook: PhonebookState
) -> None:
    page = editor.get("/groups/new")
    app.extensions["store"].close()
    app.extensions["store"] = Store("postgres://dashboard@127.0.0.1:1/none")
    page = page.submit("Create group", name="Office")
    assert (page.status, page.h1) == (503, "You can't be signed in now")
    page = page.submit("Send again")
    assert page.status == 503, "the store is still down"
    app.extensions["store"] = Store(settings.database_url)
    assert page.submit("Send again").notice == "“Office” was created.", "the session lasts still"
    assert page.submit("Send again").notice == "“Office” was created.", "it is the same form"
    assert phonebook.groups() == {"Office": 0}


def test_the_page_that_sends_again_vouches_for_no_form(editor: PageClient, app: Flask, settings: Settings) -> None:
    app.extensions["store"].close()
    app.extensions["store"] = Store("postgres://dashboard@127.0.0.1:1/none")
    page = editor.post("/groups/new", data={"name": "Office", "csrf_token": "of another site"})
    assert page.fields("Send again")[1]["csrf_token"] == "of another site"
    page = editor.post("/groups/new", data={"name": "Office"})
    assert (page.status, page.buttons()) == (503, [])
    page = editor.post("/groups/new", data={"name": "x" * 70_000})
    assert page.status == 503
    assert "What you typed is too long to save: go back, and copy it first." in page.text
    app.extensions["store"] = Store(settings.database_url)


def test_a_sign_out_after_the_end_of_the_session_leads_to_the_groups(editor: PageClient, store: Store) -> None:
    page = editor.get("/groups")
    age(store, sessions, timedelta(hours=3), "seen")
    page = page.submit("Sign out")
    assert page.h1 == "Sign in"
    assert page.submit("Sign in", username="Mari", password=EDITOR).h1 == "Groups"
