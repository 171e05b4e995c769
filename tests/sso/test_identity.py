"""How an e-mail address is verified: at Google, at Microsoft, elsewhere."""

from dataclasses import replace
from typing import Any

import pytest

from tests.sso.fake_provider import CLIENT
from webapp.accounts.sso.errors import NotConfirmed
from webapp.accounts.sso.identity import confirmed_address
from webapp.settings.sso_config import GOOGLE_ISSUER, SsoConfig

TENANT, ANOTHER = "8e6a1a3a-0000-4000-8000-1234567890ab", "11111111-0000-4000-8000-1234567890ab"
OTHER = SsoConfig(
    issuer="https://sso.acme.example", client_id=CLIENT, client_secret="x", domains=frozenset(["acme.example"])
)
AT_GOOGLE = replace(OTHER, issuer=GOOGLE_ISSUER)
AT_MICROSOFT = replace(OTHER, issuer=f"https://login.microsoftonline.com/{TENANT}/v2.0")
EMAIL = "Mari@acme.example"
HOSTED = {"email": EMAIL, "email_verified": True, "hd": "acme.example"}
OWNED = {"email": EMAIL, "tid": TENANT, "xms_edov": True}


@pytest.mark.parametrize(
    ("sso", "claims"),
    [
        *((OTHER, {"email": EMAIL, "email_verified": word}) for word in (True, "true", "True", "TRUE")),
        (AT_GOOGLE, HOSTED),
        (AT_GOOGLE, HOSTED | {"hd": "ACME.example"}),
        *((AT_MICROSOFT, OWNED | {"xms_edov": word}) for word in (True, 1, "1", "true", "True")),
        (AT_MICROSOFT, {"email": EMAIL, "xms_edov": True}),
    ],
)
def test_verified_addresses(sso: SsoConfig, claims: dict[str, Any]) -> None:
    assert confirmed_address(claims, sso) == "mari@acme.example"


@pytest.mark.parametrize(
    ("sso", "claims"),
    [
        (OTHER, {"email": EMAIL, "xms_edov": True, "hd": "acme.example"}),
        *((OTHER, {"email": EMAIL, "email_verified": word}) for word in ("false", "", "yes", "1", 1, ["true"], None)),
        (OTHER, {"email": EMAIL, "email_verified": 1.5}),
        (OTHER, {"email": [EMAIL], "email_verified": True}),
        (OTHER, {"preferred_username": EMAIL, "upn": EMAIL, "email_verified": True}),
        # A private account at Google, made with an address that its owner once had.
        (AT_GOOGLE, {"email": EMAIL, "email_verified": True}),
        (AT_GOOGLE, HOSTED | {"hd": "evil.example"}),
        (AT_GOOGLE, HOSTED | {"hd": ["acme.example"]}),
        (AT_GOOGLE, HOSTED | {"email_verified": False}),
        # An account of another tenant, whose owner wrote this address into it.
        (AT_MICROSOFT, {"email": EMAIL, "tid": TENANT}),
        (AT_MICROSOFT, {"email": EMAIL, "tid": TENANT, "email_verified": True}),
        (AT_MICROSOFT, OWNED | {"tid": ANOTHER}),
        *((AT_MICROSOFT, OWNED | {"xms_edov": word}) for word in (False, 0, "0", "false", "", None, [True], "yes")),
        (AT_MICROSOFT, {"preferred_username": EMAIL, "upn": EMAIL, "tid": TENANT, "xms_edov": True}),
    ],
)
def test_unverified_addresses(sso: SsoConfig, claims: dict[str, Any]) -> None:
    with pytest.raises(NotConfirmed):
        confirmed_address(claims, sso)


def test_an_address_of_google_itself_needs_no_organisation() -> None:
    open_to_editors = replace(AT_GOOGLE, domains=frozenset(["gmail.com"]), default_role=None)
    assert confirmed_address({"email": "mari@gmail.com", "email_verified": True}, open_to_editors) == "mari@gmail.com"
