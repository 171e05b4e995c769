"""What was typed into a form before its reader had to sign in, carried past the provider in a cookie of its own.

A link leads there, and takes no form along. The store keeps nothing for strangers, so that none can fill it.
"""

import hashlib
import json

from flask import request
from itsdangerous import BadData, URLSafeTimedSerializer
from werkzeug.wrappers import Response

from webapp.web.forms import signing_keys
from webapp.web.security import cookie_name, cookie_path

MAX_TARGET_CHARS = 300
"""Of the address that a work account or a saved form leads back to: the cookie that holds it has its limit."""

MAX_COOKIE_BYTES = 3300
"""Bytes of the cookie; browsers drop larger ones than 4,096. Two names of any length that a group may have fit."""


def set_cookie(response: Response, address: str, fields: str) -> None:
    """Give a reader what was typed, to bring it back."""
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
    """Whether it is not too much to be carried."""
    return len(_sealed(address, fields)) <= MAX_COOKIE_BYTES


def read_cookie(address: str) -> dict[str, str]:
    """Return what was typed into the form at an address, if the reader brings that."""
    try:
        [sealed_for, fields] = _serializer().loads(
            request.cookies.get(cookie_name("typed"), ""), max_age=MAX_SIGN_IN_SECONDS
        )
        found = json.loads(fields) if sealed_for == address else {}
    except (BadData, ValueError, TypeError):
        return {}
    return dict(found)


def drop_cookie(response: Response) -> None:
    """Have the reader forget it."""
    if (name := cookie_name("typed")) in request.cookies:
        response.delete_cookie(name, secure=request.is_secure, httponly=True, samesite="Lax", path=cookie_path())


def _sealed(address: str, fields: str) -> str:
    return str(_serializer().dumps([address, fields]))


def _serializer() -> URLSafeTimedSerializer:
    settings = {"key_derivation": "hmac", "digest_method": hashlib.sha256}
    return URLSafeTimedSerializer(signing_keys(), salt="typed", signer_kwargs=settings)


MAX_SIGN_IN_SECONDS = 1800
"""Seconds. Some have to find their telephone first."""
