"""Who may see which page: everybody has to sign in, unless a view says otherwise."""

import logging
import re
from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, abort, current_app, g, redirect, request, url_for
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect
from werkzeug.wrappers import Response

from webapp.accounts import sessions
from webapp.accounts.forms import SignInForm, sign_in_page
from webapp.accounts.sessions import Session
from webapp.site.context import account, may_change, settings
from webapp.site.errors import error_page
from webapp.site.failures import Failure
from webapp.site.notices import notify
from webapp.store import StoreError

View = TypeVar("View", bound=Callable[..., Any])

READING = frozenset({"GET", "HEAD", "OPTIONS"})
SAFE_ADDRESS = re.compile(r"/(?:[A-Za-z0-9_-][A-Za-z0-9_/-]*)?")
"""Browsers take more for an address of another site than meets the eye: only what needs no thought is let through."""

_OPEN, _EDITORS, _VIEWERS = "open_to_strangers", "for_editors", "for_viewers_too"

log = logging.getLogger(__name__)


def open_to_strangers(view: View) -> View:
    """Mark a view that asks nobody to sign in."""
    setattr(view, _OPEN, True)
    return view


def for_editors(view: View) -> View:
    """Mark a view that only leads to a change, so that it is no use to who may only look."""
    setattr(view, _EDITORS, True)
    return view


def for_viewers_too(view: View) -> View:
    """Mark a view that changes nothing but one's own session, although it takes a form."""
    setattr(view, _VIEWERS, True)
    return view


def is_open(endpoint: str | None) -> bool:
    """Whether nobody has to sign in for an endpoint."""
    return endpoint == "static" or _is_marked(endpoint, _OPEN)


def safe_next(address: str) -> str:
    """Return an address of this site to go on to, or the groups where it is not surely one."""
    return address if SAFE_ADDRESS.fullmatch(address) else url_for("groups.index")


def current_session() -> Session | None:
    """Return the session of this request."""
    found: Session | None = g.get("session_row")
    return found


def kept() -> dict[str, Any]:
    """Return what was typed into this page's form before its reader had to sign in, once."""
    found = current_session()
    if not found or found.kept.get("address") != request.path:
        return {}
    sessions.keep(found, {})
    fields: dict[str, Any] = found.kept.get("fields", {})
    return fields


def init_app(app: Flask) -> None:
    """Ask before every view."""

    @app.before_request
    def ask() -> Response | None:
        if not settings().users or is_open(request.endpoint):
            return None
        try:
            g.session_row = sessions.current()
        except StoreError as error:
            log.error("session not read", extra={"reason": str(error)})
            return _sign_in_later()
        g.account = g.session_row.account if g.session_row else None
        if account() is None:
            return _sign_in_first()
        if not may_change() and _changes():
            log.warning("forbidden", extra={"rule": request.url_rule.rule if request.url_rule else "(none)"})
            abort(403, "Your account can look at the groups, but not change them. Nothing was changed.")
        return None

    app.jinja_env.globals.update(account=account, may_change=may_change)


def _changes() -> bool:
    if _is_marked(request.endpoint, _EDITORS):
        return True
    return request.method not in READING and not _is_marked(request.endpoint, _VIEWERS)


def _sign_in_first() -> Response:
    """Lead to the sign-in page, which keeps what was typed."""
    ended = sessions.forget()
    if request.method not in READING:
        return sign_in_page(_form_to_go_on(), 401)
    if ended:
        notify("accounts/notice.html", text="You are not signed in any more. Sign in to go on.")
    return redirect(url_for("accounts.sign_in", next=request.path if SAFE_ADDRESS.fullmatch(request.path) else None))


def _sign_in_later() -> Response:
    """Say that nobody can be signed in now; what was typed is kept."""
    failure = Failure("You can't be signed in now", "The dashboard can't look who you are. Try again in a minute.", 503)
    if request.method not in READING:
        return sign_in_page(_form_to_go_on(), 503, failure)
    return error_page(failure, again=request.path)


def _form_to_go_on() -> SignInForm:
    fields = {name: value for name, value in request.form.items() if name != "csrf_token"}
    try:
        current_app.url_map.bind("").match(request.path, "GET")
    except (HTTPException, RequestRedirect):
        return SignInForm.to_go_on(url_for("groups.index"))  # what only takes forms is no page to go on to
    return SignInForm.to_go_on(request.path, fields)


def _is_marked(endpoint: str | None, mark: str) -> bool:
    return bool(endpoint) and getattr(current_app.view_functions.get(endpoint or ""), mark, False)
