"""Pending sign-ins, saved in the session cookie until the user returns from the provider."""

import hmac
import secrets
import time
from dataclasses import asdict, dataclass
from typing import Any

from flask import session, url_for

from webapp.accounts.saved_forms import MAX_TARGET_CHARS

MAX_PENDING_LOGINS = 3
"""One for each tab. There is no room for more in the cookie."""
MAX_SIGN_IN_SECONDS = 1800
"""Time for signing in with a work account. Some users have to find their phone first."""

_KEY = "logins"


@dataclass(frozen=True)
class PendingLogin:
    """A pending sign-in: the values that the provider has to return or confirm, and the URL to go on to."""

    state: str
    nonce: str
    code_verifier: str
    goal: str
    saved: int | None
    """The id of the saved form that is shown there."""
    began: int

    @property
    def parameters(self) -> dict[str, str]:
        """Parameters of the request to the provider."""
        return {"state": self.state, "nonce": self.nonce, "code_verifier": self.code_verifier}


def start_login(goal: str, saved: int | None) -> PendingLogin:
    """Save a new pending sign-in. If there are too many, the oldest one is dropped."""
    made = PendingLogin(
        state=secrets.token_urlsafe(16),
        nonce=secrets.token_urlsafe(16),
        code_verifier=secrets.token_urlsafe(32),
        goal=_fitting(goal),
        saved=saved,
        began=int(time.time()),
    )
    session[_KEY] = [*_pending(), asdict(made)][-MAX_PENDING_LOGINS:]
    return made


def _fitting(goal: str) -> str:
    path = goal.partition("?")[0]
    fitting = [address for address in (goal, path) if len(address) <= MAX_TARGET_CHARS]
    return fitting[0] if fitting else url_for("overview.index")


def take_login(state: str) -> PendingLogin | None:
    """Remove and return the pending sign-in with a state; None if there is none, or it has expired."""
    pending, sent = _pending(), state.encode("utf-8", "surrogatepass")
    matching = next((each for each in pending if hmac.compare_digest(each["state"].encode(), sent)), None)
    if matching is None:
        return None
    session[_KEY] = [each for each in pending if each is not matching]
    return PendingLogin(**matching)


def _pending() -> list[dict[str, Any]]:
    now = time.time()
    return [each for each in session.get(_KEY, []) if now - each["began"] <= MAX_SIGN_IN_SECONDS]
