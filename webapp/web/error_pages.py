"""Render error pages, and handle errors that views raise."""

import logging

from flask import Flask, Response, make_response, render_template, request, url_for
from flask_wtf import FlaskForm
from gunicorn.http.errors import ParseException
from markupsafe import Markup
from werkzeug.exceptions import BadRequest, ClientDisconnected, HTTPException, SecurityError

from webapp.phonebook.errors import AccessRefused, AnswerTooLarge, NotFound, PhonebookError, Refused, TooLongForPage
from webapp.store import StoreError
from webapp.web import notices
from webapp.web.addresses import current_address
from webapp.web.failures import GROUPS_UNCHANGED, Failure, explain
from webapp.web.template_filters import quoted

log = logging.getLogger(__name__)

MAX_CODE_CHARS = 6
"""Longer error codes are not logged: they may be phone numbers."""

HTTP_ERROR_TEXTS = {
    400: ("This request could not be understood", "Nothing was changed. Go back and try again."),
    403: ("This is not allowed", "Nothing was changed."),
    404: ("Page not found", "If you typed the address, check it. If you followed a link, the page no longer exists."),
    405: ("This page can't be used that way", "Nothing was changed. Start again from your groups."),
    408: ("This form did not arrive completely", "Nothing was changed. Go back, and send it again."),
    413: ("This is too much at once", "Nothing was changed. Send less at a time."),
    500: (
        "Something went wrong here",
        "The dashboard has a fault. Whoever runs it can find the cause with the number below.",
    ),
}


def error_page(
    failure: Failure, *, again: str | None = None, looks_up: bool = False, download: str | None = None
) -> Response:
    """Render an error page.

    Args:
        failure: the page's text and status.
        again: the address of the link "Try again"; None for no link.
        looks_up: whether to offer to look up one contact.
        download: the address of the link "Download as CSV"; None for no link.

    """
    html = render_template("error.html", failure=failure, again=again, looks_up=looks_up, download=download)
    return make_response(html, failure.status, failure.headers)


def resend_page(failure: Failure, form: FlaskForm, *, done: str = "ticked") -> Response:
    """Render an error page that can submit the form again, for a form whose own page can't be shown now.

    Args:
        failure: the page's text and status.
        form: provides the token for submitting the fields again.
        done: what the user did in the form.

    """
    fields = [(name, value) for name, value in request.form.items(multi=True) if name != "csrf_token"]
    numbers = [value for name, value in fields if name == "number"]
    hidden = [(name, value) for name, value in fields if name != "number"]
    context = {"numbers": numbers, "hidden": hidden, "action": current_address(), "done": done}
    html = render_template("resend.html", failure=failure, form=form, **context)
    return make_response(html, failure.status, failure.headers)


def log_failure(error: PhonebookError) -> None:
    """Log the error of a call to the API, without personal data."""
    level = logging.ERROR if error.lasting or isinstance(error, AccessRefused) else logging.WARNING
    # The API's message may repeat a name or a number that a user typed.
    cause = "refused" if isinstance(error, Refused) else str(error)[:300]
    code = error.code if error.code and len(error.code) < MAX_CODE_CHARS and error.code.isalnum() else None
    known = {"kind": type(error).__name__, "api_status": error.status, "code": code, "cause": cause}
    log.log(level, "phonebook error", extra=known)


def group_gone(new_name: str = "") -> Response:
    """Render the page for a group that doesn't exist, with the new name that the user typed."""
    history = url_for("activity.index", group=(request.view_args or {})["group_id"])
    text = Markup('Somebody may have deleted it: <a href="{}">see the history</a>.').format(history)
    text += " Your other groups were not changed."
    if new_name:
        text += Markup(" The name that you typed is {}.").format(quoted(new_name))
    return error_page(Failure("This group no longer exists", text, 404))


def contact_gone(details: str = "") -> Response:
    """Render the page for a contact that doesn't exist, with the details that the user typed."""
    history = url_for("activity.index", number=(request.view_args or {})["number"])
    text = Markup(
        "Somebody may have deleted this contact, or Messente has, after 30 days in no group:"
        ' <a href="{}">see the history</a>.'
    ).format(history)
    text += " Your other contacts were not changed."
    if details:
        text += Markup(" What you typed: {}").format(details)
    return error_page(Failure("This contact no longer exists", text, 404))


def reading_failed(
    error: PhonebookError, *, unchanged: str = GROUPS_UNCHANGED, resource: str = "your groups"
) -> Response:
    """Render the page for data that could not be read; see `explain` for the arguments."""
    log_failure(error)
    # If a notice of a change is pending, "nothing was changed" would be wrong.
    failure = explain(error, unchanged="" if notices.is_pending() else unchanged, resource=resource)
    is_too_large = isinstance(error, AnswerTooLarge)
    download = _download_address() if isinstance(error, TooLongForPage) else None
    again = None if is_too_large else current_address()
    return error_page(failure, again=again, looks_up=is_too_large, download=download)


def _download_address() -> str | None:
    """Return the address that sends the list of this page as CSV, which may take longer; None if there is none."""
    endpoint = {"contacts.index": "downloads.all_contacts", "groups.show": "downloads.group_contacts"}
    name = endpoint.get(request.endpoint or "")
    return url_for(name, **(request.args.to_dict(flat=False) | (request.view_args or {}))) if name else None


def init_app(app: Flask) -> None:
    """Show a page for every error."""

    @app.errorhandler(PhonebookError)
    def phonebook_error(error: PhonebookError) -> Response:
        # Only failed reads get here: views that make changes handle their errors.
        if isinstance(error, NotFound) and "group_id" in (request.view_args or {}):
            log_failure(error)
            return group_gone()
        return reading_failed(error)

    @app.errorhandler(StoreError)
    def store_error(error: StoreError) -> Response:
        # Only failed reads get here.
        log.error("store error", extra={"reason": str(error)})
        text = "Your groups and contacts are not affected. Try again in a minute."
        return error_page(Failure("We could not read the activity", text, 503), again=current_address())

    @app.errorhandler(SecurityError)
    def bad_host(_error: SecurityError) -> Response:
        # Without a valid Host no address can be built, so there is no HTML page.
        return Response("This dashboard does not answer at this address.\n", status=400, mimetype="text/plain")

    @app.errorhandler(ParseException)
    def unreadable_body(_error: ParseException) -> Response:
        # gunicorn raises this for an invalid chunked body.
        return http_error(BadRequest())

    @app.errorhandler(HTTPException)
    def http_error(error: HTTPException) -> Response:
        # After a disconnect nobody reads the response; the status is for the log.
        status = 408 if isinstance(error, ClientDisconnected) else error.code or 500
        heading, text = HTTP_ERROR_TEXTS.get(status, HTTP_ERROR_TEXTS[400 if status < 500 else 500])
        if status == 403 and error.description:
            text = error.description
        response = error_page(Failure(heading, text, status, traced=status in {400, 500}))
        response.headers.extend(
            [(key, value) for key, value in error.get_headers(request.environ) if key in {"Allow", "Retry-After"}]
        )
        return response

    @app.errorhandler(Exception)
    def fault(error: Exception) -> Response:
        log.error("fault", exc_info=error)
        return error_page(Failure(*HTTP_ERROR_TEXTS[500], 500))
