"""Settings of single sign-on: the provider, and which work accounts may sign in with which role."""

import hashlib
import re
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from webapp.settings.users import Person, Role

EMAIL_ADDRESS = re.compile(r"[a-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@([a-z0-9-]+(?:\.[a-z0-9-]+)+)")
"""Lower case and ASCII only, because other alphabets have lookalike letters."""
DOMAIN = re.compile(r"(?=.{3,253}$)[a-z0-9-]+(?:\.[a-z0-9-]+)+")
PUBLIC_EMAIL_DOMAINS = frozenset(
    ["gmail.com", "googlemail.com", "outlook.com", "hotmail.com", "live.com", "msn.com", "yahoo.com", "icloud.com"]
)
"""Domains in which anybody can get an address."""

GOOGLE_ISSUER = "https://accounts.google.com"
MICROSOFT_HOSTS = frozenset(
    ["login.microsoftonline.com", "login.microsoftonline.us", "login.partner.microsoftonline.cn"]
)
TENANT_PATH = re.compile(r"/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})/v2\.0")
PERSONAL_TENANT = "9188040d-6c67-4c5b-b112-36a304b66dad"
"""Microsoft's tenant for personal accounts."""


@dataclass(frozen=True, kw_only=True)
class SsoConfig:
    """The provider, the dashboard's credentials there, and which work accounts may sign in."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    domains: frozenset[str]
    editors: frozenset[str] = frozenset()
    default_role: Role | None = Role.VIEWER
    """Role of users who are not listed as editors; None means no access."""

    @property
    def is_google(self) -> bool:
        """Whether the provider is Google."""
        return self.issuer == GOOGLE_ISSUER

    @property
    def tenant(self) -> str:
        """Id of the organisation's tenant at Microsoft; "" with another provider."""
        return tenant_of(self.issuer)

    @property
    def has_editor(self) -> bool:
        """Whether any work account may have the role editor."""
        return bool(self.editors) or self.default_role is Role.EDITOR

    def role_of(self, email: str) -> Role | None:
        """Return the role of an e-mail address; None if it may not sign in."""
        match = EMAIL_ADDRESS.fullmatch(email)
        if not match or match[1] not in self.domains:
            return None
        return Role.EDITOR if email in self.editors else self.default_role

    def colleague(self, subject: str, email: str) -> "WorkAccount | None":
        """Return the work account of a subject, the provider's user id; None if it may not sign in."""
        role = self.role_of(email)
        return WorkAccount(email, role, f"{self._prefix}{_hash(subject)}") if role else None

    def again(self, key: str, stamp: str) -> "WorkAccount | None":
        """Return the account of a session by its key and stamp; None if the settings no longer let it sign in."""
        email = stamp.partition(" ")[2]
        role = self.role_of(email) if key.startswith(self._prefix) else None
        return WorkAccount(email, role, key) if role else None

    @property
    def _prefix(self) -> str:
        return f"sso:{_hash(f'{self.issuer} {self.client_id}')[:16]}:"  # no account's name has a colon


@dataclass(frozen=True)
class WorkAccount(Person):
    """A work account, identified by the provider's user id and named by its e-mail address."""

    identity: str

    @property
    def key(self) -> str:
        """The account's id in the store: hashes of the issuer and client id, and of the subject."""
        return self.identity

    @property
    def stamp(self) -> str:
        """Role and e-mail address, so that a change of either ends the sessions."""
        return f"{self.role} {self.name}"


def tenant_of(issuer: str) -> str:
    """Return the tenant id in a Microsoft issuer's URL; "" for another issuer."""
    parts = urlsplit(issuer)
    match = TENANT_PATH.fullmatch(parts.path) if parts.hostname in MICROSOFT_HOSTS else None
    return match[1] if match else ""


def check_issuer(value: str) -> None:
    """Refuse an issuer that is open to everybody, or that can't be the provider's own name for itself.

    Raises:
        ValueError: with what it has to be instead.

    """
    if "/.well-known/" in value:
        raise ValueError("must be the issuer itself, without /.well-known/ and what follows")
    if value != GOOGLE_ISSUER and urlsplit(value).hostname == urlsplit(GOOGLE_ISSUER).hostname:
        raise ValueError(f"must be {GOOGLE_ISSUER}, with nothing after it")
    if urlsplit(value).hostname in MICROSOFT_HOSTS and tenant_of(value) in {"", PERSONAL_TENANT}:
        raise ValueError("must name your own tenant: https://login.microsoftonline.com/<tenant id>/v2.0")


def read_domains(value: str) -> frozenset[str]:
    """Parse domains separated by spaces or commas.

    Raises:
        ValueError: if one of them is invalid.

    """
    return _read_words(value, DOMAIN, "must be domains separated by spaces, such as acme.example")


def read_addresses(value: str) -> frozenset[str]:
    """Parse e-mail addresses separated by spaces or commas.

    Raises:
        ValueError: if one of them is invalid.

    """
    return _read_words(value, EMAIL_ADDRESS, "must be e-mail addresses separated by spaces")


def read_role(value: str) -> Role | None:
    """Parse a role; "none" is None.

    Raises:
        ValueError: if it is neither a role nor "none".

    """
    if value.lower() not in {*Role, "none"}:
        raise ValueError("must be viewer, editor or none")
    return None if value.lower() == "none" else Role(value.lower())


def find_conflicts(domains: frozenset[str], editors: frozenset[str], default_role: Role | None) -> list[str]:
    """Return a message for each conflict between these settings, with the names of the variables."""
    problems = []
    if outside := sorted(each for each in editors if each.rpartition("@")[2] not in domains):
        problems.append(f"OIDC_EDITORS has an address outside OIDC_ALLOWED_DOMAINS: {outside[0]}.")
    if default_role and (open_to_all := sorted(domains & PUBLIC_EMAIL_DOMAINS)):
        problems.append(
            f"OIDC_ALLOWED_DOMAINS has {open_to_all[0]}, where anybody gets an address: remove it, or set "
            "OIDC_DEFAULT_ROLE to none, so that only OIDC_EDITORS are let in."
        )
    if default_role is None and not editors:
        problems.append("OIDC_DEFAULT_ROLE is none, and OIDC_EDITORS is empty: nobody would be let in.")
    return problems


def _read_words(value: str, kind: re.Pattern[str], problem: str) -> frozenset[str]:
    words = frozenset(value.replace(",", " ").lower().split())
    if not all(map(kind.fullmatch, words)):
        raise ValueError(problem)
    return words


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
