"""The dashboard behind nginx, as in docs/operations.md: https, and no trust in a client's own headers."""

import re
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest
import requests
from bs4 import BeautifulSoup

from tests.serving.deployment import PATIENCE, Deployment
from tests.serving.nginx import NAME, Nginx
from webapp.accounts.passwords import make_hash

pytestmark = pytest.mark.long

GOOD = "plum-candle-orbit"


@contextmanager
def behind_nginx() -> Iterator[tuple[Nginx, Deployment]]:
    settings = {
        "SANDBOX": "1",
        "DASHBOARD_USERS": f"mari:editor:{make_hash(GOOD)}",
        "TRUSTED_HOSTS": NAME,
        "PROXY_HOPS": "1",
    }
    with Deployment(**settings) as dashboard, Nginx(dashboard.url) as nginx:
        yield nginx, dashboard


@pytest.fixture(scope="module")
def both() -> Iterator[tuple[Nginx, Deployment]]:
    with behind_nginx() as both:
        yield both


@pytest.fixture
def nginx(both: tuple[Nginx, Deployment]) -> Nginx:
    return both[0]


@pytest.fixture
def user(nginx: Nginx) -> Iterator[requests.Session]:
    with new_session(nginx) as session:
        yield session


def new_session(nginx: Nginx) -> requests.Session:
    """Open a browser that asks for the documented name and trusts the certificate."""
    session = requests.Session()
    session.trust_env = False
    session.verify = nginx.certificate
    session.headers["Host"] = NAME
    return session


def sign_in(user: requests.Session, url: str, name: str, password: str, **headers: str) -> requests.Response:
    page = user.get(f"{url}/sign-in", headers=headers, timeout=PATIENCE)
    form = BeautifulSoup(page.text, "html.parser")
    data = {str(tag["name"]): str(tag.get("value", "")) for tag in form.select("main form input")}
    data |= {"username": name, "password": password}
    return user.post(f"{url}/sign-in", data=data, headers=headers, allow_redirects=False, timeout=PATIENCE)


