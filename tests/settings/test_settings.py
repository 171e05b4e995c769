"""The settings: checked all at once, each named, no secret shown."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from webapp.settings import Settings, SettingsError
from webapp.settings.environment import KNOWN_VARIABLES, misspelt_variables, quoted_variables

REAL = {
    "MESSENTE_API_USERNAME": "user",
    "MESSENTE_API_PASSWORD": "canary-password",
    "SECRET_KEY": "canary-" + "k" * 32,
}


def problems(environ: dict[str, str]) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        Settings.from_environment(environ)
    assert "canary" not in str(caught.value)
    return caught.value.problems


def test_a_real_phonebook_needs_three() -> None:
    settings = Settings.from_environment(REAL)
    assert settings.api_url == "https://api.messente.com/v1"
    assert (settings.port, settings.proxy_hops, str(settings.time_zone)) == (8000, 0, "UTC")
    assert (settings.undo_days, settings.background_work, settings.api_rate) == (30, True, 120)
    assert settings.loopback_only
    assert "canary" not in repr(settings)


def test_all_missing_settings_are_named_together() -> None:
    assert [line.split()[0] for line in problems({})] == [
        "MESSENTE_API_USERNAME",
        "MESSENTE_API_PASSWORD",
        "SECRET_KEY",
    ]


def test_all_invalid_settings_are_named_together() -> None:
    wrong = {
        "SANDBOX": "yes",
        "MESSENTE_API_URL": "http://api.messente.com/v1",
        "SECRET_KEY": "canary",
        "SECRET_KEY_FALLBACKS": "canary",
        "TIME_ZONE": "Europe/Atlantis",
        "TRUSTED_HOSTS": "https://dashboard.example",
        "PROXY_HOPS": "-1",
        "LOG_LEVEL": "LOUD",
        "PORT": "99999",
        "WEB_CONCURRENCY": "٣",
        "DATABASE_URL": "mysql://user:canary@database/store",
        "ACTIVITY_DAYS": "0",
        "UNDO_DAYS": "366",
        "BACKGROUND_WORK": "no",
        "API_RATE": "0",
        "DEFAULT_REGION": "UK",
    }
    named = [line.split()[0] for line in problems(wrong)]
    assert sorted(named) == sorted([*wrong, "MESSENTE_API_USERNAME", "MESSENTE_API_PASSWORD"])


@pytest.mark.parametrize("name", ["MESSENTE_API_USERNAME", "MESSENTE_API_PASSWORD"])
def test_the_sandbox_and_credentials_do_not_go_together(name: str) -> None:
    [line] = problems({"SANDBOX": "1", name: "canary"})
    assert line.startswith(name)


def test_the_sandbox_stays_on_this_machine() -> None:
    [line] = problems({"SANDBOX": "1", "MESSENTE_API_URL": "https://api.messente.com/v1"})
    assert line.startswith("MESSENTE_API_URL")
    assert Settings.from_environment({"SANDBOX": "1", "MESSENTE_API_URL": "http://127.0.0.1:8100/v1"}).sandbox


def test_the_sandbox_needs_nothing() -> None:
    settings = Settings.from_environment({"SANDBOX": "1"})
    assert not settings.loopback_only
    assert len(settings.secret_key) >= 32
    assert settings.secret_key != Settings.from_environment({"SANDBOX": "1"}).secret_key


@pytest.mark.parametrize(
    "url",
    [
        "ftp://x/v1",
        "https://",
        "x",
        "https://u:canary@x/v1",
        "https://x/v1?canary",
        "https://x:99999",
        "http://127.0.0.1.x",
        "https://u:canary/x@y",
        "https://[canary",
    ],
)
def test_an_invalid_api_address(url: str) -> None:
    [line] = problems(REAL | {"MESSENTE_API_URL": url})
    assert line.startswith("MESSENTE_API_URL")


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8100/v1/", "http://[::1]:8100/v1", "http://localhost/v1", "https://x/v1"]
)
def test_a_valid_api_address(url: str) -> None:
    assert Settings.from_environment(REAL | {"MESSENTE_API_URL": url}).api_url == url.rstrip("/")


def test_all_settings_are_read() -> None:
    settings = Settings.from_environment(
        REAL
        | {"SECRET_KEY_FALLBACKS": f"{'abcdef' * 6} {'ghijkl' * 6}", "TIME_ZONE": "Europe/Tallinn", "TEAM_NAME": "Acme"}
        | {"SUPPORT_CONTACT": "it@acme.example", "TRUSTED_HOSTS": "A.example, .b.example", "PROXY_HOPS": "1"}
        | {"DEFAULT_REGION": "ee", "LOG_LEVEL": "debug", "PORT": "9000", "WEB_CONCURRENCY": "3"}
        | {"UNDO_DAYS": "0", "BACKGROUND_WORK": "0", "API_RATE": "10000"}
    )
    assert settings.secret_key_fallbacks == ("abcdef" * 6, "ghijkl" * 6)
    assert str(settings.time_zone) == "Europe/Tallinn"
    assert (settings.team_name, settings.support_contact) == ("Acme", "it@acme.example")
    assert settings.default_region == "EE"
    assert settings.trusted_hosts == ("a.example", ".b.example")
    assert (settings.proxy_hops, settings.log_level, settings.port, settings.web_concurrency) == (1, "DEBUG", 9000, 3)
    assert (settings.undo_days, settings.background_work, settings.api_rate) == (0, False, 10_000)


@pytest.mark.parametrize(
    "url",
    [
        "mysql://user:canary@host/store",
        "postgres://user:canary@host:port/store",
        "postgresql://user:canary@host/store?no_such_option=1",
        "postgres://user:canary@[::1/store",
        "sqlite://",
        "sqlite:///",
        "sqlite:///:memory:",
        "sqlite:///file:canary?mode=ro&uri=true",
        "canary",
        "/var/canary.sqlite3",
    ],
)
def test_a_store_that_cannot_be_used_is_named_without_its_password(url: str) -> None:
    [line] = problems(REAL | {"DATABASE_URL": url})
    assert line.startswith("DATABASE_URL ")


@pytest.mark.parametrize(
    "url",
    [
        "postgres://user:canary@host/store",
        "postgresql://user:canary%2F@host:5433/store?sslmode=require",
        "sqlite:////var/lib/dashboard/store.sqlite3",
    ],
)
def test_a_store_may_be_anywhere(url: str) -> None:
    settings = Settings.from_environment(REAL | {"DATABASE_URL": url})
    assert settings.database_url == url
    assert "canary" not in repr(settings)


def test_sample_data_and_the_teams_phonebook_never_share_a_store() -> None:
    real = Settings.from_environment(REAL).database_url
    sandbox = Settings.from_environment({"SANDBOX": "1", "MESSENTE_API_URL": "http://127.0.0.1:8100/v1"}).database_url
    assert real.endswith("/instance/store.sqlite3")
    assert sandbox.endswith("/instance/sandbox.sqlite3")
    assert Settings.from_environment({"SANDBOX": "1"}).database_url == "", "the embedded one gets a fresh one"


OIDC = {
    "OIDC_ISSUER": "https://accounts.google.com",
    "OIDC_CLIENT_ID": "123.apps.example",
    "OIDC_CLIENT_SECRET": "canary-secret",
    "OIDC_ALLOWED_DOMAINS": "Acme.example, acme.test",
}
TENANT = "8e6a1a3a-0000-4000-8000-1234567890ab"


def test_single_sign_on_is_read() -> None:
    settings = Settings.from_environment(REAL | OIDC | {"OIDC_EDITORS": "Mari@acme.example jaan@acme.test"})
    sso = settings.sso
    assert sso
    assert (sso.issuer, sso.client_id, sso.client_secret) == tuple(OIDC.values())[:3]
    assert sso.domains == {"acme.example", "acme.test"}
    assert sso.editors == {"mari@acme.example", "jaan@acme.test"}
    assert sso.default_role == "viewer"
    assert settings.must_sign_in
    assert not settings.loopback_only
    assert "canary" not in repr(settings)
    assert Settings.from_environment(REAL).sso is None


@pytest.mark.parametrize(("role", "read"), [("viewer", "viewer"), ("Editor", "editor"), ("none", None)])
def test_a_default_role(role: str, read: str | None) -> None:
    environ = REAL | OIDC | {"OIDC_DEFAULT_ROLE": role, "OIDC_EDITORS": "mari@acme.example"}
    sso = Settings.from_environment(environ).sso
    assert sso
    assert sso.default_role == read


def test_all_missing_single_sign_on_settings_are_named() -> None:
    assert [line.split()[0] for line in problems(REAL | {"OIDC_EDITORS": "mari@acme.example"})] == list(OIDC)
    assert [line.split()[0] for line in problems(REAL | OIDC | {"OIDC_CLIENT_SECRET": " "})] == ["OIDC_CLIENT_SECRET"]


WRONG = {
    "OIDC_ISSUER": [
        "http://accounts.google.com",
        "accounts.google.com",
        "https://u:canary@accounts.google.com",
        "https://accounts.google.com/",
        "https://accounts.google.com/.well-known/openid-configuration",
        "https://acme.example/realms/x/.well-known/openid-configuration",
        "https://acme.example/.well-known/oauth-authorization-server/x",
        "https://login.microsoftonline.com/common/v2.0",
        "https://login.microsoftonline.com/organizations/v2.0",
        "https://login.microsoftonline.com/acme.example/v2.0",
        "https://login.microsoftonline.com/9188040d-6c67-4c5b-b112-36a304b66dad/v2.0",
        f"https://login.microsoftonline.com/{TENANT}",
        f"https://login.microsoftonline.com/{TENANT}/v2.0/",
    ],
    "OIDC_CLIENT_ID": ["a b"],
    "OIDC_CLIENT_SECRET": ["canary secret", "canary-õ"],
    "OIDC_ALLOWED_DOMAINS": ["acme", "@acme.example", "https://acme.example", "*.acme.example", "gmail.com"],
    "OIDC_EDITORS": ["mari", "mari@other.example", "mari@acme.example@acme.example", "mari@x.acme.example"],
    "OIDC_DEFAULT_ROLE": ["admin", "none"],
}


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in WRONG.items() for value in values])
def test_invalid_single_sign_on_settings_are_named(name: str, value: str) -> None:
    [line] = problems(REAL | OIDC | {name: value})
    assert line.startswith(name)


@pytest.mark.parametrize(
    "issuer",
    [f"https://login.microsoftonline.com/{TENANT}/v2.0", "http://127.0.0.1:9000", "https://acme.example/realms/x/"],
)
def test_issuers_of_one_organisation_are_accepted(issuer: str) -> None:
    sso = Settings.from_environment(REAL | OIDC | {"OIDC_ISSUER": issuer}).sso
    assert sso
    assert sso.issuer == issuer
    assert sso.tenant == (TENANT if "microsoft" in issuer else "")


def test_a_public_domain_is_accepted_for_named_editors_only() -> None:
    named = {"OIDC_ALLOWED_DOMAINS": "gmail.com", "OIDC_EDITORS": "mari@gmail.com", "OIDC_DEFAULT_ROLE": "none"}
    assert Settings.from_environment(REAL | OIDC | named).sso


@pytest.mark.parametrize("around", ["\r", "\n", "\r\n", " ", "\t", "\u00a0", "\ufeff", "\u200b", "\ufeff \r\n"])
def test_white_space_around_settings_is_ignored(around: str) -> None:
    texts = REAL | OIDC | {"TEAM_NAME": "Acme", "SUPPORT_CONTACT": "it@acme.example", "TIME_ZONE": "Europe/Tallinn"}
    assert Settings.from_environment({name: f"{around}{value}{around}" for name, value in texts.items()}) == (
        Settings.from_environment(texts)
    )


@pytest.mark.parametrize("name", [*REAL, *OIDC, "TEAM_NAME", "DATABASE_URL", "DASHBOARD_USERS", "WEB_CONCURRENCY"])
def test_settings_that_are_not_utf_8_are_named(name: str) -> None:
    [line] = problems(REAL | OIDC | {name: os.fsdecode(b"canary-\xe4")})
    assert line == f"{name} is not UTF-8 text: set it anew, in UTF-8."


def test_missing_and_non_text_settings_are_named_together() -> None:
    wrong = {"MESSENTE_API_USERNAME": os.fsdecode(b"\xff"), "TIME_ZONE": os.fsdecode(b"\xff"), "PORT": '"80"'}
    lines = problems(wrong)
    assert sorted(line.split()[0] for line in lines) == sorted([*wrong, "MESSENTE_API_PASSWORD", "SECRET_KEY"])
    assert any(line.startswith("PORT") and "has quotes around it" in line for line in lines)


@pytest.mark.parametrize("value", ['"canary"', "'canary'", "“canary”", '"canary"\r'])
def test_quotes_around_a_setting_are_found(value: str) -> None:
    [line] = quoted_variables({"MESSENTE_API_PASSWORD": value, "OTHER": '"x"', "TEAM_NAME": 'The "A" team'})
    assert line.startswith("MESSENTE_API_PASSWORD has quotes around it")
    assert "canary" not in line


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("MESENTE_API_USERNAME", "MESSENTE_API_USERNAME"),
        ("MESSENTE_API_PASSWORT", "MESSENTE_API_PASSWORD"),
        ("MESSENTE_PASSWORD", "MESSENTE_API_PASSWORD"),
        ("messente_api_url", "MESSENTE_API_URL"),
        ("OIDC_EDITOR", "OIDC_EDITORS"),
        ("OIDC_SECRET", "OIDC_CLIENT_SECRET"),
        ("TRUSTED_HOST", "TRUSTED_HOSTS"),
        ("TIMEZONE", "TIME_ZONE"),
    ],
)
def test_a_misspelt_setting_is_pointed_out(name: str, meant: str) -> None:
    assert misspelt_variables([name, *REAL]) == [(name, meant)]
    assert problems({name: "canary"})[-1] == f"{name} is no setting: is {meant} meant?"


def test_other_programs_variables_are_ignored() -> None:
    others = ["AWS_DEFAULT_REGION", "PATH", "PORTS", "TZ", "HOME", "LOGNAME", "GUNICORN_CMD_ARGS", "DYNO", "HOSTNAME"]
    assert misspelt_variables([*others, "HEROKU_POSTGRESQL_AMBER_URL", "PYTHONUNBUFFERED", "XDG_RUNTIME_DIR"]) == []


def test_the_settings_are_those_in_the_readme() -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text()
    rows = [line.split("|")[1] for line in readme.splitlines() if line.startswith("| `")]
    assert {name for row in rows for name in re.findall(r"`([A-Z_]+)`", row)} == set(KNOWN_VARIABLES)


@pytest.mark.parametrize(
    ("value", "read"), [("/", ""), ("/phonebook", "/phonebook"), ("/phonebook/", "/phonebook"), ("/a/b-c", "/a/b-c")]
)
def test_valid_script_names(value: str, read: str) -> None:
    assert Settings.from_environment(REAL | {"SCRIPT_NAME": value}).script_name == read


@pytest.mark.parametrize("value", ["phonebook", "//evil.example", "/a//b", "/..", "/a/./b", "/a b", "/a?b", "/ä"])
def test_invalid_script_names(value: str) -> None:
    [line] = problems(REAL | {"SCRIPT_NAME": value})
    assert line.startswith("SCRIPT_NAME")


@pytest.mark.parametrize("value", ["", " ", "\ufeff2"])
def test_values_that_stop_gunicorn_are_named_first(value: str) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", "import gunicorn.config"],
        env=os.environ | {"WEB_CONCURRENCY": value},
        capture_output=True,
        check=False,
    )
    assert ended.returncode == 1, "gunicorn can read it: the check has no use any more"
    [line] = problems(REAL | {"WEB_CONCURRENCY": value})
    assert line.startswith("WEB_CONCURRENCY")
