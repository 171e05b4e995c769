"""Signing in: the right way, the wrong way, and too often."""

import logging
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask

from tests.accounts.conftest import EDITOR, JAAN, MARI, QUICK, VIEWER, sign_in
from tests.accounts.store_fixtures import age, attempts, rows, sessions
from tests.page_client import Page, PageClient, words
from tests.phonebook_state import PhonebookState
from webapp import create_app
from webapp.accounts import passwords
from webapp.settings import Settings
from webapp.store import Store

WRONG = "The user name or the password is not right. Check both, and try again."


@pytest.fixture
def settings(settings: Settings, any_store: str) -> Settings:
    """On SQLite and on PostgreSQL."""
    return replace(settings, database_url=any_store)


def test_signing_in_leads_to_the_requested_page(user: PageClient, phonebook: PhonebookState) -> None:
    phonebook.add("Staff")
    page = user.get("/activity")
    assert (page.path, page.h1) == ("/sign-in", "Sign in")
    assert page.soup.nav is None
    [password] = page.soup.select("[name=password]")
    assert (password["type"], password["autocomplete"], password.get("maxlength")) == (
        "password", "current-password", None
    )  # fmt: skip
    assert phonebook.calls == []
    page = page.submit("Sign in", username="mari", password=EDITOR)
    assert (page.path, page.h1) == ("/activity", "Activity")
    header = page.soup.header
    assert header is not None
    assert "Mari" in words(header)
    assert user.get("/groups").rows == [["Staff", "0", user.get("/groups").rows[0][2]]]
    assert user.get("/sign-in").path == "/groups", "who is signed in has no use for it"


@pytest.mark.parametrize(
    ("name", "password"), [("Mari", "wrong"), ("nobody", EDITOR), ("Mari", VIEWER), ("x" * 999, "y")]
)
def test_errors_are_the_same_for_known_and_unknown_names(user: PageClient, name: str, password: str) -> None:
    page = sign_in(user, name, password)
    assert page.status == 422
    assert WRONG in page.text
    assert "with this number" not in page.text, "it is a typo, and nothing to look into"
    assert page.value("username") == name
    assert "value" not in page.soup.select("[name=password]")[0].attrs
    assert user.get("/groups").h1 == "Sign in"


def test_missing_input_is_reported_at_its_field(user: PageClient, store: Store) -> None:
    page = sign_in(user, " ", "")
    assert page.status == 422
    assert [words(tag) for tag in page.soup.select("[role=alert] li")] == [
        "Enter your user name",
        "Enter your password",
    ]
    assert rows(store, attempts) == [], "it is no guess"


def test_a_form_with_an_invalid_token_signs_nobody_in(user: PageClient) -> None:
    page = user.post("/sign-in", data={"username": "Mari", "password": EDITOR})
    assert page.status == 400
    assert page.submit("Sign in", password=EDITOR).h1 == "Groups"


def test_the_sixth_guess_has_to_wait_even_if_it_is_right(user: PageClient, store: Store) -> None:
    for _ in range(5):
        assert sign_in(user, password="wrong").status == 422
    page = sign_in(user)
    assert page.status == 429
    wait = int(page.response.headers["Retry-After"])
    assert 50 <= wait <= 61
    assert f"There were too many wrong guesses. Wait {wait} seconds, and try again." in page.text
    assert page.value("username") == "Mari"
    assert len(rows(store, attempts)) == 5, "what has to wait is not counted"
    age(store, attempts, timedelta(seconds=wait), "at")
    assert sign_in(user).h1 == "Groups"


def test_guesses_at_unknown_names_are_counted_too(user: PageClient) -> None:
    assert [sign_in(user, "nobody", "wrong").status for _ in range(6)] == [422] * 5 + [429]


def test_guesses_from_one_address_are_counted_together(app: Flask) -> None:
    def guess(name: str, address: str) -> int:
        client = PageClient(app.test_client())
        client.client.environ_base["REMOTE_ADDR"] = address
        return sign_in(client, name, "wrong").status

    assert [guess(f"name {number}", "192.0.2.7") for number in range(6)] == [422] * 5 + [429]
    assert guess("name 9", "192.0.2.8") == 422
    assert [guess(f"other {number}", f"2001:db8::{number}") for number in range(6)] == [422] * 5 + [429]
    assert guess("other 9", "2001:db8:0:1::1") == 422


def test_strangers_cannot_lock_an_owner_out(app: Flask) -> None:
    owner = PageClient(app.test_client())
    owner.client.environ_base["REMOTE_ADDR"] = "192.0.2.1"
    sign_in(owner).submit("Sign out")
    for number in range(5):
        stranger = PageClient(app.test_client())
        stranger.client.environ_base["REMOTE_ADDR"] = f"203.0.113.{number}"
        assert sign_in(stranger, password="wrong").status == 422
    assert sign_in(stranger).status == 429
    assert sign_in(owner).h1 == "Groups"


