"""Verification of a work account's e-mail address, by the rules of each provider.

With an unverified address, users could pass themselves off as somebody else by changing the address of their account.
"""

from collections.abc import Mapping
from typing import Any

from webapp.accounts.sso.errors import NotConfirmed
from webapp.settings.sso_config import SsoConfig

GMAIL_DOMAINS = frozenset(["gmail.com", "googlemail.com"])
TRUE = (True, "1", "true", "True")
"""Microsoft's ways to write true in a claim. `1` is equal to True."""


def confirmed_address(claims: Mapping[str, Any], sso: SsoConfig) -> str:
    """Return the verified e-mail address in lower case.

    Raises:
        NotConfirmed: if the address is not verified.

    """
    email = claims.get("email")
    if not isinstance(email, str) or not email.isascii():
        raise NotConfirmed("no address")
    email = email.lower()
    if sso.tenant:
        return _at_microsoft(email, claims, sso)
    verified = claims.get("email_verified")
    if verified is not True and not (isinstance(verified, str) and verified.lower() == "true"):  # some send it as text
        raise NotConfirmed("email_verified")
    return _at_google(email, claims, sso) if sso.is_google else email


def _at_microsoft(email: str, claims: Mapping[str, Any], sso: SsoConfig) -> str:
    """Require `xms_edov`, which says that the domain's owner is verified: a tenant can set any address.

    Also require the tenant's id, since guests' accounts belong to another tenant in spite of the same issuer.
    """
    if claims.get("tid", sso.tenant) != sso.tenant:
        raise NotConfirmed("tid")
    if claims.get("xms_edov") not in TRUE:
        raise NotConfirmed("xms_edov")
    return email


def _at_google(email: str, claims: Mapping[str, Any], sso: SsoConfig) -> str:
    """Require an account of the organisation, since a former member's personal account may still have its address."""
    hosted = claims.get("hd")
    if email.rpartition("@")[2] in GMAIL_DOMAINS:
        return email
    if not isinstance(hosted, str) or hosted.lower() not in sso.domains:
        raise NotConfirmed("hd")
    return email
