"""Invalid answers of the provider, or forged ones, are refused with a message."""

import base64
import hmac
import json
import logging
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from flask import Flask
from joserfc import jwt

from tests.accounts.store_fixtures import rows, sessions
from tests.accounts.test_guard import breaches
from tests.page_client import PageClient
from tests.phonebook_state import PhonebookState
from tests.sso.conftest import come_in, led_to
from tests.sso.fake_provider import CLIENT, KEYS, SECRET, FakeProvider, key, sign
from webapp.store import Store
from webapp.web.log_format import LineFormatter

NOT_STARTED = "This sign-in can't be used. It was not started in this browser, or it took too long. Start again"
SPENT = "This sign-in can't be used. It was used already, took too long, or belongs to another browser. Start again"
UNTRUSTED = (
    "We could not verify who you are. The answer from your work account's service could not be verified. Start again"
)
NOT_CONFIRMED = "Your work account has no confirmed e-mail address. Only confirmed addresses"
NOT_LET_IN = "Your work account is not let in here. Use another, or ask whoever runs this dashboard"
CANCELLED = "You were not signed in. You cancelled the sign-in with your work account. Start again from here."
TURNED_AWAY = "The dashboard can't use your work account. Whoever runs this dashboard has to fix this."
NO_ANSWER = "Your work account can't be reached now. Its service does not answer. Try again in a minute."


def encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def part(content: object) -> str:
    return encoded(json.dumps(content).encode())


def unsigned(claims: dict[str, Any]) -> str:
    return f"{part({'alg': 'none', 'kid': 'one'})}.{part(claims)}."


def signed_by_the_public_key(claims: dict[str, Any]) -> str:
    """An ID token signed with the public key as if it were the secret of a symmetric signature."""
    text = f"{part({'alg': 'HS256', 'kid': 'one'})}.{part(claims)}"
    return f"{text}.{encoded(hmac.digest(key('one').as_pem(private=False), text.encode(), 'sha256'))}"


def with_a_header_that_must_be_understood(claims: dict[str, Any]) -> str:
    text = f"{part({'alg': 'RS256', 'kid': 'one', 'crit': ['x'], 'x': 1})}.{part(claims)}"
    private = key("one").private_key
    assert private
    return f"{text}.{encoded(private.sign(text.encode(), PKCS1v15(), SHA256()))}"


def tampered_with(claims: dict[str, Any]) -> str:
    head, _, signature = sign(claims).split(".")
    return f"{head}.{part(claims | {'email': 'boss@acme.example'})}.{signature}"


def signed_by_another(claims: dict[str, Any]) -> str:
    return jwt.encode({"alg": "RS256", "kid": "one"}, claims, key("another"))


@dataclass(frozen=True)
class Case:
    """A fault of the ID token, the message to the user, and the reason in the log."""

    message: str
    reason: str
    claims: dict[str, Any] = field(default_factory=dict)
    token: Callable[[dict[str, Any]], str] = sign


