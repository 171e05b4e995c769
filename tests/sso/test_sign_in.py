"""Signing in with a work account: who is allowed, with which role, and until when."""

import random
import string
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask

from tests.accounts.conftest import MARI as MARIS_PASSWORD
from tests.accounts.store_fixtures import age, rows, saved_forms, sessions
from tests.page_client import PageClient, words
from tests.phonebook_state import PhonebookState
from tests.sso.conftest import come_in, led_to
from tests.sso.fake_provider import SECRET, FakeProvider
from webapp import create_app
from webapp.settings import Settings
from webapp.settings.sso_config import SsoConfig
from webapp.settings.users import Role
from webapp.store import Store
from webapp.web.current import may_change

JAAN: dict[str, Any] = {"sub": "jaan-1", "email": "jaan@acme.example"}


def test_signing_in_leads_to_the_page_that_was_requested(user: PageClient, provider: FakeProvider) -> None:
    page = user.get("/activity")
    assert (page.path, page.h1, page.soup.nav) == ("/sign-in", "Sign in", None)
    assert page.buttons() == [], "there are no passwords"
    page = come_in(user, provider, page)
    assert (page.path, page.h1) == ("/activity", "Activity")
    assert page.soup.header
    assert "mari@acme.example" in words(page.soup.header)
    user.get("/groups/new").submit("Create group", name="Office")
    assert "mari@acme.example" in user.get("/activity").text
    page = page.follow("mari@acme.example")
    assert "You have signed in with your work account." in page.text
    notice = page.submit("Sign out").notice
    assert notice == "You are signed out. Your work account stays signed in in this browser."
    assert user.get("/groups").h1 == "Sign in"


@pytest.mark.parametrize(
    ("asked", "goal"),
    [
        ("/contacts?q=H%C3%A4m%C3%A4l%C3%A4inen+aino&page=2", "/contacts?q=H%C3%A4m%C3%A4l%C3%A4inen+aino&page=2"),
        (f"/activity?q={'x' * 400}", "/activity"),
    ],
)
def test_the_query_of_the_address_is_restored(user: PageClient, provider: FakeProvider, asked: str, goal: str) -> None:
    back = provider.lets_in(led_to(user, user.get(asked)))
    assert user.client.get(back).headers["Location"] == goal


def test_the_parameters_of_the_provider_link(user: PageClient, provider: FakeProvider) -> None:
    sent = parse_qs(urlsplit(led_to(user)).query)
    assert {name: sent.pop(name) for name in ("client_id", "redirect_uri", "scope", "response_type")} == {
        "client_id": ["dashboard"],
        "redirect_uri": ["http://localhost/sign-in/back"],
        "scope": ["openid email"],
        "response_type": ["code"],
    }
    assert sent.pop("code_challenge_method") == ["S256"]
    assert set(sent) == {"state", "nonce", "code_challenge"}
    assert all(len(value[0]) >= 22 for value in sent.values())
    assert sent != parse_qs(urlsplit(led_to(user)).query)


def test_editors_may_change_and_others_may_look(user: PageClient, provider: FakeProvider, store: Store) -> None:
    page = come_in(user, provider)
    assert page.link("Create a group") == "/groups/new"
    other = come_in(user, provider, page.submit("Sign out"), **JAAN)
    assert "Create a group" not in other.text
    assert user.get("/groups/new").status == 403


def test_a_stranger_may_change_nothing(app: Flask) -> None:
    with app.test_request_context("/groups"):
        assert not may_change()


def test_without_a_default_role_only_editors_come_in(app: Flask, settings: Settings, sso: SsoConfig) -> None:
    sso = replace(sso, default_role=None)
    assert sso.role_of("mari@acme.example") is Role.EDITOR
    assert sso.role_of("jaan@acme.example") is None
    assert replace(sso, default_role=Role.EDITOR).role_of("jaan@acme.example") is Role.EDITOR


def test_the_store_contains_no_token_and_one_identity(
    user: PageClient, other_user: PageClient, provider: FakeProvider, store: Store
) -> None:
    come_in(user, provider)
    come_in(other_user, provider)
    come_in(PageClient(user.client.application.test_client()), provider, **JAAN)
    mine, too, other = rows(store, sessions)
    assert mine["account"] == too["account"] != other["account"]
    assert mine["stamp"] == "editor mari@acme.example"
    assert "mari-1" not in str(mine)
    assert user.get("/account").caption.startswith("2 places")
    assert user.get("/account").submit("Sign out everywhere").notice.startswith("You are signed out everywhere.")
    assert [row["account"] for row in rows(store, sessions)] == [other["account"]]


def test_another_address_of_the_same_account_ends_its_other_sessions(
    user: PageClient, other_user: PageClient, provider: FakeProvider, store: Store
) -> None:
    come_in(user, provider)
    come_in(other_user, provider, email="mari.tamm@acme.example")
    assert [row["stamp"] for row in rows(store, sessions)] == ["viewer mari.tamm@acme.example"]
    assert user.get("/groups").h1 == "Sign in"


