"""Access control before each view: users have to sign in, unless the view is marked as public."""

import logging
import re
from dataclasses import replace
from urllib.parse import urlencode

from flask import Flask, abort, current_app, g, redirect, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge
from werkzeug.routing import RequestRedirect
from werkzeug.wrappers import Response

from webapp.accounts import saved_forms, sessions
from webapp.accounts.forms import NO_STORE, SignInForm, sign_in_page
from webapp.accounts.saved_forms import MAX_TARGET_CHARS
from webapp.accounts.sessions import Session
from webapp.settings import Settings
from webapp.store import StoreError
from webapp.web.addresses import current_address, this_path
from webapp.web.current import account, may_change
from webapp.web.error_pages import error_page, resend_page
from webapp.web.failures import Failure
from webapp.web.forms import OnceForm
from webapp.web.notices import notify
from webapp.web.view_access import EDITORS_ONLY, PUBLIC, VIEWERS_MAY_POST, is_marked

READ_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
SAFE_ADDRESS = re.compile(
    r"/(?:[A-Za-z0-9_-][A-Za-z0-9_/+-]*)?(?:\?(?:[A-Za-z0-9_.~+=&-]|%[0-9A-Fa-f]{2})*)?"  # a path, and a query
)
"""Deliberately strict, because browsers interpret many unusual paths as URLs of other sites."""
MAX_NEXT_CHARS = 1000
"""Limit of the URL to go on to. Quoted in another URL, it may take twice as many characters."""
NOT_KNOWN = Failure("You can't be signed in now", "The dashboard can't check who you are. Try again in a minute.", 503)
TOO_LONG = "What you typed is too long to save: go back, and copy it first."

log = logging.getLogger(__name__)


def is_public(endpoint: str | None) -> bool:
    """Whether an endpoint can be used without signing in."""
    return is_marked(endpoint, PUBLIC)


def safe_next(address: str) -> str:
    """Return the URL if it is certainly one of this site, otherwise that of the list of groups."""
    is_inside = address.startswith(f"{request.root_path}/")
    return (
        address if is_inside and SAFE_ADDRESS.fullmatch(address[len(request.root_path) :]) else url_for("groups.index")
    )


def current_session() -> Session | None:
    """Return the session of this request, as found by the guard."""
    current: Session | None = g.get("session_row")
    return current


def session_if_any() -> Session | None:
    """Return the session of a request for a public page; None without one, or if the store can't be read."""
    try:
        return sessions.find_session()
    except StoreError:  # submitting the form will show the error
        return None


def forget_ended_session() -> None:
    """On the sign-in page, remove an expired token from the cookie and notify the user once.

    Other pages must not remove the token: when a slow response arrives, the user may have signed in again in another
    tab.
    """
    try:
        if sessions.find_session() is None and sessions.forget_cookie():
            text = "You are not signed in any more. Sign in to continue."
            notify("accounts/notice.html", "Not signed in any more", text=text)
    except StoreError:
        pass


def take_saved_form() -> saved_forms.Fields:
    """Return the fields saved for this page's form before the user had to sign in; empty if there are none.

    They are deleted after the page has been shown.
    """
    try:
        fields = saved_forms.find_form(_requested_url(MAX_TARGET_CHARS))
    except StoreError as error:
        log.error("saved form not read", extra={"reason": str(error)})
        return MultiDict()
    g.has_taken_form = bool(fields)
    return fields


def init_app(app: Flask, settings: Settings) -> None:
    """Run the guard before every view, if users have to sign in."""
    app.jinja_env.globals.update(account=account, may_change=may_change)
    if not settings.must_sign_in:
        return

    @app.before_request
    def ask() -> Response | None:
        if is_public(request.endpoint):
            return None
        try:
            g.session_row = sessions.find_session()
        except StoreError as error:
            log.error("session not read", extra={"reason": str(error)})
            return _sign_in_later(NOT_KNOWN)
        g.account, g.any_job = (g.session_row.account, g.session_row.any_job) if g.session_row else (None, False)
        if account() is None:
            return _sign_in_first()
        if not may_change() and _changes():
            log.warning("forbidden", extra={"rule": request.url_rule.rule if request.url_rule else "(none)"})
            abort(403, "Your account can look at groups and contacts, but not change them. Nothing was changed.")
        return None

    @app.after_request
    def update_cookie(response: Response) -> Response:
        if g.get("has_taken_form") and response.status_code < 400:  # otherwise the page can still be tried again
            saved_forms.delete_form()
        sessions.keep_newer_cookie()
        return response


def _changes() -> bool:
    if is_marked(request.endpoint, EDITORS_ONLY):
        return True
    return request.method not in READ_METHODS and not is_marked(request.endpoint, VIEWERS_MAY_POST)


def _sign_in_first() -> Response:
    """Respond with the sign-in page, or a redirect to it. A submitted form is saved, also a long one by GET."""
    asks_by_get = is_marked(request.endpoint, EDITORS_ONLY) and len(request.query_string) > MAX_TARGET_CHARS
    if request.method not in READ_METHODS or asks_by_get:
        sessions.forget_cookie()
        return _save_form_first()
    goal = (
        _requested_url(MAX_NEXT_CHARS)
        if SAFE_ADDRESS.fullmatch(request.path) and _can_be_opened(request.path)
        else None
    )
    return redirect(url_for("accounts.sign_in", next=goal))


def _save_form_first() -> Response:
    """Save the submitted form, and respond with the sign-in page."""
    if not _can_be_opened(request.path):
        return sign_in_page(SignInForm.to_go_on(url_for("groups.index")), 401)
    goal = _requested_url(MAX_TARGET_CHARS)
    try:
        sent = request.args if request.method in READ_METHODS else request.form
        saved = saved_forms.save_form(goal, sent, was_signed_in=sessions.was_here())
    except (RequestEntityTooLarge, saved_forms.TooLong):
        return sign_in_page(SignInForm.to_go_on(goal), 401, is_too_long=True)
    except StoreError as error:
        log.error("form not saved", extra={"reason": str(error)})
        return _sign_in_later(NO_STORE)
    return sign_in_page(SignInForm.to_go_on(goal, saved), 401)


def _sign_in_later(failure: Failure) -> Response:
    """Respond that signing in is impossible at the moment. The page of a submitted form can send it again."""
    if request.method in READ_METHODS or request.endpoint is None:
        return error_page(failure, again=current_address())
    try:
        form = OnceForm()
    except RequestEntityTooLarge:
        return error_page(replace(failure, text=f"{failure.text} {TOO_LONG}"))
    if not form.csrf_token.data:  # a page of another site
        return error_page(failure)
    form.keep_token()  # a new token would let another site's form pass
    return resend_page(failure, form, done="typed or ticked")


def _requested_url(longest: int) -> str:
    """Return the requested URL, without its query if that would make it too long."""
    address = f"{this_path()}?{urlencode(list(request.args.items(multi=True)))}"
    return address if request.args and len(address) <= longest else this_path()


def _can_be_opened(address: str) -> bool:
    """Whether a path can be opened by GET."""
    try:
        current_app.url_map.bind("").match(address, "GET")
    except (HTTPException, RequestRedirect):
        return False
    return True
