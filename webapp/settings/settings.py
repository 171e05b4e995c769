"""The settings, read from the environment. No other module reads it.

`Settings.from_environment` checks every variable and reports all problems at once, each with the variable's name and
what to do. Secrets never appear in a message or a `repr`.
"""

import hashlib
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from webapp.settings import parsers, sso_config
from webapp.settings.environment import Environment, misspelt_variables
from webapp.settings.sso_config import SsoConfig
from webapp.settings.users import Account, Person, read_accounts
from webapp.store.engine import check_url, sqlite_url, store_file

THREADS = 64
"""Requests that one worker process serves in parallel, and its pool size of connections to the API.

Threads spend nearly all of their time waiting for the API or for slow clients.
"""

MESSENTE_API_URL = "https://api.messente.com/v1"
SANDBOX_CREDENTIALS = "sandbox"
OR_SANDBOX = "or set SANDBOX=1 to try the dashboard on sample data"

INSTANCE = Path(__file__).parents[2] / "instance"
STORE = sqlite_url(INSTANCE / "store.sqlite3")
SANDBOX_STORE = sqlite_url(INSTANCE / "sandbox.sqlite3")
"""A separate file, so that changes to sample data never mix with changes to the team's phonebook."""

UTC = ZoneInfo("UTC")


class SettingsError(Exception):
    """The environment is invalid. `problems` has one line for each invalid variable."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems

    def __str__(self) -> str:
        return "The settings can't be used:\n" + "\n".join(f"  - {problem}" for problem in self.problems)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """All settings of a deployment. Times are in seconds."""

    api_url: str
    """The API's base URL; "" if the embedded sandbox has yet to be started."""
    api_username: str
    api_password: str = field(repr=False)
    secret_key: str = field(repr=False)
    secret_key_fallbacks: tuple[str, ...] = field(default=(), repr=False)
    database_url: str = field(default=STORE, repr=False)
    """The store's URL; "" with the embedded sandbox, which gets a temporary store."""
    users: tuple[Account, ...] = ()
    """Accounts with a password."""
    sso: SsoConfig | None = None
    """Single sign-on; None if it is off."""
    activity_days: int = 400
    """Days for which recorded actions are kept."""
    undo_days: int = 30
    """Days for which an action can be undone; 0 stores nothing for undo."""
    background_work: bool = True
    """Whether this machine starts a background worker beside its web server."""
    api_rate: int = 120
    """Calls to the API per second, over all processes of this machine."""
    sandbox: bool = False
    team_name: str = ""
    time_zone: ZoneInfo = UTC
    default_region: str = ""
    """Two-letter region of phone numbers without a country code; "" if they are refused."""
    support_contact: str = ""
    custom_field_names: tuple[str, ...] = ()
    """The team's names of the contacts' custom fields; "" for a field without a name."""
    trusted_hosts: tuple[str, ...] = ()
    script_name: str = ""
    """The path of the dashboard's URL, such as /phonebook; "" at the root of its host."""
    proxy_hops: int = 0
    log_level: str = "INFO"
    port: int = 8000
    web_concurrency: int = 2
    connect_timeout: float = 3.05
    page_deadline: float = 20
    """Deadline of every page, whatever the API does."""
    retry_backoff: float = 0.2
    max_changes: int = 100_000
    """Changes of one action. The background makes them in a quarter of an hour at the default pace."""

    @property
    def must_sign_in(self) -> bool:
        """Whether users have to sign in, by a password (`users`) or a work account (`sso`)."""
        return bool(self.users) or self.sso is not None

    @property
    def loopback_only(self) -> bool:
        """Whether the dashboard may listen on loopback addresses only.

        Without accounts nobody has to sign in, so a real phonebook must not be served to the network.
        """
        return not self.sandbox and not self.must_sign_in

    @property
    def has_editor(self) -> bool:
        """Whether any account may change the phonebook."""
        return any(user.may_change for user in self.users) or bool(self.sso and self.sso.has_editor)

    def shared_file(self, suffix: str) -> Path:
        """Return the path of a file by which the processes of this machine share what they know of the phonebook."""
        store = store_file(self.database_url)
        phonebook = hashlib.sha256(f"{self.api_url} {self.api_username}".encode()).hexdigest()
        return (store.path.parent if store else INSTANCE) / f"{phonebook[:16]}.{suffix}"

    def account(self, name: str) -> Account | None:
        """Return the account with a name, ignoring case; None if there is none."""
        key = name.casefold()
        return next((account for account in self.users if account.key == key), None)

    def person(self, key: str, stamp: str) -> Person | None:
        """Return the current account of a session by its key and stamp; None if it may no longer sign in."""
        return self.account(key) or (self.sso.again(key, stamp) if self.sso else None)

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> Self:
        """Read and check the environment.

        Raises:
            SettingsError: with the names of all missing and invalid variables.

        """
        environment = Environment(environ)
        read, problems = environment.read, environment.problems
        sandbox = read("SANDBOX", parsers.switch, default=False)
        api_url = read(
            "MESSENTE_API_URL", parsers.address(MESSENTE_API_URL), default="" if sandbox else MESSENTE_API_URL
        )
        api_url = api_url.rstrip("/")
        secret_key = read("SECRET_KEY", parsers.secret_key, default="")
        if sandbox:
            problems += _sandbox_conflicts(environment, api_url)
            username = password = SANDBOX_CREDENTIALS
            secret_key = secret_key or secrets.token_hex(32)
        else:
            username = environment.need(
                "MESSENTE_API_USERNAME", f"set it to the user name of the Messente API, {OR_SANDBOX}"
            )
            password = environment.need(
                "MESSENTE_API_PASSWORD", f"set it to the password of the Messente API, {OR_SANDBOX}"
            )
            environment.need("SECRET_KEY", f"set it to 32 random bytes or more, {OR_SANDBOX}")
        settings = cls(
            api_url=api_url,
            api_username=username,
            api_password=password,
            secret_key=secret_key,
            secret_key_fallbacks=read("SECRET_KEY_FALLBACKS", parsers.secret_keys, default=cls.secret_key_fallbacks),
            database_url=read("DATABASE_URL", _database_url, default=_store(sandbox, api_url)),
            users=read("DASHBOARD_USERS", read_accounts, default=cls.users),
            sso=_single_sign_on(environment),
            activity_days=read("ACTIVITY_DAYS", parsers.whole_number(1, 3650), default=cls.activity_days),
            undo_days=read("UNDO_DAYS", parsers.whole_number(0, 365), default=cls.undo_days),
            background_work=read("BACKGROUND_WORK", parsers.switch, default=cls.background_work),
            api_rate=read("API_RATE", parsers.whole_number(1, 10_000), default=cls.api_rate),
            sandbox=sandbox,
            team_name=read("TEAM_NAME", str, default=cls.team_name),
            time_zone=read("TIME_ZONE", parsers.time_zone, default=cls.time_zone),
            default_region=read("DEFAULT_REGION", parsers.region, default=cls.default_region),
            support_contact=read("SUPPORT_CONTACT", str, default=cls.support_contact),
            custom_field_names=read("CUSTOM_FIELD_NAMES", parsers.field_names, default=cls.custom_field_names),
            trusted_hosts=read("TRUSTED_HOSTS", parsers.host_names, default=cls.trusted_hosts),
            script_name=read("SCRIPT_NAME", parsers.path, default=cls.script_name),
            proxy_hops=read("PROXY_HOPS", parsers.whole_number(0, 10), default=cls.proxy_hops),
            log_level=read("LOG_LEVEL", parsers.log_level, default=cls.log_level),
            port=read("PORT", parsers.whole_number(1, 65535), default=cls.port),
            web_concurrency=read("WEB_CONCURRENCY", parsers.whole_number(1, 64), default=cls.web_concurrency),
        )
        _check_workers(environment, environ)
        if problems:
            unknown = [f"{name} is no setting: is {meant} meant?" for name, meant in misspelt_variables(environ)]
            raise SettingsError(problems + unknown)
        return settings


