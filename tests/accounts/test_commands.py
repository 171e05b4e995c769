"""`hash-password`, `check-deploy` and `sign-out`, as an operator calls them."""

import sys
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from sqlalchemy import insert, select

from tests.page_client import PASSWORD
from tests.phonebook.fake_api import answer
from tests.serving.deployment import free_port, run
from tests.sso.fake_provider import CLIENT, DOCUMENT, SECRET, FakeProvider
from webapp.accounts.passwords import make_hash, verify
from webapp.commands.check_deploy import check_settings
from webapp.settings.users import read_accounts
from webapp.store import Store
from webapp.store.schema import sessions

GOOD = "plum-candle-orbit"
REAL = {
    "MESSENTE_API_USERNAME": "user",
    "MESSENTE_API_PASSWORD": PASSWORD,
    "SECRET_KEY": "canary-0123456789abcdefghijklmnopqrstuv",
}


def test_an_entry_is_created_without_any_settings() -> None:
    ran = run("hash-password", "mari", "editor", typed=f"{GOOD}\n{GOOD}\n")
    assert ran.returncode == 0, ran.stderr
    [account] = read_accounts(ran.stdout.splitlines()[-1])
    assert account.name == "mari"
    assert verify(account.hash, GOOD)
    assert GOOD not in ran.stdout + ran.stderr
    assert ran.stderr == "", "nothing is said of terminals where none is used"


def test_it_asks_again_if_the_passwords_differ_or_are_weak() -> None:
    ran = run("hash-password", "mari", "viewer", typed=f"{GOOD}\nother\npassword1234\npassword1234\n{GOOD}\n{GOOD}\n")
    assert "The two are not the same." in ran.stderr
    assert "guessed first" in ran.stderr
    assert ran.returncode == 0


@pytest.mark.parametrize(("name", "role"), [("ma ri", "editor"), ("mari", "admin")])
def test_invalid_input_for_an_entry_is_reported(name: str, role: str) -> None:
    ran = run("hash-password", name, role, typed=f"{GOOD}\n{GOOD}\n")
    assert ran.returncode != 0
    assert "Traceback" not in ran.stderr
    assert "<" not in ran.stderr, "roles are named by words"


@pytest.mark.long
def test_an_empty_form_creates_nothing() -> None:
    ran = run("hash-password", "mari", "editor")
    assert (ran.returncode, ran.stdout) == (1, "")
    ran = run("sh", "-c", f"printf '\\377{GOOD}\\n' | {sys.executable} -m webapp hash-password mari editor")
    assert (ran.returncode, ran.stdout) == (1, "")
    assert ran.stderr == "The password is not in UTF-8. Nothing was made.\n"


def problems(**settings: str) -> str:
    """What `check-deploy` prints of problems, without its start, which takes a second."""
    return "".join(f"{kind}: {text}\n" for kind, text in check_settings(settings))


def test_a_deployment_without_accounts_is_an_error() -> None:
    ran = run("check-deploy", **REAL)
    assert ran.returncode == 1
    assert "error: DASHBOARD_USERS is not set" in ran.stdout
    assert "warning: TRUSTED_HOSTS is not set" in ran.stdout
    assert "canary" not in ran.stdout


def test_every_setting_that_is_wrong_is_an_error() -> None:
    printed = problems(PORT="http", SECRET_KEY="k" * 40)
    for name in ("MESSENTE_API_USERNAME", "MESSENTE_API_PASSWORD", "SECRET_KEY is too easy to guess", "PORT"):
        assert f"error: {name}" in printed


def test_a_good_deployment_has_no_problems() -> None:
    users = f"mari:editor:{make_hash(GOOD)}"
    fit = {"DASHBOARD_USERS": users, "TRUSTED_HOSTS": "a.example", "PROXY_HOPS": "1", "SUPPORT_CONTACT": "it@a.example"}
    ran = run("check-deploy", **REAL | fit | {"DATABASE_URL": "postgres://user:canary@host/store"})
    assert (ran.returncode, ran.stdout) == (0, "Nothing is wrong.\n")
    printed = problems(**REAL | fit | {"DYNO": "web.1"})
    assert printed.startswith("warning: The store is SQLite: a Heroku machine's disk does not last.")


def test_suspicious_settings_are_reported() -> None:
    odd = {
        "MESSENTE_API_PASSWORD": '"canary"',
        "MESENTE_API_URL": "x",
        "DASHBOARD_USERS": f"m:editor:{make_hash(GOOD)}",
    }
    printed = problems(**REAL | odd | {"GUNICORN_CMD_ARGS": "--access-logfile - --timeout 9"})
    assert "warning: MESSENTE_API_PASSWORD has quotes around it" in printed
    assert "warning: MESENTE_API_URL is no setting, and is ignored: is MESSENTE_API_URL meant?" in printed
    assert "warning: GUNICORN_CMD_ARGS has --access-logfile, which is ignored" in printed
    assert "answers under any name" in printed
    assert "canary" not in printed


