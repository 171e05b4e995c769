"""Whose e-mail address it is: what vouches for it differs from provider to provider.

An address that nobody has confirmed is what anybody may write into an account of their own, to be taken for another.
"""

from collections.abc import Mapping
from typing import Any

from webapp.accounts.sso.errors import NotConfirmed
from webapp.settings.sso_config import SsoConfig

GOOGLES_OWN = frozenset(["gmail.com", "googlemail.com"])
TRUE = (True, "1", "true", "True")
"""The forms in which Microsoft says that it is so. `1` is equal to True."""


def confirmed_address(claims: Mapping[str, Any], sso: SsoConfig) -> str:
    """Return the address, in lower case.

    Raises:
        NotConfirmed: where nothing vouches for it.

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
    """Ask for the word of the domain's owner: the address alone is what the account's own tenant chose to write.

    A guest's account is of another tenant, so that the issuer alone vouches for nothing.
    """
    if claims.get("tid", sso.tenant) != sso.tenant:
        raise NotConfirmed("tid")
    if claims.get("xms_edov") not in TRUE:
        raise NotConfirmed("xms_edov")
    return email


def _at_google(email: str, claims: Mapping[str, Any], sso: SsoConfig) -> str:
    """Ask for an account of the organisation: a private one may bear an address of it that was confirmed long ago."""
    hosted = claims.get("hd")
    if email.rpartition("@")[2] in GOOGLES_OWN:
        return email
    if not isinstance(hosted, str) or hosted.lower() not in sso.domains:
        raise NotConfirmed("hd")
    return email
