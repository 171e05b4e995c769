"""A cookie that saves a form's fields while the user signs in with a work account.

The redirect to the provider can't carry a form. The store saves nothing for strangers, so that they can't fill it.
"""

import hashlib
import json

from flask import request
from itsdangerous import BadData, URLSafeTimedSerializer
from werkzeug.wrappers import Response

from webapp.web.forms import signing_keys
from webapp.web.security import cookie_name, cookie_path

MAX_TARGET_CHARS = 300
"""Limit of the URL to return to after signing in, because it is part of a cookie."""

MAX_COOKIE_BYTES = 3300
"""Browsers drop cookies above 4,096 bytes. This is enough for two group names of the maximum length."""


def set_cookie(response: Response, address: str, fields: str) -> None:
    """Save a form's fields in the cookie, unless they are too long."""
    value = _sealed(address, fields)
    if len(value) <= MAX_COOKIE_BYTES:
        response.set_cookie(
            cookie_name("typed"),
            value,
            max_age=MAX_SIGN_IN_SECONDS,
            secure=request.is_secure,
            httponly=True,
            samesite="Lax",
            path=cookie_path(),
        )


def fits_in_cookie(address: str, fields: str) -> bool:
    """Whether a form's fields fit in the cookie."""
    return len(_sealed(address, fields)) <= MAX_COOKIE_BYTES


def read_cookie(address: str) -> dict[str, str]:
    """Return the fields saved for the form at a URL; empty if there are none."""
    try:
        [sealed_for, fields] = _serializer().loads(
            request.cookies.get(cookie_name("typed"), ""), max_age=MAX_SIGN_IN_SECONDS
        )
        found = json.loads(fields) if sealed_for == address else {}
    except (BadData, ValueError, TypeError):
        return {}
    return dict(found)


def drop_cookie(response: Response) -> None:
    """Delete the cookie."""
    if (name := cookie_name("typed")) in request.cookies:
        response.delete_cookie(name, secure=request.is_secure, httponly=True, samesite="Lax", path=cookie_path())


def _sealed(address: str, fields: str) -> str:
    return str(_serializer().dumps([address, fields]))


def _serializer() -> URLSafeTimedSerializer:
    settings = {"key_derivation": "hmac", "digest_method": hashlib.sha256}
    return URLSafeTimedSerializer(signing_keys(), salt="typed", signer_kwargs=settings)


MAX_SIGN_IN_SECONDS = 1800
"""Time for signing in with a work account. Some users have to find their phone first."""