def _check_workers(environment: Environment, environ: Mapping[str, str]) -> None:
    """Refuse a WEB_CONCURRENCY that would crash gunicorn, which reads the variable itself and doesn't trim it."""
    try:
        int(environ.get("WEB_CONCURRENCY", "0"))
    except ValueError:
        if not any(problem.startswith("WEB_CONCURRENCY ") for problem in environment.problems):
            problem = "WEB_CONCURRENCY can't be read by gunicorn: remove it, or set it to a number alone."
            environment.problems.append(problem)


def _sandbox_conflicts(environment: Environment, api_url: str) -> list[str]:
    problems = [
        f"{name} is set, and so is SANDBOX=1: remove one, so that it is never in doubt which phonebook is edited."
        for name in ("MESSENTE_API_USERNAME", "MESSENTE_API_PASSWORD")
        if environment.is_set(name)
    ]
    if api_url and not parsers.is_loopback(urlsplit(api_url).hostname or ""):
        problems.append("MESSENTE_API_URL leaves this machine, and SANDBOX=1 is set: remove one.")
    return problems


_NEEDED = ("OIDC_ISSUER", "OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET", "OIDC_ALLOWED_DOMAINS")


def _single_sign_on(environment: Environment) -> SsoConfig | None:
    read, problems = environment.read, environment.problems
    if not any(environment.is_set(name) for name in (*_NEEDED, "OIDC_EDITORS", "OIDC_DEFAULT_ROLE")):
        return None
    for name in _NEEDED:
        environment.need(name, "single sign-on needs it, and other OIDC_ variables are set")
    before = len(problems)
    sso = SsoConfig(
        issuer=read("OIDC_ISSUER", _issuer, default=""),
        client_id=read("OIDC_CLIENT_ID", parsers.one_word, default=""),
        client_secret=read("OIDC_CLIENT_SECRET", parsers.one_word, default=""),
        domains=read("OIDC_ALLOWED_DOMAINS", sso_config.read_domains, default=frozenset()),
        editors=read("OIDC_EDITORS", sso_config.read_addresses, default=frozenset()),
        default_role=read("OIDC_DEFAULT_ROLE", sso_config.read_role, default=SsoConfig.default_role),
    )
    if len(problems) == before and sso.domains:
        problems += sso_config.find_conflicts(sso.domains, sso.editors, sso.default_role)
    return sso


def _issuer(value: str) -> str:
    issuer = parsers.address("https://accounts.google.com")(value)
    sso_config.check_issuer(issuer)
    return issuer


def _store(sandbox: bool, api_url: str) -> str:
    if not sandbox:
        return STORE
    return SANDBOX_STORE if api_url else ""  # the embedded sandbox starts afresh, and so does its store


def _database_url(value: str) -> str:
    check_url(value)
    return value