OIDC = {
    "OIDC_ISSUER": "https://accounts.google.com",
    "OIDC_CLIENT_ID": "x",
    "OIDC_CLIENT_SECRET": "canary",
    "OIDC_ALLOWED_DOMAINS": "a.example",
}


def test_single_sign_on_counts_as_accounts() -> None:
    fit = {"TRUSTED_HOSTS": "a.example", "PROXY_HOPS": "1", "SUPPORT_CONTACT": "it@a.example"}
    good = REAL | fit | OIDC | {"DATABASE_URL": "postgres://user:canary@host/store"}
    assert problems(**good | {"OIDC_EDITORS": "mari@a.example"}) == ""
    ran = run("check-deploy", **good)
    assert (ran.returncode, ran.stdout) == (0, "warning: OIDC_EDITORS has no editor: nobody can change anything.\n")


@pytest.mark.parametrize("off", ["", "slash", "secret", "not there", "no answer"])
def test_the_provider_is_asked_whether_the_settings_fit(off: str) -> None:
    with FakeProvider() as provider:
        fit = {"TRUSTED_HOSTS": "a.example", "PROXY_HOPS": "1", "SUPPORT_CONTACT": "it@a.example"}
        sso = {"OIDC_ISSUER": provider.issuer, "OIDC_CLIENT_ID": CLIENT, "OIDC_CLIENT_SECRET": SECRET}
        good = REAL | fit | OIDC | sso | {"OIDC_EDITORS": "mari@a.example", "DATABASE_URL": "postgres://host/store"}
        match off:
            case "slash":
                good["OIDC_ISSUER"] += "/"
            case "secret":
                provider.secret = "another"
            case "not there":
                provider.instead[DOCUMENT] = answer("404 Not Found")
            case "no answer":
                provider.stop()
        printed = problems(**good)
    messages = {
        "": "",
        "slash": "error: OIDC_ISSUER is not what the provider calls itself",
        "secret": "error: OIDC_CLIENT_ID or OIDC_CLIENT_SECRET is not what the provider knows",
        "not there": "error: OIDC_ISSUER has no /.well-known/openid-configuration",
        "no answer": "warning: OIDC_ISSUER gives no answer now",
    }
    assert printed.startswith(messages[off]), printed
    assert printed.count("\n") == (1 if off else 0)
    assert "canary" not in printed


@pytest.mark.long
def test_the_operator_signs_a_user_out(any_store: str, open_store: Callable[[str], Store]) -> None:
    """A work account is named by its address. The settings may still let it in after its owner has left."""
    store = open_store(any_store)
    store.upgrade()
    now = datetime.now(UTC)
    row = {"address": "192.0.2.1", "began": now, "seen": now}
    people = [
        ("mari", "0" * 64),
        ("jaan", "1" * 64),
        ("sso:1:2", "viewer mari@acme.example"),
        ("sso:1:3", "viewer xmari@acme.example"),
    ]
    with store.write() as connection:
        for number, (account, stamp) in enumerate([*people, people[0]]):
            connection.execute(
                insert(sessions).values(row | {"token": str(number), "account": account, "stamp": stamp})
            )

    def left() -> list[str]:
        with store.read() as connection:
            return sorted(connection.execute(select(sessions.c.account)).scalars())

    for name, words, remain in (
        ("Mari", "2 sessions were ended.", ["jaan", "sso:1:2", "sso:1:3"]),
        ("MARI@acme.example", "1 session was ended.", ["jaan", "sso:1:3"]),
        ("%", "0 sessions were ended.", ["jaan", "sso:1:3"]),
        ("--all", "2 sessions were ended.", []),
    ):
        ran = run("sign-out", name, DATABASE_URL=any_store, **REAL)
        assert (ran.returncode, ran.stdout, ran.stderr) == (0, f"{words}\n", "")
        assert left() == remain


@pytest.mark.long
def test_a_sign_out_that_matches_no_session_is_reported() -> None:
    ran = run("sign-out", **REAL)
    assert ran.returncode == 2
    assert "one of the arguments name --all is required" in ran.stderr
    unreachable = f"postgres://dashboard:canary@127.0.0.1:{free_port()}/store"
    ran = run("sign-out", "mari", DATABASE_URL=unreachable, **REAL)
    assert (ran.returncode, ran.stdout) == (1, "")
    assert ran.stderr == "Nobody was signed out: the store can't be reached.\n"
