"""The settings: the one module that reads the environment.

`Settings.from_environment` checks every variable and reports all that is wrong together, each by its name and with what
to do. No secret's value is ever repeated, neither in a message nor in a `repr`.
"""

import ipaddress
import os
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self, TypeVar
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from webapp.accounts.account import Account, read_accounts
from webapp.store.engine import check_url, sqlite_url

THREADS = 16
"""Requests that one worker process serves at a time, and so connections to the API that it keeps."""

MESSENTE_API_URL = "https://api.messente.com/v1"
SANDBOX_CREDENTIALS = "sandbox"

INSTANCE = Path(__file__).parent.parent / "instance"
STORE = sqlite_url(INSTANCE / "store.sqlite3")
SANDBOX_STORE = sqlite_url(INSTANCE / "sandbox.sqlite3")
"""Another file: what is done to sample data never mixes with what is done to the team's phonebook."""

UTC = ZoneInfo("UTC")

T = TypeVar("T")


class SettingsError(Exception):
    """The environment can't be used. `problems` has one line for each variable that is wrong."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems

    def __str__(self) -> str:
        return "The settings can't be used:\n" + "\n".join(f"  - {problem}" for problem in self.problems)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """All that one deployment sets. Times are in seconds."""

    api_url: str
    """Where the API is. Empty in the sandbox until the embedded one has been started."""
    api_username: str
    api_password: str = field(repr=False)
    secret_key: str = field(repr=False)
    secret_key_fallbacks: tuple[str, ...] = field(default=(), repr=False)
    database_url: str = field(default=STORE, repr=False)
    """Where the store is. Empty in the embedded sandbox until one that lasts as long has been made."""
    users: tuple[Account, ...] = ()
    """Who may sign in."""
    activity_days: int = 400
    """How long it is kept who did what."""
    sandbox: bool = False
    team_name: str = ""
    time_zone: ZoneInfo = UTC
    support_contact: str = ""
    trusted_hosts: tuple[str, ...] = ()
    proxy_hops: int = 0
    log_level: str = "INFO"
    port: int = 8000
    web_concurrency: int = 2
    connect_timeout: float = 3.05
    page_deadline: float = 20
    """What no page takes longer than, whatever the API does."""
    retry_backoff: float = 0.2

    @property
    def loopback_only(self) -> bool:
        """Whether this dashboard may be reached from this machine alone.

        Without accounts nobody has to sign in, so a real phonebook is not served to the network.
        """
        return not self.sandbox and not self.users

    def account(self, name: str) -> Account | None:
        """Return the account of that name, whose case does not count."""
        return next((account for account in self.users if account.key == name.casefold()), None)

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> Self:
        """Read and check the environment.

        Raises:
            SettingsError: naming every variable that is missing or can't be used.

        """
        problems: list[str] = []

        def read(name: str, parse: Callable[[str], T], default: T) -> T:
            value = environ.get(name, "").strip()
            if not value:
                return default
            try:
                return parse(value)
            except ValueError as error:
                problems.append(f"{name} {error}.")
                return default

        def need(name: str, why: str) -> str:
            value = environ.get(name, "")
            if not value.strip():
                problems.append(f"{name} is missing: {why}, or set SANDBOX=1 to try the dashboard on sample data.")
            return value

        sandbox = read("SANDBOX", _switch, default=False)
        api_url = read("MESSENTE_API_URL", _api_url, default="" if sandbox else MESSENTE_API_URL)
        secret_key = read("SECRET_KEY", _secret_key, default="")
        if sandbox:
            problems += _sandbox_conflicts(environ, api_url)
            username = password = SANDBOX_CREDENTIALS
            secret_key = secret_key or secrets.token_hex(32)
        else:
            username = need("MESSENTE_API_USERNAME", "set it to the user name of the Messente API")
            password = need("MESSENTE_API_PASSWORD", "set it to the password of the Messente API")
            if not secret_key and "SECRET_KEY" not in " ".join(problems):
                need("SECRET_KEY", "set it to 32 random bytes or more")
        settings = cls(
            api_url=api_url,
            api_username=username,
            api_password=password,
            secret_key=secret_key,
            secret_key_fallbacks=read("SECRET_KEY_FALLBACKS", _secret_keys, default=()),
            database_url=read("DATABASE_URL", _database_url, default=_store(sandbox, api_url)),
            users=read("DASHBOARD_USERS", read_accounts, default=()),
            activity_days=read("ACTIVITY_DAYS", _whole_number(1, 3650), default=400),
            sandbox=sandbox,
            team_name=read("TEAM_NAME", str, default=""),
            time_zone=read("TIME_ZONE", _time_zone, default=UTC),
            support_contact=read("SUPPORT_CONTACT", str, default=""),
            trusted_hosts=read("TRUSTED_HOSTS", _host_names, default=()),
            proxy_hops=read("PROXY_HOPS", _whole_number(0, 10), default=0),
            log_level=read("LOG_LEVEL", _log_level, default="INFO"),
            port=read("PORT", _whole_number(1, 65535), default=8000),
            web_concurrency=read("WEB_CONCURRENCY", _whole_number(1, 64), default=2),
        )
        if problems:
            raise SettingsError(problems)
        return settings


def is_loopback(host: str) -> bool:
    """Whether a host name or address means this machine alone."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def _sandbox_conflicts(environ: Mapping[str, str], api_url: str) -> list[str]:
    problems = [
        f"{name} is set, and so is SANDBOX=1: remove one, so that it is never in doubt which phonebook is edited."
        for name in ("MESSENTE_API_USERNAME", "MESSENTE_API_PASSWORD")
        if environ.get(name, "").strip()
    ]
    if api_url and not is_loopback(urlsplit(api_url).hostname or ""):
        problems.append("MESSENTE_API_URL leaves this machine, and SANDBOX=1 is set: remove one.")
    return problems


