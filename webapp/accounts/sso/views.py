"""The views of single sign-on: the redirect to the provider, and the callback."""

import logging
import time
from typing import TYPE_CHECKING, cast

from flask import Blueprint, abort, current_app, redirect, request, url_for
from werkzeug.wrappers import Response

from webapp.accounts import saved_forms, sessions
from webapp.accounts.forms import NO_STORE, SignInForm, sign_in_page
from webapp.accounts.guard import safe_next, session_if_any
from webapp.accounts.sso import pending_logins
from webapp.accounts.sso.errors import Cancelled, NotAnswering, NotLetIn, NotStarted, SignInError, TurnedAway, Untrusted
from webapp.accounts.sso.identity import confirmed_address
from webapp.accounts.sso.messages import OTHER_ACCOUNT, explain_sign_in_error
from webapp.accounts.sso.pending_logins import PendingLogin
from webapp.settings.sso_config import SsoConfig, WorkAccount
from webapp.store import StoreError
from webapp.web.current import settings, time_left
from webapp.web.time_budget import Budget
from webapp.web.view_access import public

if TYPE_CHECKING:
    from webapp.accounts.sso.provider import Provider

USER_CANCELLED_ERRORS = frozenset(["access_denied", "login_required", "consent_required", "interaction_required"])
TEMPORARY_ERRORS = frozenset(["server_error", "temporarily_unavailable"])

blueprint = Blueprint("sso", __name__)

log = logging.getLogger(__name__)


@blueprint.get("/sign-in/work-account")
@public
def start_sign_in() -> Response:
    """Redirect to the provider."""
    sso, goal = _sso(), safe_next(request.args.get("next", ""))
    saved = saved_forms.read_form_id(request.args.get("saved"))
    if session_if_any():
        saved_forms.show_next(saved)
        return redirect(goal)
    pending = pending_logins.start_login(goal, saved)
    other = {"prompt": "select_account" if sso.is_google or sso.tenant else "login"} if "other" in request.args else {}
    try:
        address = _provider().address(_expires(), redirect_uri=_callback_url(), **pending.parameters, **other)
    except SignInError as error:
        return _failed(pending, error)
    if saved is None:
        saved_forms.forget_forms()
    return redirect(address)


@blueprint.get("/sign-in/back")
@public
def finish_sign_in() -> Response:
    """Sign in the user who returns from the provider, and redirect to the page that was requested."""
    _sso()
    pending = pending_logins.take_login(request.args.get("state", ""))
    if pending is None:
        return redirect(url_for("groups.index")) if session_if_any() else _failed(None, NotStarted("state"))
    try:
        colleague = _identify(pending)
        sessions.create_session(colleague, request.remote_addr or "")
    except SignInError as error:
        return _failed(pending, error)
    except StoreError as error:
        log.error("sign-in failed", extra={"reason": str(error)})
        return sign_in_page(_form(pending), 503, NO_STORE)
    log.info("sign-in", extra={"account": colleague.name, "address": request.remote_addr, "by": "work account"})
    saved_forms.show_next(pending.saved)
    return redirect(pending.goal)


def _identify(pending: PendingLogin) -> WorkAccount:
    """Return the work account of the user who has returned from the provider.

    Raises:
        SignInError: a subclass that says why the user can't be signed in.

    """
    sso, said = _sso(), request.args.get("error", "")
    if request.args.get("iss", sso.issuer) != sso.issuer:
        raise Untrusted("iss of the answer")
    if said in USER_CANCELLED_ERRORS:
        raise Cancelled(said)
    if said in TEMPORARY_ERRORS:
        raise NotAnswering(said)
    if said or not request.args.get("code"):
        raise TurnedAway("another error" if said else "no code")
    claims = _provider().claims(
        _expires(),
        code=request.args["code"],
        code_verifier=pending.code_verifier,
        redirect_uri=_callback_url(),
        nonce=pending.nonce,
    )
    colleague = sso.colleague(claims["sub"], confirmed_address(claims, sso))
    if colleague is None:
        raise NotLetIn("settings")
    return colleague


def _failed(pending: PendingLogin | None, error: SignInError) -> Response:
    """Log an error, and show it on the sign-in page together with the saved form."""
    # Anybody can make up an error in the URL, so it is only a warning.
    is_told = "code" in request.args or request.endpoint == "sso.start_sign_in"
    level = logging.ERROR if isinstance(error, TurnedAway) and is_told else logging.WARNING
    known = {"kind": type(error).__name__, "address": request.remote_addr, "reason": error.reason}
    log.log(level, "work account refused", extra=known)
    failure = explain_sign_in_error(error, passwords=bool(settings().users))
    return sign_in_page(_form(pending), failure.status, failure, other=isinstance(error, OTHER_ACCOUNT))


def _form(pending: PendingLogin | None) -> SignInForm:
    if pending is None:
        return SignInForm.to_go_on(url_for("groups.index"))
    return SignInForm.to_go_on(pending.goal, pending.saved)


def _sso() -> SsoConfig:
    return settings().sso or abort(404)


def _provider() -> "Provider":
    return cast("Provider", current_app.extensions["provider"])


def _callback_url() -> str:
    return url_for(".finish_sign_in", _external=True)


def _expires() -> float:
    return time.monotonic() + time_left(Budget.READ)
