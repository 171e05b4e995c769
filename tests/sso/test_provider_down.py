"""The provider is down, slow or gives invalid answers: nobody is signed in, a message says so, and passwords work."""

import gzip
import logging
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from flask import Flask

from tests.accounts.conftest import EDITOR, MARI
from tests.faults.faulty_wire import until
from tests.page_client import PageClient
from tests.phonebook.fake_api import FakeApi, Handler, Reply, answer
from tests.sso.conftest import led_to
from tests.sso.fake_provider import DOCUMENT, KEYS, TOKEN, FakeProvider, as_json
from webapp import create_app
from webapp.settings import Settings
from webapp.settings.sso_config import SsoConfig

NO_ANSWER = (
    "Your work account can't be reached now. Its service does not answer. "
    "Try again in a minute, or sign in with a password."
)
LINK = "/sign-in/work-account"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """With passwords, too."""
    return replace(settings, users=(MARI,))


def wait_for(app: Flask, seconds: float) -> None:
    """Set how long pages may take from now on."""
    app.extensions["settings"] = replace(app.extensions["settings"], page_deadline=seconds)


class Patience:
    """Waits for the dashboard to hang up, and records if it doesn't."""

    def __init__(self) -> None:
        self.over = Event()
        self.outlasted: list[str] = []

    def silence(self, _: Handler) -> None:
        if not self.over.wait(20):
            self.outlasted.append("silence")

    def drip(self, handler: Handler) -> None:
        for byte in answer("200 OK", b" " * 1000):
            handler.wfile.write(bytes([byte]))
            if self.over.wait(0.02):
                return
        self.outlasted.append("drip")

    def flood(self, handler: Handler) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
        while not self.over.is_set():
            handler.wfile.write(b" " * 64 * 1024)


@pytest.fixture
def patience() -> Iterator[Patience]:
    patience = Patience()
    yield patience
    patience.over.set()
    assert patience.outlasted == []


DEEP = b'{"a":' * 5_000 + b"1" + b"}" * 5_000
BOMB = answer("200 OK", gzip.compress(b" " * 5_000_000), "Content-Encoding: gzip")
FAULTS: dict[str, Reply] = {
    "nothing": b"",
    "no HTTP": b"220 mail.example ESMTP\r\n",
    "half an answer": answer("200 OK", b'{"keys": []}')[:-5],
    "500": answer("500 Internal Server Error", b"canary-description"),
    "503": answer("503 Service Unavailable", b"", "Retry-After: 3600"),
    "a page": answer("200 OK", b"<!doctype html><title>Maintenance</title>"),
    "404": answer("404 Not Found"),
    "a redirect": answer("302 Found", b"", "Location: https://evil.example/"),
    "a redirect that repeats": answer("307 Temporary Redirect", b"", "Location: https://evil.example/"),
    "too large": answer("200 OK", b" " * 600_000),
    "a bomb": BOMB,
    "no compression": answer("200 OK", b"{}", "Content-Encoding: gzip"),
    "a list": as_json([]),
    "nested without end": answer("200 OK", DEEP),
    "of other kinds": as_json({"issuer": 7, "keys": 7, "id_token": 7, "error": [7], "expires_in": []}),
    "halves of characters": answer("200 OK", b'"\\ud800"'),
    "nothing in it": as_json({}),
}
LASTING = {"404", "a redirect", "a redirect that repeats"}
TURNED_AWAY = "The dashboard can't use your work account. Whoever runs this dashboard has to fix this."
ELSEWHERE = {"of other kinds", "nothing in it"}  # a token endpoint that says so is results of in other words


