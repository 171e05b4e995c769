"""A real provider: users who sign in there are signed in here, and forged answers are refused."""

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
import requests
from flask import Flask

from tests.accounts.store_fixtures import rows, sessions
from tests.page_client import PageClient
from tests.phonebook_state import PhonebookState
from tests.serving.deployment import PATIENCE, free_port
from tests.sso.conftest import led_to
from tests.sso.fake_provider import CLIENT, SECRET
from tests.sso.real_provider import NAME, RealProvider, known_at
from tests.sso.test_refused import CANCELLED, NOT_CONFIRMED, NOT_LET_IN, NOT_STARTED, SPENT, UNTRUSTED
from webapp import create_app
from webapp.settings import Settings
from webapp.settings.sso_config import SsoConfig
from webapp.store import Store

pytestmark = pytest.mark.long

BACK = "http://localhost/sign-in/back"


@pytest.fixture
def port() -> str:
    return free_port()


@pytest.fixture
def sso(port: str) -> SsoConfig:
    return known_at(port)


@pytest.fixture
def real(port: str) -> Iterator[RealProvider]:
    with RealProvider(port, BACK) as provider:
        yield provider


def test_signing_in_and_out_repeatedly(user: PageClient, real: RealProvider, phonebook: PhonebookState) -> None:
    page = user.get(real.signs_in(led_to(user, user.get("/activity")), NAME))
    assert page.path == "/activity"
    user.get("/groups/new").submit("Create group", name="Office")
    assert NAME in user.get("/activity").text
    page = user.get("/groups").submit("Sign out")
    assert page.notice.startswith("You are signed out.")
    assert user.get(real.signs_in(led_to(user), "jaan@acme.example")).h1 == "Groups"
    assert user.get("/groups/new").status == 403


def test_forged_answers_are_refused(user: PageClient, other_user: PageClient, real: RealProvider) -> None:
    back = real.signs_in(led_to(user), NAME)
    assert NOT_STARTED in user.get(re.sub(r"state=[^&]+", "state=forged", back)).text
    assert NOT_STARTED in other_user.get(back).text
    assert user.get(back).h1 == "Groups"
    before = real.signs_in(led_to(other_user), NAME)
    assert UNTRUSTED in other_user.get(re.sub(r"iss=[^&]+", "iss=https://evil.example", before)).text


def test_a_code_counts_once(app: Flask, user: PageClient, real: RealProvider) -> None:
    back = real.signs_in(led_to(user), NAME)
    before = user.client.get_cookie("session")
    assert before
    assert user.get(back).h1 == "Groups"
    thief = PageClient(app.test_client())
    thief.client.set_cookie("session", before.value)
    page = thief.get(back)
    assert (page.status, SPENT in page.text) == (400, True)


def test_a_code_without_its_verifier_is_refused(
    user: PageClient, other_user: PageClient, real: RealProvider, store: Store
) -> None:
    stolen = re.search(r"code=([^&]+)", real.signs_in(led_to(other_user), NAME))
    assert stolen
    own = real.signs_in(led_to(user), "jaan@acme.example")
    assert SPENT in user.get(re.sub(r"code=[^&]+", f"code={stolen[1]}", own)).text
    assert rows(store, sessions) == []
    code = re.search(r"code=([^&]+)", real.signs_in(led_to(user), NAME))
    assert code
    sent = {"grant_type": "authorization_code", "code": code[1], "redirect_uri": BACK}
    client = {"client_id": CLIENT, "client_secret": SECRET}
    answer = requests.post(f"{real.issuer}/token", data=sent | client, timeout=PATIENCE)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant"), "nor to who has all else"


def test_another_nonce_is_refused(user: PageClient, real: RealProvider) -> None:
    back = real.signs_in(led_to(user), NAME)
    with user.client.session_transaction() as session:
        session["logins"] = [each | {"nonce": "another"} for each in session["logins"]]
    assert UNTRUSTED in user.get(back).text


@pytest.mark.parametrize(
    ("name", "message"),
    [("unconfirmed.mari@acme.example", NOT_CONFIRMED), ("mari@evil.example", NOT_LET_IN), ("mari", NOT_LET_IN)],
)
def test_accounts_that_are_not_let_in(user: PageClient, real: RealProvider, name: str, message: str) -> None:
    page = user.get(real.signs_in(led_to(user), name))
    assert (page.status, message in page.text) == (403, True)
    address = user.client.get(page.link("Sign in with another work account")).headers["Location"]
    assert user.get(real.signs_in(address, NAME)).h1 == "Groups"


def test_a_cancelled_sign_in_is_reported(user: PageClient, real: RealProvider) -> None:
    page = user.get(real.breaks_off(led_to(user)))
    assert (page.status, CANCELLED in page.text) == (401, True)
    assert user.get(real.signs_in(led_to(user, page), NAME)).h1 == "Groups"


def test_another_dashboards_token_is_refused(
    user: PageClient, real: RealProvider, settings: Settings, sso: SsoConfig
) -> None:
    """Each dashboard has its own client id; the provider issues tokens for that id only."""
    app = create_app(replace(settings, sso=replace(sso, client_id="another")))
    answer = requests.get(led_to(PageClient(app.test_client())), timeout=PATIENCE)
    assert answer.status_code == 400
    assert "invalid_client" in answer.text
    app.extensions["store"].close()


def test_the_provider_changes_its_keys(user: PageClient, port: str) -> None:
    for key in ("one", "two"):
        with RealProvider(port, BACK, key) as provider:
            assert user.get(provider.signs_in(led_to(user), NAME)).h1 == "Groups"
            user.get("/groups").submit("Sign out")


def test_the_provider_is_down_after_it_was_up(user: PageClient, port: str) -> None:
    with RealProvider(port, BACK) as provider:
        back = provider.signs_in(led_to(user), NAME)
    page = user.get(back)
    assert (page.status, "Your work account can't be reached now." in page.text) == (503, True)
