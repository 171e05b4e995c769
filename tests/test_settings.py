"""The settings: checked all at once, each named, no secret shown."""

import pytest

from webapp.settings import Settings, SettingsError

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
    assert settings.loopback_only
    assert "canary" not in repr(settings)


def test_everything_that_is_missing_is_named_at_once() -> None:
    assert [line.split()[0] for line in problems({})] == [
        "MESSENTE_API_USERNAME",
        "MESSENTE_API_PASSWORD",
        "SECRET_KEY",
    ]


def test_everything_that_is_wrong_is_named_at_once() -> None:
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
def test_an_address_of_the_api_that_cannot_be_used(url: str) -> None:
    [line] = problems(REAL | {"MESSENTE_API_URL": url})
    assert line.startswith("MESSENTE_API_URL")


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8100/v1/", "http://[::1]:8100/v1", "http://localhost/v1", "https://x/v1"]
)
def test_an_address_of_the_api_that_can(url: str) -> None:
    assert Settings.from_environment(REAL | {"MESSENTE_API_URL": url}).api_url == url.rstrip("/")


def test_what_is_set_is_read() -> None:
    settings = Settings.from_environment(
        REAL
        | {"SECRET_KEY_FALLBACKS": f"{'abcdef' * 6} {'ghijkl' * 6}", "TIME_ZONE": "Europe/Tallinn", "TEAM_NAME": "Acme"}
        | {"SUPPORT_CONTACT": "it@acme.example", "TRUSTED_HOSTS": "A.example, .b.example", "PROXY_HOPS": "1"}
        | {"LOG_LEVEL": "debug", "PORT": "9000", "WEB_CONCURRENCY": "3"}
    )
    assert settings.secret_key_fallbacks == ("abcdef" * 6, "ghijkl" * 6)
    assert str(settings.time_zone) == "Europe/Tallinn"
    assert (settings.team_name, settings.support_contact) == ("Acme", "it@acme.example")
    assert settings.trusted_hosts == ("a.example", ".b.example")
    assert (settings.proxy_hops, settings.log_level, settings.port, settings.web_concurrency) == (1, "DEBUG", 9000, 3)


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
