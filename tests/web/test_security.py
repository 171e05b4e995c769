"""Unknown users are refused before any view runs; every response has the security headers."""

from dataclasses import replace

import pytest
from flask import Flask

from tests.page_client import PageClient
from tests.phonebook_state import PhonebookState
from webapp import create_app
from webapp.accounts.passwords import make_hash
from webapp.settings import Settings
from webapp.settings.users import read_accounts

PATHS = ["/groups", "/groups/new", "/help", "/no-such-page", "/static/style.css", "/health/live", "/health/ready"]


@pytest.mark.parametrize("path", PATHS)
def test_headers(app: Flask, path: str) -> None:
    with app.test_client().get(path, headers={"Origin": "https://evil.example"}) as response:
        headers = response.headers
    assert headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'self'; img-src 'self';")
    assert "script-src" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "same-origin"
    assert "Access-Control-Allow-Origin" not in headers
    assert headers["Content-Type"].endswith("; charset=utf-8")
    assert (headers["Cache-Control"] == "no-store") == (not path.startswith("/static"))
    assert "Set-Cookie" not in headers or "HttpOnly" in headers["Set-Cookie"]


@pytest.fixture
def real(settings: Settings) -> Flask:
    """A dashboard with a phonebook that it takes for a real one."""
    return create_app(replace(settings, sandbox=False))


def test_a_real_phonebook_is_served_to_this_machine_only(real: Flask, phonebook: PhonebookState) -> None:
    here, elsewhere = {"REMOTE_ADDR": "127.0.0.1"}, {"REMOTE_ADDR": "192.0.2.1"}
    assert real.test_client().get("/groups", environ_overrides=here).status_code == 200
    phonebook.calls.clear()
    page = PageClient(real.test_client()).get("/groups", environ_overrides=elsewhere)
    assert page.status == 403
    assert "No accounts are set up" in page.text
    assert phonebook.calls == []
    assert real.test_client().get("/health/live", environ_overrides=elsewhere).status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:8000", "a b", ""])
def test_a_real_phonebook_without_accounts_answers_to_local_names_only(
    real: Flask, phonebook: PhonebookState, host: str
) -> None:
    response = real.test_client().get("/groups", headers={"Host": host})
    assert (response.status_code, response.mimetype) == (400, "text/plain")
    assert phonebook.calls == []
    assert real.test_client().get("/groups", headers={"Host": "localhost:8000"}).status_code == 200


def test_only_trusted_hosts_are_served(settings: Settings) -> None:
    client = create_app(replace(settings, trusted_hosts=("team.example",))).test_client()
    assert client.get("/help", headers={"Host": "team.example"}).status_code == 200
    assert client.get("/help", headers={"Host": "localhost"}).status_code == 400
    assert client.get("/health/live", headers={"Host": "10.0.0.7:8000"}).status_code == 200


@pytest.mark.parametrize("hops", [0, 1])
def test_proxy_headers_count_only_if_configured(settings: Settings, hops: int) -> None:
    client = create_app(replace(settings, proxy_hops=hops)).test_client()
    response = client.get("/groups/new", headers={"X-Forwarded-Proto": "https"})
    assert ("Secure" in response.headers["Set-Cookie"]) == bool(hops)
    assert ("Strict-Transport-Security" in response.headers) == bool(hops)


def test_behind_two_proxies_the_nearer_one_decides_about_https(settings: Settings) -> None:
    """Each proxy appends to X-Forwarded-For, but most overwrite X-Forwarded-Proto."""
    app = create_app(replace(settings, proxy_hops=2))
    for header, is_https in (("https", True), ("https,http", False), ("http, https", True)):
        response = app.test_client().get(
            "/groups/new", headers={"X-Forwarded-Proto": header, "X-Forwarded-For": "a, b, c"}
        )
        assert ("Secure" in response.headers["Set-Cookie"]) == is_https
        assert ("Strict-Transport-Security" in response.headers) == is_https


def test_with_accounts_users_behind_a_proxy_are_redirected_to_https(settings: Settings) -> None:
    """Heroku's router, for example, forwards plain http, over which no password or cookie must be sent."""
    users = read_accounts(f"mari:editor:{make_hash('plum-candle-orbit')}")
    client = create_app(replace(settings, proxy_hops=1, users=users)).test_client()
    plain = {"X-Forwarded-Proto": "http"}
    answer = client.get("/sign-in?next=/groups/new", headers=plain)
    assert (answer.status_code, answer.headers["Location"]) == (308, "https://localhost/sign-in?next=/groups/new")
    assert "Set-Cookie" not in answer.headers
    page = PageClient(client).post("/sign-in", data={"username": "mari", "password": "typed"}, headers=plain)
    assert page.status == 403
    assert "works only over https" in page.text
    assert client.get("/health/live", headers=plain).status_code == 200, "machines are not led anywhere"
    assert client.get("/sign-in", headers={"X-Forwarded-Proto": "https"}).status_code == 200
    assert client.get("/sign-in").status_code == 200, "straight from this machine"


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "Via"])
def test_a_real_phonebook_is_not_served_through_a_proxy(real: Flask, phonebook: PhonebookState, header: str) -> None:
    assert real.test_client().get("/groups", headers={header: "127.0.0.1"}).status_code == 403
    assert phonebook.calls == []


def test_a_form_from_another_site_is_refused(user: PageClient, phonebook: PhonebookState) -> None:
    _, data = user.get("/groups/new").fields("Create group", name="Staff")
    page = user.post("/groups/new", data=data, headers={"Sec-Fetch-Site": "cross-site"})
    assert page.status == 403
    assert phonebook.calls == []


def test_every_post_needs_its_token(app: Flask, phonebook: PhonebookState) -> None:
    # The addresses for signing in and out do nothing without accounts.
    posts = [rule for rule in app.url_map.iter_rules() if "POST" in (rule.methods or ())]
    rules = [rule for rule in posts if not rule.endpoint.startswith("accounts.")]
    assert rules
    for rule in rules:
        path = rule.rule.replace("<uuid:group_id>", "5792a02a-e5c2-422b-a0a0-0ae65d814663")
        path = (
            path.replace("<number:number>", "+37255550001")
            .replace("<int:action_id>", "1")
            .replace("<int:upload_id>", "1")
        )
        assert app.test_client().post(path, data={"name": "Staff"}).status_code == 400, path
    assert phonebook.calls == []


def test_templates_cannot_reach_the_secrets(app: Flask) -> None:
    assert "config" not in app.jinja_env.globals


def test_health_asks_nothing_of_messente(app: Flask, phonebook: PhonebookState) -> None:
    assert [app.test_client().get(f"/health/{each}").status_code for each in ("live", "ready")] == [200, 200]
    assert phonebook.calls == []