NOW = int(time.time())
CASES = {
    "wrong nonce": Case(UNTRUSTED, "InvalidClaimError nonce", {"nonce": "x" * 22}),
    "no nonce": Case(UNTRUSTED, "MissingClaimError nonce", {"nonce": None}),
    "wrong audience": Case(UNTRUSTED, "InvalidClaimError aud", {"aud": "another"}),
    "several audiences": Case(UNTRUSTED, "MissingClaimError azp", {"aud": [CLIENT, "another"]}),
    "for another": Case(UNTRUSTED, "InvalidClaimError azp", {"aud": [CLIENT, "another"], "azp": "another"}),
    "expired": Case(UNTRUSTED, "ExpiredTokenError exp", {"iat": NOW - 900, "exp": NOW - 600}),
    "never expires": Case(UNTRUSTED, "MissingClaimError exp", {"exp": None}),
    "of the future": Case(UNTRUSTED, "InvalidClaimError iat", {"iat": NOW + 86_400, "exp": NOW + 90_000}),
    "wrong issuer": Case(UNTRUSTED, "InvalidClaimError iss", {"iss": "https://accounts.google.com"}),
    "no subject": Case(UNTRUSTED, "MissingClaimError sub", {"sub": None}),
    "odd subject": Case(UNTRUSTED, "InvalidClaimError sub", {"sub": ["mari-1"]}),
    "another access token": Case(UNTRUSTED, "InvalidClaimError at_hash", {"at_hash": "x" * 22}),
    "unsigned": Case(UNTRUSTED, "UnsupportedAlgorithmError", token=unsigned),
    "signed by the public key": Case(UNTRUSTED, "UnsupportedAlgorithmError", token=signed_by_the_public_key),
    "signed by another": Case(UNTRUSTED, "BadSignatureError", token=signed_by_another),
    "tampered with": Case(UNTRUSTED, "BadSignatureError", token=tampered_with),
    "must be understood": Case(UNTRUSTED, "UnsupportedHeaderError", token=with_a_header_that_must_be_understood),
    "an unknown key": Case(UNTRUSTED, "unknown key", token=lambda each: sign(each, "another")),
    "no token": Case(UNTRUSTED, "DecodeError", token=lambda _: "x"),
    "unconfirmed address": Case(NOT_CONFIRMED, "email_verified", {"email_verified": False}),
    "address confirmed by nobody": Case(NOT_CONFIRMED, "email_verified", {"email_verified": None}),
    "confirmed in other words": Case(NOT_CONFIRMED, "email_verified", {"email_verified": "false"}),
    "no address": Case(NOT_CONFIRMED, "no address", {"email": None}),
    "an address that passes for another": Case(NOT_CONFIRMED, "no address", {"email": "\u212aai@acme.example"}),
    "foreign domain": Case(NOT_LET_IN, "settings", {"email": "mari@evil.example"}),
    "domain as a part": Case(NOT_LET_IN, "settings", {"email": "mari@acme.example.evil.example"}),
    "subdomain": Case(NOT_LET_IN, "settings", {"email": "mari@x.acme.example"}),
    "two domains": Case(NOT_LET_IN, "settings", {"email": "mari@evil.example@acme.example"}),
    "quoted": Case(NOT_LET_IN, "settings", {"email": '"x@evil.example "@acme.example'}),
    "broken off": Case(NOT_LET_IN, "settings", {"email": "mari@acme.example\n"}),
}


def told_of(caplog: pytest.LogCaptureFixture) -> list[str]:
    lines = [LineFormatter().format(each) for each in caplog.records if each.name.startswith("webapp.accounts")]
    assert not [line for line in lines if "@" in line or "mari" in line.lower() or "code~" in line]
    return lines


