"""Verification of ID tokens: signature, issuer, audience, nonce and expiry."""

from typing import Any

from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import ECKey, KeySet, RSAKey
from joserfc.jws import JWSRegistry

from webapp.accounts.sso.errors import Untrusted
from webapp.settings.sso_config import SsoConfig

ALGORITHMS = ("RS256", "PS256", "ES256")
"""Accepted signature algorithms. All of them are asymmetric, so only the provider can sign."""
LEEWAY = 60
"""Seconds by which the clocks may differ."""
KEY_TYPES: dict[object, type[RSAKey | ECKey]] = {"RSA": RSAKey, "EC": ECKey}


class UnknownKey(Exception):
    """The token is signed by a key that is not in the key set. The provider may have published new keys."""


def read_keys(keys: list[dict[str, Any]]) -> KeySet:
    """Return the provider's keys that can verify signatures; others are ignored.

    Raises:
        ValueError: if there is none.

    """
    imported = []
    for each in keys:
        kind = KEY_TYPES.get(each.get("kty"))
        if kind is None or each.get("use", "sig") != "sig":
            continue
        try:
            imported.append(kind.import_key(each))
        except (JoseError, ValueError, TypeError, KeyError):
            continue
    if not imported:
        raise ValueError("no key can be used")
    return KeySet(list(imported))


def read_claims(token: str, keys: KeySet, sso: SsoConfig, nonce: str, access_token: object) -> dict[str, Any]:
    """Verify an ID token and return its claims.

    Args:
        token: the ID token, a JWT.
        keys: the provider's keys.
        sso: the settings, with the expected issuer and audience.
        nonce: the expected nonce.
        access_token: if it is a string, it is checked against the token's `at_hash`.

    Raises:
        UnknownKey: if the token is signed by a key that isn't in `keys`.
        Untrusted: if the token is invalid.

    """
    expected: Any = {
        "iss": {"essential": True, "value": sso.issuer},
        "aud": {"essential": True, "value": sso.client_id},
    }
    known = {"nonce": nonce, "client_id": sso.client_id}
    if isinstance(access_token, str):
        known["access_token"] = access_token
    try:
        read = jwt.decode(token, keys, registry=JWSRegistry(algorithms=ALGORITHMS, strict_check_header=False))
        claims = CodeIDToken(read.claims, read.header, expected, known)
        claims.validate(leeway=LEEWAY)
    except InvalidKeyIdError:
        raise UnknownKey from None
    except JoseError as error:
        # The messages of these errors may quote the token, so pass on only the class and the claim's name.
        raise Untrusted(" ".join(filter(None, (type(error).__name__, getattr(error, "claim", ""))))) from error
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise Untrusted(type(error).__name__) from error
    if not isinstance(claims["sub"], str) or not claims["sub"]:
        raise Untrusted("sub")
    return dict(claims)
