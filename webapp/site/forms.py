"""A form that comes back to the reader, with what was typed."""

import logging
from typing import Any

from flask import Response, make_response, render_template
from flask_wtf import FlaskForm

from webapp.site.failures import Failure

log = logging.getLogger(__name__)

STALE = Failure(
    "We could not accept this form",
    "Nothing was changed. The page may have been open for too long, or the browser keeps no cookies for this site. "
    "Try again.",
    400,
)


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
        failure = STALE
    html = render_template(template, form=form, failure=failure, **context)
    return make_response(html, failure.status, failure.headers) if failure else make_response(html, status)
