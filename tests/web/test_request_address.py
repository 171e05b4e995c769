"""The dashboard knows the host, port and path of its users' addresses behind any proxy."""

from dataclasses import replace

import pytest
from bs4 import BeautifulSoup

from tests.page_client import PageClient
from webapp import create_app
from webapp.accounts.passwords import make_hash
from webapp.settings import Settings
from webapp.settings.users import read_accounts

PASSWORD = "plum-candle-orbit"


def served_at(settings: Settings, host: str, **headers: str) -> str:
    """Return the dashboard's own address, from its redirect to https."""
    users = read_accounts(f"mari:editor:{make_hash(PASSWORD)}")
    client = create_app(replace(settings, users=users)).test_client()
    answer = client.get("/help", headers={"Host": host, "X-Forwarded-Proto": "http"} | headers)
    assert answer.status_code == 308
    return answer.headers["Location"].removeprefix("https://").removesuffix("/help")


@pytest.mark.parametrize(
    "host", ["Team.Example", "TEAM.EXAMPLE:8000", "team.example.", "Team.example.:8443", "team.example:1"]
)
def test_a_trusted_host_is_served_however_it_is_written(settings: Settings, host: str) -> None:
    client = create_app(replace(settings, trusted_hosts=("team.example",))).test_client()
    assert client.get("/help", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host", ["team.example..", "team.example.evil.example", "xteam.example", "team.example:x", "."]
)
def test_other_hosts_are_refused(settings: Settings, host: str) -> None:
    client = create_app(replace(settings, trusted_hosts=("team.example",))).test_client()
    assert client.get("/help", headers={"Host": host}).status_code == 400


@pytest.mark.parametrize(
    ("host", "port", "address"),
    [
        ("team.example:8443", "", "team.example:8443"),
        ("team.example", "8443", "team.example:8443"),
        ("TEAM.example.", "8443", "team.example:8443"),
        ("team.example:8443", "443", "team.example:8443"),
        ("team.example", "443", "team.example"),
        ("team.example", "80", "team.example"),
        ("team.example", "1, 8443", "team.example:8443"),
        ("team.example", "x", "team.example"),
        ("team.example", "99999", "team.example"),
        ("team.example", "8443@evil.example", "team.example"),
        ("[::1]", "8443", "[::1]:8443"),
    ],
)
def test_behind_a_proxy_the_port_stays(settings: Settings, host: str, port: str, address: str) -> None:
    forwarded = {"X-Forwarded-Port": port} if port else {}
    assert served_at(replace(settings, proxy_hops=1), host, **forwarded) == address


def test_an_untrusted_port_is_ignored(settings: Settings) -> None:
    client = create_app(settings).test_client()
    page = client.get("/groups", headers={"X-Forwarded-Port": "8443", "Host": "team.example"})
    assert "8443" not in page.get_data(as_text=True)


def test_under_a_path_everything_stays_under_it(settings: Settings) -> None:
    users = read_accounts(f"mari:editor:{make_hash(PASSWORD)}")
    app = create_app(replace(settings, users=users, script_name="/phonebook"))
    user = PageClient(app.test_client())
    answer = user.client.get("/phonebook/activity")
    assert answer.headers["Location"] == "/phonebook/sign-in?next=/phonebook/activity"
    page = user.get("/phonebook/activity").submit("Sign in", username="mari", password=PASSWORD)
    assert page.h1 == "Activity"
    cookie = user.client.get_cookie("session", path="/phonebook")
    assert cookie
    page = user.get("/phonebook/groups/new").submit("Create group", name="Staff")
    assert "Staff" in page.notice
    for path in ("/phonebook/groups", "/phonebook/no-such-page", "/phonebook/contacts?q=x", "/phonebook"):
        assert outside(user.get(path).soup) == []
    user.get("/phonebook/groups").submit("Sign out")
    assert user.client.get("/phonebook/sign-in?next=/other").status_code == 200
    page = user.post("/phonebook/groups/new", data={"name": "Typed"})
    assert page.status == 401
    page = page.submit("Sign in", username="mari", password=PASSWORD)
    assert page.value("name") == "Typed"
    app.extensions["store"].close()


def outside(soup: BeautifulSoup) -> list[str]:
    """Return the page's addresses outside of the dashboard's path."""
    found = [str(tag.get(name)) for name in ("href", "src", "action") for tag in soup.select(f"[{name}]")]
    ours = ("/phonebook", "#", "https://")
    return [address for address in found if not address.startswith(ours)]


@pytest.mark.parametrize(
    "goal", ["/other", "//evil.example", "/phonebookx", "/phonebook", "/phonebook//evil.example", "/groups"]
)
def test_under_a_path_no_redirect_leaves_it(settings: Settings, goal: str) -> None:
    client = create_app(replace(settings, script_name="/phonebook")).test_client()
    assert client.get("/phonebook/sign-in", query_string={"next": goal}).headers["Location"] == "/phonebook/groups"


def test_under_a_path_machines_ask_with_or_without_it(settings: Settings) -> None:
    client = create_app(replace(settings, script_name="/phonebook")).test_client()
    for path in ("/health/live", "/phonebook/health/live"):
        assert client.get(path).status_code == 200


def test_under_a_path_cookies_over_https_stay_there(settings: Settings) -> None:
    client = create_app(replace(settings, script_name="/phonebook", proxy_hops=1)).test_client()
    cookie = client.get("/phonebook/groups/new", headers={"X-Forwarded-Proto": "https"}).headers["Set-Cookie"]
    assert cookie.startswith("__Secure-session=")
    assert {"Secure", "HttpOnly", "Path=/phonebook", "SameSite=Lax"} <= set(cookie.split("; "))
