"""The two addresses of single sign-on: out to the provider, and back."""

import logging
import time
from typing import TYPE_CHECKING, Any, cast

from flask import Blueprint, abort, current_app, redirect, request, url_for
from werkzeug.wrappers import Response

from webapp.accounts import sessions
from webapp.accounts.forms import NO_STORE, SignInForm, sign_in_page
from webapp.accounts.guard import safe_next, session_if_any
from webapp.accounts.sso import carried, starts
from webapp.accounts.sso.errors import Cancelled, NotAnswering, NotLetIn, NotStarted, SignInError, TurnedAway, Untrusted
from webapp.accounts.sso.identity import confirmed_address
from webapp.accounts.sso.starts import Start
from webapp.accounts.sso.words import OTHER_ACCOUNT, explain
from webapp.settings.sso_config import SsoConfig, WorkAccount
from webapp.site.context import READ, settings, time_left
from webapp.site.marks import open_to_strangers
from webapp.store import StoreError

if TYPE_CHECKING:
    from webapp.accounts.sso.provider import Provider

TURNED_BACK = frozenset(["access_denied", "login_required", "consent_required", "interaction_required"])
PASSING = frozenset(["server_error", "temporarily_unavailable"])

blueprint = Blueprint("sso", __name__)

log = logging.getLogger(__name__)


@blueprint.get("/sign-in/work-account")
@open_to_strangers
def start() -> Response:
    """Lead to where the reader's work account is kept."""
    sso, goal = _sso(), safe_next(request.args.get("next", ""))
    carries = request.args.get("kept") == "1"
    if already := session_if_any():
        if carries:
            sessions.keep(already, _kept(goal))
        return redirect(goal)
    begun = starts.begin(goal, carries=carries)
    other = {"prompt": "select_account" if sso.is_google or sso.tenant else "login"} if "other" in request.args else {}
    try:
        address = _provider().address(_expires(), redirect_uri=_way_back(), **begun.parameters, **other)
    except SignInError as error:
        return _failed(begun, error)
    response = redirect(address)
    if not carries:  # what waits may be of somebody else at this browser
        carried.drop(response)
        sessions.drop_aside()
    return response


@blueprint.get("/sign-in/back")
@open_to_strangers
def back() -> Response:
    """Sign in whoever comes back from there, and go on where they wanted to."""
    _sso()
    begun = starts.take(request.args.get("state", ""))
    if begun is None:
        return redirect(url_for("groups.index")) if session_if_any() else _failed(None, NotStarted("state"))
    try:
        found = _identify(begun)
        sessions.begin(found, request.remote_addr or "", _kept(begun.goal) if begun.carries else {})
    except SignInError as error:
        return _failed(begun, error)
    except StoreError as error:
        log.error("sign-in failed", extra={"reason": str(error)})
        return sign_in_page(_form(begun), 503, NO_STORE)
    log.info("sign-in", extra={"account": found.name, "address": request.remote_addr, "by": "work account"})
    response = redirect(begun.goal)
    carried.drop(response)
    return response


def _identify(begun: Start) -> WorkAccount:
    """Return whoever has come back.

    Raises:
        SignInError: of the kind that says why they can't be signed in.

    """
    sso, said = _sso(), request.args.get("error", "")
    if request.args.get("iss", sso.issuer) != sso.issuer:
        raise Untrusted("iss of the answer")
    if said in TURNED_BACK:
        raise Cancelled(said)
    if said in PASSING:
        raise NotAnswering(said)
    if said or not request.args.get("code"):
        raise TurnedAway("another error" if said else "no code")
    claims = _provider().claims(
        _expires(),
        code=request.args["code"],
        code_verifier=begun.code_verifier,
        redirect_uri=_way_back(),
        nonce=begun.nonce,
    )
    found = sso.colleague(claims["sub"], confirmed_address(claims, sso))
    if found is None:
        raise NotLetIn("settings")
    return found


def _failed(begun: Start | None, error: SignInError) -> Response:
    """Show the sign-in page with what went wrong; what was typed is still there."""
    # What comes in the address anybody can make up: it is nothing to wake somebody for.
    is_told = "code" in request.args or request.endpoint == "sso.start"
    level = logging.ERROR if isinstance(error, TurnedAway) and is_told else logging.WARNING
    known = {"kind": type(error).__name__, "address": request.remote_addr, "reason": error.reason}
    log.log(level, "work account refused", extra=known)
    failure = explain(error, passwords=bool(settings().users))
    return sign_in_page(_form(begun), failure.status, failure, other=isinstance(error, OTHER_ACCOUNT))


def _form(begun: Start | None) -> SignInForm:
    if begun is None:
        return SignInForm.to_go_on(url_for("groups.index"))
    try:
        kept = _kept(begun.goal) if begun.carries else {}
    except StoreError:
        kept = {}
    return SignInForm.to_go_on(begun.goal, kept.get("fields"))


def _kept(goal: str) -> dict[str, Any]:
    fields = carried.brought(goal)
    return {"address": goal, "fields": fields} if fields else sessions.left_aside(goal)


def _sso() -> SsoConfig:
    return settings().sso or abort(404)


def _provider() -> "Provider":
    return cast("Provider", current_app.extensions["provider"])


def _way_back() -> str:
    return url_for(".back", _external=True)


def _expires() -> float:
    return time.monotonic() + time_left(READ)
