"""Forms that act once, and come back to the reader with what was typed."""

import base64
import hashlib
import logging
import secrets
from typing import Any

from flask import Response, current_app, make_response, render_template, request, session
from flask_wtf import FlaskForm
from flask_wtf.csrf import generate_csrf, validate_csrf
from itsdangerous import BadData, SignatureExpired, Signer, TimedSerializer, TimestampSigner, URLSafeTimedSerializer
from wtforms import Field, ValidationError
from wtforms.csrf.core import CSRF

from webapp.web.current import account
from webapp.web.failures import Failure

log = logging.getLogger(__name__)

CLOCKS = 60
"""Seconds by which this machine's clock may be behind the one that signed something."""


class _LenientSigner(TimestampSigner):
    """Takes what was signed a moment ago by a machine whose clock is ahead, or by this one before it was set back."""

    def unsign(self, signed_value: str | bytes, max_age: int | None = None, return_timestamp: bool = False) -> Any:
        """Return what was signed, as the library does."""
        value, signed = super().unsign(signed_value, return_timestamp=True)
        age = self.get_timestamp() - signed.timestamp()
        if max_age is not None and not -CLOCKS <= age <= max_age:
            raise SignatureExpired(f"Signature age {age} seconds", payload=value, date_signed=signed)
        return (value, signed) if return_timestamp else value


# Flask-WTF signs by the library's defaults, which are SHA-1 and clocks that agree.
Signer.default_digest_method, Signer.default_key_derivation = staticmethod(hashlib.sha256), "hmac"
TimedSerializer.default_signer = _LenientSigner

STALE_FORM = Failure(
    "We could not accept this form",
    "Nothing was changed. The page may have been open for too long, or the browser keeps no cookies for this site. "
    "Try again.",
    400,
)


def form_token() -> str:
    """Make a token for one form: against other sites' forms, as Flask-WTF makes it, masked so that no two are alike."""
    salt = secrets.token_bytes(16)
    return f"{_text(salt)}.{_text(_mask(salt, generate_csrf(signing_keys()).encode()))}"


class _OneForm(CSRF):
    """WTForms' protection against other sites' forms, by such tokens."""

    def generate_csrf_token(self, _field: Field) -> str:
        return form_token()

    def validate_csrf_token(self, _form: object, field: Field) -> None:
        token = _unmasked(field.data or "")
        try:
            validate_csrf(token, signing_keys())
        except ValidationError:
            if not _is_of_a_tab_beside(token):
                raise


def _is_of_a_tab_beside(token: str) -> bool:
    """Whether a form was made here for a browser that had no cookie yet.

    Of pages that a browser opens at once for the first time, each comes with a cookie, and the last one replaces the
    others. Nobody may be signed in, the form must come from this site, and the browser must have one of those cookies,
    which it sends along with no other site's form.
    """
    # Read anew: making a form has put a token into `session`.
    brought: Any = current_app.session_interface.open_session(current_app, request) or {}
    if account() or "csrf_token" not in brought or not _is_from_this_site():
        return False
    try:
        URLSafeTimedSerializer(signing_keys(), salt="wtf-csrf-token").loads(
            token, max_age=current_app.config["WTF_CSRF_TIME_LIMIT"]
        )
    except BadData:
        return False
    return True


def _is_from_this_site() -> bool:
    """Whether the browser says so; old and text browsers say nothing."""
    if site := request.headers.get("Sec-Fetch-Site"):
        return site == "same-origin"
    return request.headers.get("Origin") == request.host_url.rstrip("/")


class OnceForm(FlaskForm):
    """A form that acts once, however often it is sent."""

    class Meta(FlaskForm.Meta):
        csrf_class = _OneForm

        def wrap_formdata(self, form: object, formdata: object) -> object:  # noqa: ARG002 - WTForms' signature
            """Take what a browser sends in a form's fields, and neither files nor JSON in their place."""
            return request.form or None if formdata is not None and request.method == "POST" else None

    @property
    def key(self) -> str:
        """Which form it is: the same whenever this very page is sent in this session, and no other's."""
        token = f"{session.get('csrf_token')}.{self.csrf_token.data}"
        return hashlib.sha256(token.encode()).hexdigest()

    @property
    def content(self) -> str:
        """A digest of what was sent and to which address, without the token."""
        fields = [(name, values) for name, values in sorted(request.form.lists()) if name != "csrf_token"]
        return hashlib.sha256(repr((request.path, fields)).encode("utf-8", "surrogatepass")).hexdigest()

    def keep_token(self, form: "OnceForm | None" = None) -> None:
        """Come back as the same form, or as another one that was sent."""
        self.csrf_token.current_token = (form or self).csrf_token.data

    def renew_token(self) -> None:
        """Come back as another form, which may act again."""
        self.csrf_token.current_token = form_token()


def form_page(
    template: str, form: FlaskForm, *, status: int = 422, failure: Failure | None = None, **context: Any
) -> Response:
    """Show a form again.

    Args:
        template: the page that holds the form.
        form: with what was typed, and errors at its fields.
        status: unless a failure has its own.
        failure: what went wrong beyond the fields.
        context: what else the template needs.

    """
    if "csrf_token" in form.errors:
        log.warning("form refused", extra={"reason": "csrf"})
        failure = STALE_FORM
    html = render_template(template, form=form, failure=failure, **context)
    return make_response(html, failure.status, failure.headers) if failure else make_response(html, status)


def signing_keys() -> list[str]:
    """Return the keys that sign what readers bring back, the one in use last: what is out outlives a change of it."""
    return [*current_app.config["SECRET_KEY_FALLBACKS"], current_app.config["SECRET_KEY"]]


def _unmasked(token: str) -> str:
    """Return what a token masks; nothing where it is none."""
    salt, _, masked = token.partition(".")
    try:
        return _mask(_bytes(salt), _bytes(masked)).decode()
    except ValueError:
        return ""


def _mask(salt: bytes, data: bytes) -> bytes:
    """Mask or unmask data by a stream of bytes made of the salt. Whoever has the salt can undo it."""
    stream = hashlib.shake_128(salt).digest(len(data))
    return (int.from_bytes(data, "big") ^ int.from_bytes(stream, "big")).to_bytes(len(data), "big")


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