@pytest.mark.parametrize("name", ["silence", "drip", *FAULTS])
def test_any_invalid_answer_is_handled(
    app: Flask, provider: FakeProvider, patience: Patience, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    """First for its metadata, then for its tokens, then for its keys."""
    caplog.set_level(logging.INFO)
    user = PageClient(app.test_client())
    page = user.get("/sign-in")
    fault = FAULTS[name] if name in FAULTS else getattr(patience, name)
    results = []
    for place in (DOCUMENT, TOKEN, KEYS):
        provider.instead = {}
        address = LINK if place == DOCUMENT else provider.lets_in(led_to(user, page))
        provider.instead = {place: fault}
        wait_for(app, 10 if name in FAULTS else 0.5)
        page = user.get(address)
        results.append((page.status, NO_ANSWER in page.text))
        assert (TURNED_AWAY in page.text) or name not in LASTING
        wait_for(app, 10)
    if name in LASTING:
        assert results == [(502, False)] * 3
    else:
        assert results == [(503, True), (502, False) if name in ELSEWHERE else (503, True), (503, True)]
    lines = [each for each in caplog.records if each.name.startswith("webapp.accounts")]
    assert [each.getMessage() for each in lines] == ["work account refused"] * 3
    assert page.submit("Sign in", username="Mari", password=EDITOR).h1 == "Groups", "a password works"
    provider.instead = {}
    user.get("/groups").submit("Sign out")
    assert user.get(provider.lets_in(led_to(user))).h1 == "Groups", "and so does the provider, once it is well"


def test_no_more_is_read_than_the_limit(
    user: PageClient, provider: FakeProvider, patience: Patience, caplog: pytest.LogCaptureFixture
) -> None:
    provider.instead = {DOCUMENT: patience.flood}
    assert user.get(LINK).status == 503
    [line] = [each for each in caplog.records if each.name.startswith("webapp.accounts")]
    assert vars(line)["reason"] == "too large", "it would be out of time otherwise"


def test_an_address_without_a_server(user: PageClient, provider: FakeProvider) -> None:
    back = provider.lets_in(led_to(user))
    provider.stop()
    page = user.get(back)
    assert (page.status, NO_ANSWER in page.text) == (503, True)
    assert page.submit("Sign in", username="Mari", password=EDITOR).h1 == "Groups"


@pytest.mark.parametrize(
    "change",
    [
        {"issuer": "https://evil.example"},
        {"id_token_signing_alg_values_supported": ["HS256", "EdDSA"]},
        {"token_endpoint": "http://192.0.2.1/token"},
        {"token_endpoint": "file:///etc/passwd"},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"authorization_endpoint": "//evil.example/auth"},
        {"jwks_uri": "http://[::1"},
        {"jwks_uri": "https://user:canary@evil.example/keys"},
    ],
)
def test_invalid_metadata_is_refused(
    user: PageClient, provider: FakeProvider, caplog: pytest.LogCaptureFixture, change: dict[str, Any]
) -> None:
    provider.document |= change
    page = user.get(LINK)
    assert (page.status, TURNED_AWAY in page.text) == (502, True)
    assert [each.levelname for each in caplog.records if each.name.startswith("webapp.accounts")] == ["ERROR"]


@pytest.mark.parametrize("off", ["issuer with a slash", "nothing there", "slow down"])
def test_a_lasting_fault_does_not_say_in_a_minute(
    settings: Settings, sso: SsoConfig, provider: FakeProvider, off: str
) -> None:
    if off == "issuer with a slash":
        sso = replace(sso, issuer=f"{provider.issuer}/")
    else:
        provider.instead[DOCUMENT] = answer("410 Gone" if off == "nothing there" else "429 Too Many Requests")
    app = create_app(replace(settings, sso=sso))
    page = PageClient(app.test_client()).get(LINK)
    assert (page.status, TURNED_AWAY in page.text) == ((503, False) if off == "slow down" else (502, True))
    app.extensions["store"].close()


def test_proxy_variables_of_the_environment_are_ignored(
    user: PageClient, provider: FakeProvider, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login thief password thief\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    with FakeApi(answer("502 Bad Gateway")) as proxy:
        for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url.removesuffix("/v1"))
        assert user.get(provider.lets_in(led_to(user))).h1 == "Groups"
        assert proxy.requests == []
    assert not [each for each in provider.requests if b"authorization:" in each.lower()]


def test_a_slow_provider_takes_no_more_than_a_few_threads(
    app: Flask, provider: FakeProvider, patience: Patience
) -> None:
    provider.instead = {DOCUMENT: patience.silence}
    waiting = [Thread(target=app.test_client().get, args=(LINK,)) for _ in range(4)]
    for each in waiting:
        each.start()
    assert until(lambda: len(provider.asked) == 4)
    page = PageClient(app.test_client()).get(LINK)
    assert page.status == 503
    assert "Too many people are signing in right now. Try again in a few seconds." in page.text
    assert page.response.headers["Retry-After"] == "5"
    patience.over.set()
    for each in waiting:
        each.join()


def test_the_providers_metadata_is_fetched_again_after_an_hour(
    user: PageClient, provider: FakeProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert user.get(provider.lets_in(led_to(user))).h1 == "Groups"
    monkeypatch.setattr("webapp.accounts.sso.provider.CACHE_SECONDS", 0)
    user.get("/groups").submit("Sign out")
    assert user.get(provider.lets_in(led_to(user))).h1 == "Groups"
    assert (provider.asked.count(DOCUMENT), provider.asked.count(KEYS)) == (3, 2)


def test_the_secret_goes_as_the_provider_wants_it(settings: Settings, provider: FakeProvider) -> None:
    provider.document["token_endpoint_auth_methods_supported"] = ["client_secret_basic"]
    app = create_app(settings)
    user = PageClient(app.test_client())
    user.get(provider.lets_in(led_to(user)))
    [sent] = [each for each in provider.requests if each.startswith(b"POST")]
    assert b"authorization: basic " in sent.lower()
    assert b"client_secret" not in sent
    app.extensions["store"].close()
