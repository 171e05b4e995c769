"""Single sign-on as it is deployed: in the environment, with several workers, behind nginx."""

import random
import re
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from bs4 import BeautifulSoup

from tests.page_client import PASSWORD
from tests.phonebook_state import PhonebookState
from tests.serving.deployment import PATIENCE, Deployment, procfile
from tests.serving.nginx import NAME, Nginx
from tests.serving.test_nginx import new_session
from tests.sso.fake_provider import CLIENT, SECRET, FakeProvider

pytestmark = pytest.mark.long


@pytest.fixture
def dashboard(provider: FakeProvider, phonebook: PhonebookState) -> Iterator[Deployment]:
    with Deployment(*procfile(), **settings_of(provider, phonebook)) as deployment:
        yield deployment


def settings_of(provider: FakeProvider, phonebook: PhonebookState) -> dict[str, str]:
    """Return the settings of a dashboard on this phonebook that allows this provider's accounts."""
    return {
        "MESSENTE_API_URL": phonebook.url,
        "MESSENTE_API_USERNAME": "sandbox",
        "MESSENTE_API_PASSWORD": PASSWORD,
        "SECRET_KEY": "canary-0123456789abcdefghijklmnopqrstuv",
        "OIDC_ISSUER": provider.issuer,
        "OIDC_CLIENT_ID": CLIENT,
        "OIDC_CLIENT_SECRET": SECRET,
        "OIDC_ALLOWED_DOMAINS": "acme.example",
        "OIDC_EDITORS": "mari@acme.example",
        "PROXY_HOPS": "1",
    }


@pytest.fixture
def nginx(dashboard: Deployment) -> Iterator[Nginx]:
    with Nginx(dashboard.url) as nginx:
        yield nginx


def come_in(user: requests.Session, url: str, provider: FakeProvider, link: str) -> requests.Response:
    """Follow a link to the provider, sign in there, and come back."""
    there = user.get(url + link, allow_redirects=False, timeout=PATIENCE).headers["Location"]
    assert parse_qs(urlsplit(there).query)["redirect_uri"] == [f"https://{NAME}/sign-in/back"]
    return user.get(url + provider.lets_in(there), allow_redirects=False, timeout=PATIENCE)


def test_a_real_phonebook_is_served_to_work_accounts(
    dashboard: Deployment, nginx: Nginx, provider: FakeProvider, phonebook: PhonebookState
) -> None:
    phonebook.add("Staff")
    user, url = new_session(nginx), nginx.https
    answer = come_in(user, url, provider, "/sign-in/work-account?next=/groups")
    assert answer.headers["Location"] == "/groups"
    assert "__Host-session=" in answer.headers["Set-Cookie"]
    for _ in range(10):  # whichever worker answers
        assert "Staff" in user.get(f"{url}/groups", timeout=PATIENCE).text
    user.close()
    output = "\n".join(dashboard.lines)
    assert re.search(r'event=sign-in \S+ account="mari@acme.example" address=127.0.0.1 by="work account"', output)
    assert "canary" not in output
    assert "code~" not in output


def test_the_longest_names_survive_the_provider_and_nginx(
    nginx: Nginx, provider: FakeProvider, phonebook: PhonebookState
) -> None:
    """In a saved form, and in the cookie that holds the notice."""
    chance = random.Random(7)
    old, new = ("".join(chr(chance.randrange(0x20000, 0x2A000)) for _ in range(250)) for _ in range(2))
    path = f"/groups/{phonebook.add(old)}/rename"
    user, url = new_session(nginx), nginx.https
    answer = user.post(f"{url}{path}", data={"name": new, "was": old}, allow_redirects=False, timeout=PATIENCE)
    assert answer.status_code == 401, answer.text
    link = BeautifulSoup(answer.text, "html.parser").select_one("main a.button")
    assert link
    assert come_in(user, url, provider, str(link["href"])).headers["Location"] == path
    page = BeautifulSoup(user.get(f"{url}{path}", timeout=PATIENCE).text, "html.parser")
    sent = {str(tag["name"]): str(tag.get("value", "")) for tag in page.select("main form input")}
    assert sent["name"] == new
    answer = user.post(f"{url}{path}", data=sent, allow_redirects=False, timeout=PATIENCE)
    assert answer.status_code == 303, answer.text
    assert sum(len(f"{name}: {value}\r\n") for name, value in answer.headers.items()) > 3500, (
        "nginx takes 4,096 by default"
    )
    assert new in user.get(f"{url}/groups", timeout=PATIENCE).text
    user.close()


@pytest.mark.parametrize("ending", ["", "/"])
def test_under_a_path_on_another_port(provider: FakeProvider, phonebook: PhonebookState, ending: str) -> None:
    """The path is passed on or stripped by nginx; the callback address has the path and the port."""
    phonebook.add("Staff")
    with Deployment(*procfile(), **settings_of(provider, phonebook), SCRIPT_NAME="/phonebook") as dashboard:
        assert dashboard.url.endswith("/phonebook")
        dashboard.url = dashboard.url.removesuffix("/phonebook")
        assert dashboard.get("/health/ready").text == "ready\n", "for machines that don't know the path"
        with Nginx(f"{dashboard.url}{ending}", "/phonebook") as nginx, new_session(nginx) as user:
            del user.headers["Host"]  # localhost and the port
            answer = user.get(f"{nginx.https}/phonebook/activity", allow_redirects=False, timeout=PATIENCE)
            assert answer.headers["Location"] == "/phonebook/sign-in?next=/phonebook/activity"
            link = "/phonebook/sign-in/work-account?next=/phonebook/activity"
            there = user.get(nginx.https + link, allow_redirects=False, timeout=PATIENCE).headers["Location"]
            assert parse_qs(urlsplit(there).query)["redirect_uri"] == [f"{nginx.https}/phonebook/sign-in/back"]
            answer = user.get(nginx.https + provider.lets_in(there), allow_redirects=False, timeout=PATIENCE)
            assert answer.headers["Location"] == "/phonebook/activity"
            assert "__Secure-session=" in answer.headers["Set-Cookie"]
            assert "Path=/phonebook" in answer.headers["Set-Cookie"]
            page = user.get(f"{nginx.https}/phonebook/groups", timeout=PATIENCE)
            assert "Staff" in page.text
            [style] = BeautifulSoup(page.text, "html.parser").select("link[rel=stylesheet]")
            assert user.get(f"{nginx.https}{style['href']}", timeout=PATIENCE).status_code == 200
            page = user.get(f"{nginx.https}/phonebook/no-such-page", timeout=PATIENCE)
            assert page.status_code == 404
            assert re.findall(r'(?:href|action)="(/(?!phonebook)[^"]*)"', page.text) == []