def test_right_guesses_are_not_counted(user: PageClient, store: Store) -> None:
    for _ in range(7):
        assert sign_in(user).submit("Sign out").notice == "You are signed out."
    assert {row["succeeded"] for row in rows(store, attempts)} == {True}


def test_the_password_is_stored_nowhere(user: PageClient, store: Store, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    sign_in(user, "my-secret-password", "canary-typed")
    sign_in(user)
    events = [record for record in caplog.records if record.name.startswith("webapp")]
    text = "\n".join(str(vars(record)) for record in events) + str(rows(store, attempts)) + str(rows(store, sessions))
    assert "my-secret-password" not in text
    assert "canary-typed" not in text
    assert EDITOR not in text
    logged = [
        (record.getMessage(), vars(record).get("account")) for record in events if "sign-in" in record.getMessage()
    ]
    assert logged == [("sign-in refused", "(unknown)"), ("sign-in", "Mari")]


def test_a_viewer_may_sign_in_by_a_name_in_any_case(user: PageClient) -> None:
    assert sign_in(user, JAAN.name.upper(), VIEWER).h1 == "Groups"


def test_nobody_can_sign_in_without_the_store(user: PageClient, app: Flask) -> None:
    page = user.get("/sign-in")
    app.extensions["store"].close()
    app.extensions["store"] = Store("postgres://dashboard@127.0.0.1:1/none")
    page = page.submit("Sign in", username="Mari", password=EDITOR)
    assert page.status == 503
    assert "You can't be signed in now" in page.text


def test_without_accounts_nobody_has_to_sign_in(settings: Settings) -> None:
    app = create_app(replace(settings, users=()))
    user = PageClient(app.test_client())
    page = user.get("/groups")
    header = page.soup.header
    assert page.h1 == "Groups"
    assert header is not None
    assert "Sandbox" in words(header)
    assert "Sign out" not in page.buttons()
    assert user.get("/sign-in").path == "/groups"
    assert user.get("/account").status == 404
    app.extensions["store"].close()


def test_an_address_is_trusted_for_its_own_account_only(app: Flask) -> None:
    owner = PageClient(app.test_client())
    owner.client.environ_base["REMOTE_ADDR"] = "192.0.2.1"
    sign_in(owner, JAAN.name, VIEWER).submit("Sign out")
    for number in range(5):
        stranger = PageClient(app.test_client())
        stranger.client.environ_base["REMOTE_ADDR"] = f"203.0.113.{number}"
        sign_in(stranger, password="wrong")
    assert sign_in(owner).status == 429


def test_a_port_does_not_change_the_throttled_address(app: Flask) -> None:
    def guess(address: str, number: int) -> int:
        client = PageClient(app.test_client())
        client.client.environ_base["REMOTE_ADDR"] = address.replace("N", str(number))
        return sign_in(client, f"name {number}", "wrong").status

    for address in ("192.0.2.1:500N", "[2001:db8::1]:500N"):
        assert [guess(address, number) for number in range(6)] == [422] * 5 + [429]


def test_attempts_are_forgotten(user: PageClient, store: Store) -> None:
    sign_in(user, password="wrong")
    sign_in(user).submit("Sign out")
    age(store, attempts, timedelta(seconds=61), "at")
    sign_in(user).submit("Sign out")
    assert [row["succeeded"] for row in rows(store, attempts)] == [True, True]
    age(store, attempts, timedelta(days=31), "at")
    sign_in(user)
    assert len(rows(store, attempts)) == 1


def test_an_attempt_refused_for_lack_of_time_is_not_counted(
    user: PageClient, store: Store, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(passwords, "HASH_TIMEOUT", 0.01)
    taken = [passwords.hash_slots.acquire(timeout=1) for _ in range(passwords.MAX_PARALLEL_HASHES)]
    for _ in range(6):
        page = sign_in(user)
        assert page.status == 503
        assert "Too many people are signing in right now" in page.text
    assert rows(store, attempts) == []
    assert caplog.messages.count("sign-in put off") == 6
    for _ in taken:
        passwords.hash_slots.release()
    assert sign_in(user).h1 == "Groups"


def test_the_cookie_is_emptied_when_signing_in(user: PageClient) -> None:
    user.get("/sign-in")
    with user.client.session_transaction() as session:
        session["planted"] = "x"
        before = session["csrf_token"]
    sign_in(user)
    with user.client.session_transaction() as session:
        assert "planted" not in session
        assert session["csrf_token"] != before


def test_a_second_tab_uses_the_same_session(user: PageClient, store: Store) -> None:
    first, second = user.get("/sign-in?next=/help"), user.get("/sign-in?next=/activity")
    first.submit("Sign in", username="Mari", password=EDITOR)
    assert second.submit("Sign in", username="Mari", password=EDITOR).h1 == "Activity"
    assert len(rows(store, sessions)) == 1


def test_ended_sessions_are_deleted_by_the_next_sign_in(user: PageClient, app: Flask, store: Store) -> None:
    sign_in(user)
    age(store, sessions, timedelta(hours=3), "seen")
    sign_in(PageClient(app.test_client()), JAAN.name, VIEWER)
    assert [row["account"] for row in rows(store, sessions)] == [JAAN.key]


def test_the_end_of_a_session_is_reported_once(user: PageClient, store: Store) -> None:
    assert user.get("/groups").notice == ""
    sign_in(user)
    age(store, sessions, timedelta(hours=3), "seen")
    assert user.get("/groups").notice == "You are not signed in any more. Sign in to continue."
    assert user.get("/groups").notice == ""


def test_no_password_is_longer_than_it_may_be(settings: Settings) -> None:
    """A longer password is refused without hashing it."""
    long = "ab" * 65
    app = create_app(replace(settings, users=(replace(MARI, hash=QUICK.hash(long)),)))
    assert sign_in(PageClient(app.test_client()), password=long).status == 422
    app.extensions["store"].close()


def restored(app: Flask, path: str, count: int) -> tuple[PageClient, list[Page]]:
    """Open tabs in parallel in a browser without a cookie. Of the cookies that it gets, it stores the last."""
    tabs = [PageClient(app.test_client()) for _ in range(count)]
    pages = [tab.get(path) for tab in tabs]
    tabs[-1].client.environ_base["HTTP_ORIGIN"] = "http://localhost"  # as browsers send it with every form
    for page in pages:
        page.client = tabs[-1]
    return tabs[-1], pages


@pytest.mark.parametrize("tab", range(4))
def test_any_of_several_restored_tabs_can_sign_in(app: Flask, tab: int) -> None:
    _, pages = restored(app, "/sign-in?next=/activity", 4)
    assert pages[tab].submit("Sign in", username="Mari", password=EDITOR).h1 == "Activity"
    assert pages[tab - 1].submit("Sign in", username="Mari", password=EDITOR).h1 == "Activity"


def test_forms_opened_in_parallel_without_accounts_each_act_once(settings: Settings, phonebook: PhonebookState) -> None:
    app = create_app(replace(settings, users=()))
    _, pages = restored(app, "/groups/new", 3)
    for _ in range(2):
        for number, page in enumerate(pages):
            assert page.submit("Create group", name=f"Made {number}").h1 == f"Made {number}"
    assert sorted(phonebook.groups()) == ["Made 0", "Made 1", "Made 2"]
    app.extensions["store"].close()


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost:8001"},
    ],
)
def test_the_form_of_another_tab_is_not_taken_from_another_site(app: Flask, headers: dict[str, str]) -> None:
    user, pages = restored(app, "/sign-in", 2)
    _, data = pages[0].fields("Sign in", username="Mari", password=EDITOR)
    assert user.post("/sign-in", data=data, headers=headers).status == 400


