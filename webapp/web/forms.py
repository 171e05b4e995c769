"""Forms that run at most once, and are shown again with the user's input if they are refused."""

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
from wtforms.csrf.core import CSRF, CSRFTokenField

from webapp.web.current import account
from webapp.web.failures import Failure

log = logging.getLogger(__name__)

MAX_CLOCK_SKEW = 60
"""Seconds by which this machine's clock may be behind the clock of the machine that signed a token."""


class _LenientSigner(TimestampSigner):
    """Accepts signatures from slightly in the future: other machines' clocks may be ahead, or this one was set back."""

    def unsign(self, signed_value: str | bytes, max_age: int | None = None, return_timestamp: bool = False) -> Any:
        """Return the signed value, as the library does."""
        value, signed = super().unsign(signed_value, return_timestamp=True)
        age = self.get_timestamp() - signed.timestamp()
        if max_age is not None and not -MAX_CLOCK_SKEW <= age <= max_age:
            raise SignatureExpired(f"Signature age {age} seconds", payload=value, date_signed=signed)
        return (value, signed) if return_timestamp else value


# Flask-WTF uses itsdangerous' defaults: SHA-1, and no tolerance for clocks.
Signer.default_digest_method, Signer.default_key_derivation = staticmethod(hashlib.sha256), "hmac"
TimedSerializer.default_signer = _LenientSigner

STALE_FORM = Failure(
    "We could not accept this form",
    "Nothing was changed. The page may have been open for too long, or the browser keeps no cookies for this site. "
    "Try again.",
    400,
)


def form_token() -> str:
    """Return a form's token: Flask-WTF's CSRF token, masked so that every token is different."""
    salt = secrets.token_bytes(16)
    return f"{_text(salt)}.{_text(_mask(salt, generate_csrf().encode()))}"


class _TokenField(CSRFTokenField):
    """The field of a form's token. The token is made when the field is shown: most submitted forms aren't shown."""

    def _value(self) -> str:
        self.current_token = self.current_token or form_token()
        return self.current_token


class _OneForm(CSRF):
    """WTForms' CSRF protection with masked tokens."""

    field_class = _TokenField

    def generate_csrf_token(self, _field: Field) -> str:
        return ""

    def validate_csrf_token(self, _form: object, field: Field) -> None:
        token = _unmasked(field.data or "")
        try:
            validate_csrf(token)
        except ValidationError:
            if not _is_from_parallel_tab(token):
                raise


def _is_from_parallel_tab(token: str) -> bool:
    """Whether a form was made here for another tab of a browser that had no cookie yet.

    If a browser opens several pages at the same time for the first time, each sets a cookie, and the last one replaces
    the others. The token of another tab is accepted if nobody is signed in, the form comes from this site and the
    browser has one of those cookies, which it doesn't send with other sites' forms.
    """
    if account() or "csrf_token" not in session or not _is_from_this_site():
        return False
    try:
        URLSafeTimedSerializer(signing_keys(), salt="wtf-csrf-token").loads(
            token, max_age=current_app.config["WTF_CSRF_TIME_LIMIT"]
        )
    except BadData:
        return False
    return True


def _is_from_this_site() -> bool:
    """Whether the browser's headers say that the form is from this site; old and text browsers send none."""
    if site := request.headers.get("Sec-Fetch-Site"):
        return site == "same-origin"
    return request.headers.get("Origin") == request.host_url.rstrip("/")


class OnceForm(FlaskForm):
    """A form that runs at most once, however often it is submitted."""

    class Meta(FlaskForm.Meta):
        csrf_class = _OneForm

        def wrap_formdata(self, form: object, formdata: object) -> object:  # noqa: ARG002 - WTForms' signature
            """Accept only form fields, no files and no JSON."""
            return request.form or None if formdata is not None and request.method == "POST" else None

    @property
    def key(self) -> str:
        """Identify this form: the same for every submission of one page in one session, and for no other form."""
        token = f"{session.get('csrf_token')}.{self.csrf_token.data}"
        return hashlib.sha256(token.encode()).hexdigest()

    @property
    def content(self) -> str:
        """A digest of the address and the submitted fields, without the token."""
        fields = [(name, values) for name, values in sorted(request.form.lists()) if name != "csrf_token"]
        return hashlib.sha256(repr((request.path, fields)).encode("utf-8", "surrogatepass")).hexdigest()

    def keep_token(self, form: "OnceForm | None" = None) -> None:
        """Keep the submitted token (or that of another form), so that the page shows the same form again."""
        self.csrf_token.current_token = (form or self).csrf_token.data

    def renew_token(self) -> None:
        """Drop the token, so that the page shows a new form that may run again."""
        self.csrf_token.current_token = None


def form_page(
    template: str, form: FlaskForm, *, status: int = 422, failure: Failure | None = None, **context: Any
) -> Response:
    """Show a form again.

    Args:
        template: the page of the form.
        form: has the user's input and its errors.
        status: the HTTP status, unless there is a failure.
        failure: an error that is not about a field.
        context: more variables for the template.

    """
    if "csrf_token" in form.errors:
        log.warning("form refused", extra={"reason": "csrf"})
        failure = STALE_FORM
    html = render_template(template, form=form, failure=failure, **context)
    return make_response(html, failure.status, failure.headers) if failure else make_response(html, status)


def signing_keys() -> list[str]:
    """Return the signing keys, the current one last. Earlier keys stay valid for tokens that were signed with them."""
    keys: list[str] = current_app.config["WTF_CSRF_SECRET_KEY"]
    return keys


def _unmasked(token: str) -> str:
    """Return the CSRF token in a masked token; "" if it is invalid."""
    salt, _, masked = token.partition(".")
    try:
        # More padding than necessary is ignored.
        return _mask(base64.urlsafe_b64decode(f"{salt}=="), base64.urlsafe_b64decode(f"{masked}==")).decode()
    except ValueError:
        return ""


def _mask(salt: bytes, data: bytes) -> bytes:
    """Mask or unmask data by XOR with bytes derived from the salt. This is not encryption."""
    stream = hashlib.shake_128(salt).digest(len(data))
    return (int.from_bytes(data, "big") ^ int.from_bytes(stream, "big")).to_bytes(len(data), "big")


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