@pytest.mark.parametrize("name", CASES)
def test_invalid_tokens_are_refused(
    user: PageClient, provider: FakeProvider, store: Store, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    caplog.set_level(logging.INFO)
    case = CASES[name]
    provider.token = case.token
    page = come_in(user, provider, **case.claims)
    assert case.message in page.text
    assert page.status == (502 if case.message == UNTRUSTED else 403)
    [line] = told_of(caplog)
    assert re.search(rf'event="work account refused" .*reason="?{re.escape(case.reason)}"?$', line), line
    assert rows(store, sessions) == []


def test_a_state_of_another_browser_is_refused(
    user: PageClient, other_user: PageClient, provider: FakeProvider
) -> None:
    back = provider.lets_in(led_to(user))
    other_states = [back.replace("state=", f"state={each}") for each in ("x", "%ff")]
    for forged in (*other_states, "/sign-in/back", "/sign-in/back?state=&code=x"):
        page = user.get(forged)
        assert page.status == 400
        assert NOT_STARTED in page.text
    assert NOT_STARTED in other_user.get(back).text, "another's link signs nobody in"
    assert "/token" not in provider.asked
    assert user.get(back).h1 == "Groups"


def test_a_failed_sign_in_cannot_be_continued(user: PageClient, provider: FakeProvider) -> None:
    back = provider.lets_in(led_to(user))
    provider.instead = {KEYS: b""}
    assert NO_ANSWER in user.get(back).text
    provider.instead = {}
    assert NOT_STARTED in user.get(back).text
    assert come_in(user, provider).h1 == "Groups", "what went wrong does not last"


def test_a_sign_in_counts_for_half_an_hour(user: PageClient, provider: FakeProvider) -> None:
    back = provider.lets_in(led_to(user))
    with user.client.session_transaction() as session:
        session["logins"] = [each | {"began": each["began"] - 1801} for each in session["logins"]]
    assert NOT_STARTED in user.get(back).text


def test_a_code_counts_once(app: Flask, user: PageClient, provider: FakeProvider) -> None:
    back = provider.lets_in(led_to(user))
    before = user.client.get_cookie("session")
    assert before
    assert user.get(back).h1 == "Groups"
    assert user.get(back).path == "/groups", "the way back leads nowhere, once used"
    thief = PageClient(app.test_client())
    thief.client.set_cookie("session", before.value)
    page = thief.get(back)
    assert page.status == 400
    assert SPENT in page.text


def test_a_code_of_another_sign_in_is_refused(
    user: PageClient, other_user: PageClient, provider: FakeProvider, store: Store
) -> None:
    """The other browser has its code verifier (PKCE)."""
    stolen = provider.lets_in(led_to(other_user), sub="boss", email="boss@acme.example")
    code = re.search(r"code=([^&]+)", stolen)
    own = provider.lets_in(led_to(user))
    assert code
    page = user.get(re.sub(r"code=[^&]+", f"code={code[1]}", own))
    assert SPENT in page.text
    assert rows(store, sessions) == []


@pytest.mark.parametrize(
    ("error", "message", "status"),
    [
        ("access_denied", CANCELLED, 401),
        ("temporarily_unavailable", NO_ANSWER, 503),
        ("server_error", NO_ANSWER, 503),
        ("unauthorized_client", TURNED_AWAY, 502),
        ("x\r\nevent=sign-in", TURNED_AWAY, 502),
        ("", TURNED_AWAY, 502),
    ],
)
def test_errors_of_the_provider_are_explained(
    user: PageClient, provider: FakeProvider, caplog: pytest.LogCaptureFixture, error: str, message: str, status: int
) -> None:
    caplog.set_level(logging.INFO)
    back = re.sub(r"code=[^&]+&", "", provider.lets_in(led_to(user)))
    page = user.get(back + (f"&error={quote(error)}" if error else ""))
    assert message in page.text
    assert page.status == status
    [line] = told_of(caplog)
    assert "level=WARNING" in line, "anybody can make it up"
    assert "/token" not in provider.asked


def test_an_answer_of_another_issuer_is_refused(user: PageClient, provider: FakeProvider) -> None:
    back = re.sub(r"iss=[^&]+", "iss=https://evil.example", provider.lets_in(led_to(user)))
    assert UNTRUSTED in user.get(back).text
    assert "/token" not in provider.asked


def test_a_refusal_of_the_dashboards_own_credentials_is_reported(
    user: PageClient, provider: FakeProvider, caplog: pytest.LogCaptureFixture
) -> None:
    provider.secret = "another"
    page = come_in(user, provider)
    assert (page.status, TURNED_AWAY in page.text) == (502, True)
    assert [record.levelname for record in caplog.records if record.name.startswith("webapp.accounts")] == ["ERROR"]
    provider.secret = SECRET
    assert come_in(user, provider).h1 == "Groups"


def test_after_a_refused_account_another_is_asked_for(user: PageClient, provider: FakeProvider) -> None:
    page = come_in(user, provider, email="mari@evil.example")
    link = page.link("Sign in with another work account")
    assert "prompt=login" in user.client.get(link).headers["Location"]
    assert "prompt" not in led_to(user)


def test_new_keys_are_accepted_and_old_ones_refused(user: PageClient, provider: FakeProvider) -> None:
    come_in(user, provider).submit("Sign out")
    provider.keys = [key("two").as_dict(private=False)]
    provider.token = lambda claims: sign(claims, "two")
    come_in(user, provider).submit("Sign out")
    assert provider.asked.count(KEYS) == 2, "asked again once, and kept"
    come_in(user, provider).submit("Sign out")
    assert provider.asked.count(KEYS) == 2
    provider.token = sign
    assert UNTRUSTED in come_in(user, provider).text
    assert provider.asked.count(KEYS) == 3


def test_keys_for_other_purposes_are_ignored(user: PageClient, provider: FakeProvider) -> None:
    odd: list[Any] = [
        {"kty": "oct", "k": "AAAA", "kid": "one"},
        {"kty": "AKP", "kid": "one"},
        {},
        {"kty": "RSA", "kid": "one"},
    ]
    provider.keys = [*odd, key("one").as_dict(private=False)]
    assert come_in(user, provider).h1 == "Groups"
    user.get("/groups").submit("Sign out")
    provider.keys = [key("another").as_dict(private=False, use="enc")]
    provider.token = lambda claims: sign(claims, "another")
    assert TURNED_AWAY in come_in(user, provider).text


@pytest.mark.long
def test_a_stranger_sees_nothing(app: Flask, phonebook: PhonebookState) -> None:
    assert breaches(app, phonebook.add("Staff"), phonebook) == []