def test_a_form_of_another_browser_is_refused(app: Flask, user: PageClient) -> None:
    sign_in(user)
    user.client.environ_base["HTTP_ORIGIN"] = "http://localhost"
    _, data = PageClient(app.test_client()).get("/sign-in").fields("Sign in", username="Mari", password=EDITOR)
    assert user.post("/groups/new", data=data | {"name": "Staff"}).status == 400
    answer = app.test_client().post("/sign-in", data=data, headers={"Origin": "http://localhost"})
    assert answer.status_code == 400


def test_a_late_answer_of_the_old_session_does_not_replace_the_new_cookie(
    app: Flask, user: PageClient, phonebook: PhonebookState
) -> None:
    """A request of the old session is still running while its user signs in again."""
    sign_in(user)
    _, data = user.get("/groups/new").fields("Create group", name="Late")
    slow = app.test_client()
    old = user.client.get_cookie("session")
    assert old
    slow.set_cookie("session", old.value)

    def sign_in_again() -> None:
        phonebook.meanwhile = None
        user.get("/groups").submit("Sign out")
        sign_in(user)

    phonebook.meanwhile = sign_in_again
    answer = slow.post("/groups/new", data=data)
    assert answer.status_code == 303
    assert "Set-Cookie" not in answer.headers
    slow.set_cookie("session", old.value)
    assert "Set-Cookie" not in slow.get("/groups").headers, "only the sign-in page takes an old token away"
