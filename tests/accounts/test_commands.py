"""`hash-password` and `check-deploy`, as whoever runs the dashboard calls them."""

import pytest

from tests.pages import PASSWORD
from tests.serving.deployment import run
from webapp.accounts.account import read_accounts
from webapp.accounts.passwords import make_hash, verify

GOOD = "plum-candle-orbit"
REAL = {
    "MESSENTE_API_USERNAME": "user",
    "MESSENTE_API_PASSWORD": PASSWORD,
    "SECRET_KEY": "canary-0123456789abcdefghijklmnopqrstuv",
}


def test_an_entry_is_made_while_nothing_is_set() -> None:
    ran = run("hash-password", "mari", "editor", typed=f"{GOOD}\n{GOOD}\n")
    assert ran.returncode == 0, ran.stderr
    [account] = read_accounts(ran.stdout.splitlines()[-1])
    assert account.name == "mari"
    assert verify(account.hash, GOOD)
    assert GOOD not in ran.stdout + ran.stderr


def test_it_asks_again_where_the_two_differ_or_are_weak() -> None:
    ran = run("hash-password", "mari", "viewer", typed=f"{GOOD}\nother\npassword1234\npassword1234\n{GOOD}\n{GOOD}\n")
    assert "The two are not the same." in ran.stderr
    assert "guessed first" in ran.stderr
    assert ran.returncode == 0


@pytest.mark.parametrize(("name", "role"), [("ma ri", "editor"), ("mari", "admin")])
def test_what_makes_no_entry_is_told(name: str, role: str) -> None:
    ran = run("hash-password", name, role, typed=f"{GOOD}\n{GOOD}\n")
    assert ran.returncode != 0
    assert "Traceback" not in ran.stderr


def test_nothing_typed_makes_nothing() -> None:
    ran = run("hash-password", "mari", "editor")
    assert (ran.returncode, ran.stdout) == (1, "")


def test_a_deployment_without_accounts_is_an_error() -> None:
    ran = run("check-deploy", **REAL)
    assert ran.returncode == 1
    assert "error: DASHBOARD_USERS is not set" in ran.stdout
    assert "warning: TRUSTED_HOSTS is not set" in ran.stdout
    assert "canary" not in ran.stdout


def test_every_setting_that_is_wrong_is_an_error() -> None:
    ran = run("check-deploy", PORT="http", SECRET_KEY="k" * 40)
    assert ran.returncode == 1
    for name in ("MESSENTE_API_USERNAME", "MESSENTE_API_PASSWORD", "SECRET_KEY is too easy to guess", "PORT"):
        assert f"error: {name}" in ran.stdout


def test_a_good_deployment_has_nothing_wrong() -> None:
    users = f"mari:editor:{make_hash(GOOD)}"
    fit = {"DASHBOARD_USERS": users, "TRUSTED_HOSTS": "a.example", "PROXY_HOPS": "1", "SUPPORT_CONTACT": "it@a.example"}
    ran = run("check-deploy", **REAL | fit | {"DATABASE_URL": "postgres://user:canary@host/store"})
    assert (ran.returncode, ran.stdout) == (0, "Nothing is wrong.\n")
    ran = run("check-deploy", **REAL | fit | {"DYNO": "web.1"})
    assert ran.returncode == 0
    assert ran.stdout.startswith("warning: The store is SQLite: a Heroku machine's disk does not last.")


OIDC = {
    "OIDC_ISSUER": "https://accounts.google.com",
    "OIDC_CLIENT_ID": "x",
    "OIDC_CLIENT_SECRET": "canary",
    "OIDC_ALLOWED_DOMAINS": "a.example",
}


def test_single_sign_on_does_for_accounts() -> None:
    fit = {"TRUSTED_HOSTS": "a.example", "PROXY_HOPS": "1", "SUPPORT_CONTACT": "it@a.example"}
    good = REAL | fit | OIDC | {"DATABASE_URL": "postgres://user:canary@host/store"}
    ran = run("check-deploy", **good | {"OIDC_EDITORS": "mari@a.example"})
    assert (ran.returncode, ran.stdout) == (0, "Nothing is wrong.\n")
    ran = run("check-deploy", **good)
    assert (ran.returncode, ran.stdout) == (0, "warning: OIDC_EDITORS has no editor: nobody can change anything.\n")