CHANGES: dict[str, Callable[[SsoConfig], SsoConfig | None]] = {
    "no single sign-on": lambda _: None,
    "another domain": lambda sso: replace(sso, domains=frozenset(["other.example"])),
    "another role": lambda sso: replace(sso, editors=frozenset()),
    "not let in": lambda sso: replace(sso, editors=frozenset(), default_role=None),
    "another issuer": lambda sso: replace(sso, issuer="https://accounts.google.com"),
    "another application": lambda sso: replace(sso, client_id="other"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_user_who_is_no_longer_allowed_has_no_session(
    user: PageClient, provider: FakeProvider, app: Flask, settings: Settings, sso: SsoConfig, change: str
) -> None:
    come_in(user, provider)
    app.extensions["settings"] = replace(settings, users=(MARIS_PASSWORD,), sso=CHANGES[change](sso))
    assert user.get("/groups").h1 == "Sign in"
    app.extensions["settings"] = settings
    assert user.get("/groups").h1 == "Sign in", "it ends at once, and for good"


def test_another_client_secret_ends_no_session(
    user: PageClient, provider: FakeProvider, settings: Settings, sso: SsoConfig
) -> None:
    come_in(user, provider)
    provider.secret = "canary-another-secret"
    app = create_app(replace(settings, sso=replace(sso, client_secret=provider.secret)))
    again = PageClient(app.test_client())
    cookie = user.client.get_cookie("session")
    assert cookie
    again.client.set_cookie("session", cookie.value)
    assert again.get("/groups").h1 == "Groups"
    assert come_in(PageClient(app.test_client()), provider).h1 == "Groups"
    app.extensions["store"].close()


@pytest.mark.parametrize(("by", "column"), [(timedelta(hours=2, minutes=1), "seen"), (timedelta(hours=13), "began")])
def test_a_session_ends_by_itself(
    user: PageClient, provider: FakeProvider, store: Store, by: timedelta, column: str
) -> None:
    come_in(user, provider)
    age(store, sessions, by, column)
    page = user.get("/groups")
    assert page.notice == "You are not signed in any more. Sign in to continue."


def test_passwords_are_refused_if_there_are_no_accounts(user: PageClient, provider: FakeProvider) -> None:
    come_in(user, provider)
    _, data = user.get("/groups").fields("Sign out")
    user.post("/sign-out", data=data)
    page = user.post("/sign-in", data=data | {"username": "mari", "password": SECRET})
    assert page.status == 403
    assert "There are no passwords here. Sign in with your work account." in page.text


def test_password_and_single_sign_on_are_offered_together(settings: Settings, provider: FakeProvider) -> None:
    app = create_app(replace(settings, users=(MARIS_PASSWORD,)))
    user = PageClient(app.test_client())
    page = user.get("/sign-in?next=/help")
    assert [words(tag) for tag in page.soup.select("h2")] == ["Or with a password"]
    assert page.submit("Sign in", username="Mari", password="plum-candle-orbit").h1 != "Sign in"
    assert user.get("/groups").submit("Sign out").notice == "You are signed out."
    assert come_in(user, provider, page).path == "/help"
    app.extensions["store"].close()


TYPED = "Õhtune vahetus <b> 🌙" * 12


def test_typed_text_is_shown_after_single_sign_on(
    user: PageClient, provider: FakeProvider, phonebook: PhonebookState, store: Store
) -> None:
    come_in(user, provider)
    page = user.get("/groups/new")
    age(store, sessions, timedelta(hours=3), "seen")
    page = page.submit("Create group", name=TYPED)
    assert page.status == 401
    assert "What you typed is saved. Sign in to continue." in page.text
    page = come_in(user, provider, page)
    assert (page.path, page.value("name")) == ("/groups/new", TYPED)
    assert phonebook.groups() == {}, "it is shown, not sent"
    assert rows(store, saved_forms) == []
    assert page.submit("Create group").h1 == TYPED
    assert user.get("/groups/new").value("name") == "", "it is shown once"


def test_typed_text_survives_a_failed_sign_in(user: PageClient, provider: FakeProvider, store: Store) -> None:
    come_in(user, provider)
    page = user.get("/groups/new")
    age(store, sessions, timedelta(hours=3), "seen")
    page = page.submit("Create group", name="Night shift")
    state = parse_qs(urlsplit(led_to(user, page)).query)["state"][0]
    page = user.get(f"/sign-in/back?error=access_denied&state={state}")
    assert "What you typed is saved" in page.text
    assert come_in(user, provider, page).value("name") == "Night shift"


def test_typed_text_is_not_shown_after_an_unrelated_sign_in(
    user: PageClient, provider: FakeProvider, store: Store
) -> None:
    come_in(user, provider)
    page = user.get("/groups/new")
    age(store, sessions, timedelta(hours=3), "seen")
    page.submit("Create group", name="Secret party")
    back = provider.lets_in(led_to(user, user.get("/sign-in?next=/groups/new")), **JAAN | {"sub": "x"})
    assert "Secret party" not in user.get(back).soup.get_text()


MUCH = "".join(chr(0x4E00 + 7 * number) for number in range(2000))


def test_a_long_text_is_shown_after_the_provider(user: PageClient, provider: FakeProvider, store: Store) -> None:
    come_in(user, provider)
    page = user.get("/groups/new")
    age(store, sessions, timedelta(hours=3), "seen")
    page.submit("Create group", name="Something else")
    for name in (MUCH[::-1], MUCH):  # the latest counts
        waiting = page.submit("Create group", name=name)
        assert "What you typed is saved" in waiting.text
    state = parse_qs(urlsplit(led_to(user, waiting)).query)["state"][0]
    waiting = user.get(f"/sign-in/back?error=access_denied&state={state}")
    page = come_in(user, provider, waiting)
    assert (page.path, page.value("name")) == ("/groups/new", MUCH)
    assert user.get("/groups/new").value("name") == "", "the earlier ones are not shown"


def test_a_saved_form_expires_and_signs_nobody_in(
    user: PageClient, other_user: PageClient, provider: FakeProvider, store: Store
) -> None:
    come_in(user, provider)
    page = user.get("/groups/new")
    age(store, sessions, timedelta(hours=3), "seen")
    waiting = page.submit("Create group", name=MUCH)
    with user.client.session_transaction() as session:
        session["token"] = session["browser"]
    assert user.get("/groups").h1 == "Sign in"
    page = come_in(user, provider, waiting)
    assert page.value("name") == MUCH
    age(store, sessions, timedelta(hours=3), "seen")
    waiting = page.submit("Create group", name=MUCH)
    age(store, saved_forms, timedelta(hours=12, minutes=1), "began")
    come_in(other_user, provider)
    assert rows(store, saved_forms) == []
    assert come_in(user, provider, waiting).value("name") == ""


def test_a_stranger_leaves_nothing_in_the_store(user: PageClient, store: Store) -> None:
    page = user.post("/groups/new", data={"name": MUCH})
    assert "What you typed is too long to save: go back, and copy it first." in page.text
    assert "saved=" not in page.link("Sign in with your work account")
    assert rows(store, saved_forms) == rows(store, sessions) == []


def test_another_user_of_the_browser_does_not_see_the_saved_form(
    user: PageClient, provider: FakeProvider, store: Store
) -> None:
    come_in(user, provider)
    page = user.get("/groups/new")
    age(store, sessions, timedelta(hours=3), "seen")
    waiting = page.submit("Create group", name=MUCH)
    led_to(user, user.get("/sign-in?next=/groups/new"))
    assert come_in(user, provider, waiting).value("name") == ""


def test_two_names_of_any_length_are_saved_for_strangers(user: PageClient, provider: FakeProvider) -> None:
    chance = random.Random(7)
    longest = ["".join(chr(chance.randrange(0x20000, 0x2A000)) for _ in range(250)) for _ in range(2)]
    page = user.post("/groups/new", data={"name": longest[0], "was": longest[1], "anyway": ""})
    assert "What you typed is saved" in page.text
    assert come_in(user, provider, page).value("name") == longest[0]


def cookie_size(user: PageClient) -> int:
    cookie = user.client.get_cookie("session")
    assert cookie
    return len(cookie.value)


def test_abandoned_sign_ins_do_not_grow_the_cookie(user: PageClient, provider: FakeProvider) -> None:
    sizes = []
    for _ in range(50):
        led_to(user, user.get("/sign-in?next=/groups/5792a02a-e5c2-422b-a0a0-0ae65d814663/rename"))
        sizes.append(cookie_size(user))
    assert max(sizes) < 1500
    assert sizes[-1] == pytest.approx(sizes[2], abs=40)
    long = "".join(random.Random(7).choices(string.ascii_letters, k=5000))  # nothing that could be compressed
    assert user.client.get(f"/sign-in/work-account?next=/{long}").status_code == 302
    assert cookie_size(user) < 1500
    assert come_in(user, provider).h1 == "Groups"
    assert cookie_size(user) < 200


def test_tabs_do_not_interfere(user: PageClient, provider: FakeProvider) -> None:
    first, second = (user.get(f"/sign-in?next={path}") for path in ("/help", "/activity"))
    backs = [provider.lets_in(led_to(user, page)) for page in (first, second)]
    assert user.get(backs[0]).path == "/help"
    assert user.get(backs[1]).path == "/groups", "signed in already"
    assert led_to_groups(user, second.link("Sign in with your work account"))


def led_to_groups(user: PageClient, link: str) -> bool:
    return bool(user.client.get(link).headers["Location"] == "/activity")


def test_without_single_sign_on_there_are_no_such_addresses(settings: Settings) -> None:
    app = create_app(replace(settings, sso=None, users=(MARIS_PASSWORD,)))
    user = PageClient(app.test_client())
    assert [user.get(f"/sign-in/{each}").status for each in ("work-account", "back")] == [404, 404]
    assert "work account" not in user.get("/sign-in").text
    app.extensions["store"].close()


def test_making_the_dashboard_asks_nothing(app: Flask, provider: FakeProvider, user: PageClient) -> None:
    user.get("/sign-in")
    assert provider.asked == []
    led_to(user)
    led_to(user)
    assert provider.asked == ["/.well-known/openid-configuration"], "once for all"