def test_signing_in_over_https(nginx: Nginx, user: requests.Session) -> None:
    answer = sign_in(user, nginx.https, "mari", GOOD)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/groups")
    [cookie] = answer.headers["Set-Cookie"].split(", ")
    assert cookie.startswith("__Host-session=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(cookie.split("; "))
    page = user.get(f"{nginx.https}/groups?q=staff", timeout=PATIENCE)
    assert "<h1>Groups</h1>" in page.text
    assert page.headers["Strict-Transport-Security"].startswith("max-age=31536000")
    assert page.headers["Server"] == "nginx", "no version"
    # nginx logs what happened, without the address of the page, which may hold a name or a number.
    log = nginx.log_with(page.headers["X-Request-ID"])
    assert re.search(rf"^\S+ 127.0.0.1 GET 200 \S+ {page.headers['X-Request-ID']}$", log, re.MULTILINE)
    assert "staff" not in log.lower()


def test_a_large_file_is_uploaded(nginx: Nginx, user: requests.Session) -> None:
    sign_in(user, nginx.https, "mari", GOOD)
    page = BeautifulSoup(user.get(f"{nginx.https}/import", timeout=PATIENCE).text, "html.parser")
    token = page.select_one("main input[name=csrf_token]")
    assert token is not None
    rows = "".join(f"+372 5{number:07};{'x' * 200}\n" for number in range(40_000))
    assert 8_000_000 < len(rows) < 10_000_000
    answer = user.post(
        f"{nginx.https}/import",
        data={"csrf_token": token["value"], "pasted": ""},
        files={"file": ("people.csv", f"Phone;Company\n{rows}")},
        headers={"Referer": f"https://{NAME}/import"},
        allow_redirects=False,
        timeout=PATIENCE,
    )
    assert (answer.status_code, answer.headers["Location"]) == (303, "/import/1/preview")


def test_http_redirects_to_https_without_a_cookie(nginx: Nginx, user: requests.Session) -> None:
    answer = user.get(f"{nginx.http}/groups?q=staff", allow_redirects=False, timeout=PATIENCE)
    assert (answer.status_code, answer.headers["Location"]) == (301, f"https://{NAME}/groups?q=staff")
    assert "Set-Cookie" not in answer.headers


def test_forged_headers_win_no_more_guesses() -> None:
    answers = []
    with behind_nginx() as (nginx, dashboard):
        for number in range(6):
            forged = {
                "X-Forwarded-For": f"192.0.2.{number}",
                "X-Real-IP": f"192.0.2.{number}",
                "Forwarded": f"for=192.0.2.{number}",
                "X-Forwarded-Proto": "http",
                "X-Forwarded-Host": "evil.example",
            }
            with new_session(nginx) as user:  # each for a name of its own, so that the address alone counts
                answers.append(sign_in(user, nginx.https, f"name{number}", "wrong", **forged).status_code)
                assert user.cookies.keys() == ["__Host-session"], "https is believed from nginx alone"
    assert answers == [422] * 5 + [429]
    refused = [line for line in dashboard.lines if 'event="sign-in refused"' in line]
    assert all("address=127.0.0.1" in line for line in refused)
    assert len(refused) == 5


def test_the_dashboard_cannot_be_reached_under_other_hosts(both: tuple[Nginx, Deployment]) -> None:
    nginx, dashboard = both
    with requests.Session() as session:
        session.trust_env = False
        for host in ("localhost", "evil.example", ""):
            for url in (dashboard.url, nginx.https):
                answer = session.get(
                    f"{url}/sign-in", headers={"Host": host}, verify=nginx.certificate, timeout=PATIENCE
                )
                assert answer.status_code == 400, (url, host)
    port = urlsplit(dashboard.url).port
    with pytest.raises(ConnectionRefusedError):  # it listens on 127.0.0.1, and nowhere else
        socket.create_connection(("127.0.0.2", port or 0), PATIENCE)


@pytest.mark.parametrize(
    ("version", "ciphers", "welcome"),
    [
        (ssl.TLSVersion.TLSv1_3, "DEFAULT", True),
        (ssl.TLSVersion.TLSv1_2, "ECDHE+AESGCM", True),
        (ssl.TLSVersion.TLSv1_2, "AES:!AESGCM:@SECLEVEL=0", False),
        (ssl.TLSVersion.TLSv1_1, "ALL:@SECLEVEL=0", False),
    ],
)
@pytest.mark.filterwarnings("ignore:ssl.TLSVersion")
def test_only_safe_tls_versions_are_accepted(
    nginx: Nginx, version: ssl.TLSVersion, ciphers: str, welcome: bool
) -> None:
    context = ssl.create_default_context(cafile=nginx.certificate)
    context.set_ciphers(ciphers)
    context.minimum_version = context.maximum_version = version
    address = urlsplit(nginx.https)
    with socket.create_connection(("127.0.0.1", address.port or 0), PATIENCE) as plain:
        if welcome:
            with context.wrap_socket(plain, server_hostname=NAME) as secure:
                assert secure.version() == version.name.replace("v1_", "v1.")
        else:
            with pytest.raises(ssl.SSLError, match=r"alert|(?i:no.ciphers)"):
                context.wrap_socket(plain, server_hostname=NAME)


def test_many_requests_at_once_are_slowed_down() -> None:
    """So that no client can use up the team's calls to Messente."""
    with behind_nginx() as (nginx, _), new_session(nginx) as user:
        answers = [user.get(f"{nginx.https}/help", timeout=PATIENCE, allow_redirects=False) for _ in range(130)]
    assert {answer.status_code for answer in answers[:60]} == {302}
    assert answers[-1].status_code == 429
    assert {answer.headers["Strict-Transport-Security"] for answer in answers} == {"max-age=31536000"}
