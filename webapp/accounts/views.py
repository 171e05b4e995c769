"""Views for signing in and out, and for a user's own sessions."""

import logging

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from webapp.accounts import saved_forms, sessions
from webapp.accounts.authentication import Throttled, WrongPassword, authenticate
from webapp.accounts.forms import NO_STORE, SignInForm, sign_in_page
from webapp.accounts.guard import current_session, forget_ended_session, safe_next, session_if_any
from webapp.accounts.passwords import Busy
from webapp.settings.sso_config import WorkAccount
from webapp.store import StoreError
from webapp.web.current import account, settings
from webapp.web.error_pages import error_page
from webapp.web.failures import Failure
from webapp.web.forms import OnceForm
from webapp.web.notices import notify
from webapp.web.view_access import public, viewers_may_post

WRONG_PASSWORD = Failure("The user name or the password is not right", "Check both, and try again.", 422)
TOO_MANY_SIGN_INS = Failure("Too many people are signing in right now", "Try again in a few seconds.", 503, 5)
NO_PASSWORDS = Failure("There are no passwords here", "Sign in with your work account.", 403)

blueprint = Blueprint("accounts", __name__)

log = logging.getLogger(__name__)


@blueprint.get("/sign-in")
@public
def sign_in() -> Response:
    """Show the sign-in form, unless the user is signed in already or nobody has to sign in."""
    address = safe_next(request.args.get("next", ""))
    if not settings().must_sign_in or session_if_any():
        return redirect(address)
    forget_ended_session()
    return sign_in_page(SignInForm.to_go_on(address), 200)


@blueprint.post("/sign-in")
@public
def start_session() -> Response:
    """Sign the user in, and redirect to the page that was requested."""
    form = SignInForm()
    goal = safe_next(form.next.data or "")
    if not settings().must_sign_in:
        return redirect(goal, 303)
    if session_if_any():  # signed in in another tab
        if form.validate():
            saved_forms.show_next(form.saved_id)
        return redirect(goal, 303)
    if not settings().users:
        return sign_in_page(SignInForm.to_go_on(goal, form.saved_id), 403, NO_PASSWORDS)
    if not form.validate():
        return sign_in_page(form, 422)
    if failure := _sign_in(form):
        return sign_in_page(form, failure.status, failure)
    saved_forms.show_next(form.saved_id)
    return redirect(goal, 303)


@blueprint.post("/sign-out")
@viewers_may_post
def sign_out() -> Response:
    """Sign the user out of this session. Copies of its cookie become invalid too."""
    return _end(everywhere=False)


@blueprint.post("/account/sign-out-everywhere")
@viewers_may_post
def sign_out_everywhere() -> Response:
    """Sign the user out of all sessions."""
    return _end(everywhere=True)


@blueprint.get("/account")
def own_sessions() -> str:
    """Show the user's sessions."""
    who, now = account(), current_session()
    if who is None or now is None:
        abort(404)
    return render_template("accounts/sessions.html", sessions=sessions.list_sessions(who), now=now, form=OnceForm())


def _sign_in(form: SignInForm) -> Failure | None:
    """Sign in the user; return a Failure if that isn't possible."""
    name, address = (form.username.data or "").strip(), request.remote_addr or ""
    known = settings().account(name)
    who = {"account": known.name if known else "(unknown)", "address": address}  # an unknown name may be a password
    try:
        sessions.create_session(authenticate(name, form.password.data or "", address), address)
    except WrongPassword:
        log.warning("sign-in refused", extra=who)
        return WRONG_PASSWORD
    except Throttled as error:
        log.warning("sign-in throttled", extra=who)
        text = f"Wait {error.seconds} seconds, and try again."
        return Failure("There were too many wrong guesses", text, 429, error.seconds)
    except Busy:
        log.warning("sign-in put off", extra=who)
        return TOO_MANY_SIGN_INS
    except StoreError as error:
        log.error("sign-in failed", extra={"reason": str(error)})
        return NO_STORE
    log.info("sign-in", extra=who)
    return None


def _end(*, everywhere: bool) -> Response:
    who = account()
    if who is None:
        return redirect(url_for("groups.index"), 303)
    if not OnceForm().validate():
        log.warning("form refused", extra={"reason": "csrf"})
        abort(400)
    try:
        if everywhere:
            sessions.end_sessions_of(who)
        else:
            sessions.end_session()
    except StoreError as error:
        log.error("not signed out", extra={"reason": str(error)})
        text = "You are still signed in: the dashboard can't end your session now. Try again later."
        return error_page(Failure("You could not be signed out", text, 503), again=url_for(".own_sessions"))
    log.info("signed out", extra={"account": who.name, "everywhere": everywhere})
    text = "You are signed out everywhere." if everywhere else "You are signed out."
    if isinstance(who, WorkAccount):
        text += " Your work account stays signed in in this browser."
    notify("accounts/notice.html", "Signed out", text=text)
    response = redirect(url_for(".sign_in"), 303)
    # The back button must not show earlier pages. "storage" would also clear that of other applications on the host.
    response.headers["Clear-Site-Data"] = '"cache"' if request.root_path else '"cache", "storage"'
    return response
