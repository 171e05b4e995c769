"""Whether what the provider says of a reader is its own, of this sign-in, and still true."""

from typing import Any

from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import ECKey, KeySet, RSAKey
from joserfc.jws import JWSRegistry

from webapp.accounts.sso.errors import Untrusted
from webapp.settings.sso_config import SsoConfig

ALGORITHMS = ("RS256", "PS256", "ES256")
"""By which it may be signed. None works without the provider's private key."""
LEEWAY = 60
"""Seconds by which clocks may differ."""
KEY_TYPES: dict[object, type[RSAKey | ECKey]] = {"RSA": RSAKey, "EC": ECKey}


class UnknownKey(Exception):
    """It is signed by a key that is not among those at hand: there may be new ones."""


def read_keys(keys: list[dict[str, Any]]) -> KeySet:
    """Take the provider's keys that can be used here; others may be for other ends.

    Raises:
        ValueError: where there is none.

    """
    found = []
    for each in keys:
        kind = KEY_TYPES.get(each.get("kty"))
        if kind is None or each.get("use", "sig") != "sig":
            continue
        try:
            found.append(kind.import_key(each))
        except (JoseError, ValueError, TypeError, KeyError):
            continue
    if not found:
        raise ValueError("no key can be used")
    return KeySet(list(found))


def read_claims(token: str, keys: KeySet, sso: SsoConfig, nonce: str, access_token: object) -> dict[str, Any]:
    """Return what an ID token says, if it holds.

    Raises:
        UnknownKey: if it may hold by other keys.
        Untrusted: if it doesn't.

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
        # The words of these errors may repeat what is in the token; a claim's name is none of them.
        raise Untrusted(" ".join(filter(None, (type(error).__name__, getattr(error, "claim", ""))))) from error
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise Untrusted(type(error).__name__) from error
    if not isinstance(claims["sub"], str) or not claims["sub"]:
        raise Untrusted("sub")
    return dict(claims)
