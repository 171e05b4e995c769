"""The sign-in form and its page."""

import json
from typing import Self
from urllib.parse import quote_plus

from flask import Response
from wtforms import HiddenField, PasswordField, StringField, ValidationError
from wtforms.fields import Field

from webapp.accounts import saved_forms, sessions
from webapp.web.current import settings
from webapp.web.failures import Failure
from webapp.web.forms import OnceForm, form_page

NO_STORE = Failure("You can't be signed in now", "The dashboard can't record it. Try again in a minute.", 503)

MAX_SAVED_BYTES = 48 * 1024
"""Limit of a saved form in the sign-in form, so that the request is not too large."""


class SignInForm(OnceForm):
    """User name and password, the URL to go on to, and a form saved for it."""

    username = StringField("User name")
    password = PasswordField("Password")
    next = HiddenField()
    kept = HiddenField()
    is_too_long = False
    """Whether the submitted form was too long to be saved."""

    @classmethod
    def to_go_on(cls, address: str, fields: dict[str, str] | None = None, *, is_too_long: bool = False) -> Self:
        """Create an empty form that goes on to a URL, whose form then shows these fields again."""
        kept = json.dumps(fields, ensure_ascii=False) if fields else ""
        is_too_long = is_too_long or len(quote_plus(kept, errors="replace")) > MAX_SAVED_BYTES
        form = cls(formdata=None, data={"next": address, "kept": "" if is_too_long else kept})
        form.is_too_long = is_too_long
        return form

    def validate_username(self, field: Field) -> None:
        """Refuse an empty name."""
        if not (field.data or "").strip():
            raise ValidationError("Enter your user name")

    def validate_password(self, field: Field) -> None:
        """Refuse an empty password."""
        if not field.data:
            raise ValidationError("Enter your password")

    @property
    def is_much(self) -> bool:
        """Whether the saved form is too large for the cookie that single sign-on needs."""
        typed = self.kept.data or ""
        return bool(settings().sso and typed) and not saved_forms.fits_in_cookie(self.next.data or "", typed)

    @property
    def saved_fields(self) -> dict[str, str]:
        """The fields of the saved form; empty if they have been tampered with."""
        try:
            fields = json.loads((self.kept.data or "")[:MAX_SAVED_BYTES] or "{}")
        except (ValueError, RecursionError):
            return {}
        if not isinstance(fields, dict):
            return {}
        return {name: value for name, value in fields.items() if isinstance(value, str) and _is_text(value)}


def _is_text(value: str) -> bool:
    """Whether a value can be encoded as UTF-8: JSON may contain lone surrogates."""
    return not any("\ud800" <= character <= "\udfff" for character in value)


def sign_in_page(form: SignInForm, status: int, failure: Failure | None = None, *, other: bool = False) -> Response:
    """Render the sign-in page.

    Args:
        form: the sign-in form.
        status: of the response.
        failure: an error other than those of the fields.
        other: whether to ask for another work account than the last one.

    """
    goal, typed = form.next.data or "", form.kept.data or ""
    is_lost = form.is_much and not sessions.has_saved_form()
    carries = bool(typed) and not is_lost
    link = {"next": goal or None, "kept": "1" if carries else None, "other": "1" if other else None}
    response = form_page("accounts/sign_in.html", form, status=status, failure=failure, link=link, is_lost=is_lost)
    if carries and form.is_much:
        saved_forms.drop_cookie(response)
    elif carries and settings().sso:
        saved_forms.set_cookie(response, goal, typed)
        sessions.forget_saved_form()
    return response