def _switch(value: str) -> bool:
    if value not in {"0", "1"}:
        raise ValueError("must be 1 or 0")
    return value == "1"


def _api_url(value: str) -> str:
    try:
        parts = urlsplit(value)
        _ = parts.port  # raises ValueError when it is no port
    except ValueError:  # its words repeat what may be a password
        raise ValueError(f"must be an address such as {MESSENTE_API_URL}") from None
    loopback = is_loopback(parts.hostname or "")
    if parts.scheme != "https" and not (parts.scheme == "http" and loopback):
        raise ValueError("must start with https:// (plain http:// only to this machine)")
    if not parts.hostname or parts.username or parts.password or parts.query or parts.fragment:
        raise ValueError(f"must be an address such as {MESSENTE_API_URL}, with nothing else in it")
    return value.rstrip("/")


def _store(sandbox: bool, api_url: str) -> str:
    if not sandbox:
        return STORE
    return SANDBOX_STORE if api_url else ""  # the embedded one begins anew, and so does what was done to it


def _database_url(value: str) -> str:
    check_url(value)
    return value


def _secret_key(value: str) -> str:
    if len(value.encode()) < 32:
        raise ValueError("is too short: it must have 32 bytes or more")
    if len(set(value)) < 6:
        raise ValueError("is too easy to guess: it must be random")
    return value


def _secret_keys(value: str) -> tuple[str, ...]:
    return tuple(_secret_key(key) for key in value.split())


def _time_zone(value: str) -> ZoneInfo:
    try:
        return ZoneInfo(value)
    except (KeyError, ValueError, OSError):
        raise ValueError("must be the name of a time zone, such as Europe/Tallinn") from None


def _host_names(value: str) -> tuple[str, ...]:
    names = tuple(value.replace(",", " ").lower().split())
    if any("/" in name or ":" in name for name in names):
        raise ValueError("must be host names separated by spaces, without scheme or port")
    return names


def _log_level(value: str) -> str:
    if value.upper() not in {"DEBUG", "INFO", "WARNING", "ERROR"}:
        raise ValueError("must be DEBUG, INFO, WARNING or ERROR")
    return value.upper()


def _whole_number(least: int, most: int) -> Callable[[str], int]:
    def parse(value: str) -> int:
        if not (value.isascii() and value.isdigit() and len(value) < 10 and least <= int(value) <= most):
            raise ValueError(f"must be a whole number from {least} to {most}")
        return int(value)

    return parse
