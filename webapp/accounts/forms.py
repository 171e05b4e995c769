"""The sign-in form and its page."""

from typing import Self

from flask import Response
from wtforms import HiddenField, PasswordField, StringField, ValidationError
from wtforms.fields import Field

from webapp.accounts.saved_forms import read_form_id
from webapp.web.failures import Failure
from webapp.web.forms import OnceForm, form_page

NO_STORE = Failure("You can't be signed in now", "The dashboard can't save your sign-in. Try again in a minute.", 503)


class SignInForm(OnceForm):
    """User name and password, the URL to go on to, and the id of the saved form that is shown there."""

    username = StringField("User name")
    password = PasswordField("Password")
    next = HiddenField()
    saved = HiddenField()

    @classmethod
    def to_go_on(cls, address: str, saved: int | None = None) -> Self:
        """Create an empty form that goes on to a URL, which then shows a saved form again."""
        return cls(formdata=None, data={"next": address, "saved": str(saved or "")})

    def validate_username(self, field: Field) -> None:
        """Refuse an empty name."""
        if not (field.data or "").strip():
            raise ValidationError("Enter your user name")

    def validate_password(self, field: Field) -> None:
        """Refuse an empty password."""
        if not field.data:
            raise ValidationError("Enter your password")

    @property
    def saved_id(self) -> int | None:
        """The id of the saved form; None if there is none."""
        return read_form_id(self.saved.data)


def sign_in_page(
    form: SignInForm, status: int, failure: Failure | None = None, *, is_too_long: bool = False, other: bool = False
) -> Response:
    """Render the sign-in page.

    Args:
        form: the sign-in form.
        status: of the response.
        failure: an error other than those of the fields.
        is_too_long: whether a form was submitted that is too long to be saved.
        other: whether to ask for another work account than the last one.

    """
    link = {"next": form.next.data or None, "saved": form.saved_id, "other": "1" if other else None}
    return form_page("accounts/sign_in.html", form, status=status, failure=failure, link=link, is_too_long=is_too_long)
