"""E-mail addresses from UserInfo, because some providers leave them out of their ID tokens."""

from typing import Any

import pytest

from tests.page_client import PageClient
from tests.phonebook.fake_api import Reply, answer
from tests.sso.conftest import come_in
from tests.sso.fake_provider import USERINFO, FakeProvider

SAID = {"sub": "mari-1", "email": "Mari@acme.example", "email_verified": "true"}
SHORT: dict[str, Any] = {"email": None, "email_verified": None}


@pytest.mark.parametrize("claims", [SHORT, {"email_verified": None}, {"email": None}])
def test_userinfo_is_requested_with_the_access_token(
    user: PageClient, provider: FakeProvider, claims: dict[str, Any]
) -> None:
    provider.userinfo = SAID
    assert come_in(user, provider, **claims).h1 == "Groups"
    assert "mari@acme.example" in user.get("/account").soup.get_text()
    [sent] = [each for each in provider.requests if b"/userinfo " in each]
    assert b"authorization: bearer canary-access" in sent.lower()
    assert sent.count(b"canary-access") == 1


def test_userinfo_is_not_requested_if_the_token_has_all(user: PageClient, provider: FakeProvider) -> None:
    provider.userinfo = SAID | {"email": "boss@acme.example"}
    assert come_in(user, provider).h1 == "Groups"
    assert USERINFO not in provider.asked


@pytest.mark.parametrize(
    ("said", "status"),
    [
        (SAID | {"sub": "boss-1"}, 502),
        (SAID | {"email_verified": "false"}, 403),
        ({"sub": "mari-1", "email": "Mari@acme.example"}, 403),
        ({"sub": "mari-1"}, 403),
        (SAID | {"email": "mari@evil.example"}, 403),
        (SAID | {"email": ["Mari@acme.example"]}, 403),
    ],
)
def test_userinfo_is_verified(user: PageClient, provider: FakeProvider, said: dict[str, Any], status: int) -> None:
    """A verification in the ID token doesn't count for another address."""
    provider.userinfo = said
    assert come_in(user, provider, email=None, email_verified=True).status == status
    assert user.get("/groups").h1 == "Sign in"


@pytest.mark.parametrize(
    ("instead", "status"),
    [
        (answer("401 Unauthorized"), 502),
        (answer("302 Found", b"", "Location: https://evil.example/"), 502),
        (answer("503 Service Unavailable"), 503),
        (answer("200 OK", b" " * 600_000), 503),
        (answer("200 OK", b"a.signed.token"), 503),
        (b"", 503),
    ],
)
def test_userinfo_gives_no_answer(user: PageClient, provider: FakeProvider, instead: Reply, status: int) -> None:
    provider.userinfo = SAID
    provider.instead[USERINFO] = instead
    assert come_in(user, provider, **SHORT).status == status


def test_the_token_is_not_sent_without_tls(user: PageClient, provider: FakeProvider) -> None:
    provider.userinfo = SAID
    provider.document["userinfo_endpoint"] = "http://192.0.2.1/userinfo"
    assert come_in(user, provider, **SHORT).status == 502
