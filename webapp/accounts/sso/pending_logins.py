"""Sign-ins that were started and have not come back, in the reader's cookie: a few, each for a while, each once."""

import hmac
import secrets
import time
from dataclasses import asdict, dataclass
from typing import Any

from flask import session, url_for

from webapp.accounts.saved_forms import MAX_SIGN_IN_SECONDS, MAX_TARGET_CHARS

MAX_PENDING_LOGINS = 3
"""In as many tabs; the cookie has no room for more."""


_KEY = "starts"


@dataclass(frozen=True)
class PendingLogin:
    """One sign-in under way: what has to come back with the reader, what proves it, and where to go on."""

    state: str
    nonce: str
    code_verifier: str
    goal: str
    carries: bool
    """Whether a form waits there, with what was typed into it."""
    began: int

    @property
    def parameters(self) -> dict[str, str]:
        """What goes along to the provider."""
        return {"state": self.state, "nonce": self.nonce, "code_verifier": self.code_verifier}


def start_login(goal: str, *, carries: bool) -> PendingLogin:
    """Note that a sign-in is started; the oldest of too many is forgotten."""
    made = PendingLogin(
        state=secrets.token_urlsafe(16),
        nonce=secrets.token_urlsafe(16),
        code_verifier=secrets.token_urlsafe(32),
        goal=_fitting(goal),
        carries=carries,
        began=int(time.time()),
    )
    session[_KEY] = [*_pending(), asdict(made)][-MAX_PENDING_LOGINS:]
    return made


def _fitting(goal: str) -> str:
    path = goal.partition("?")[0]
    fitting = [address for address in (goal, path) if len(address) <= MAX_TARGET_CHARS]
    return fitting[0] if fitting else url_for("overview.index")


def take_login(state: str) -> PendingLogin | None:
    """Return the sign-in that a state belongs to, once; None where there is none, or it took too long."""
    pending, sent = _pending(), state.encode("utf-8", "surrogatepass")
    found = next((each for each in pending if hmac.compare_digest(each["state"].encode(), sent)), None)
    if found is None:
        return None
    session[_KEY] = [each for each in pending if each is not found]
    return PendingLogin(**found)


def _pending() -> list[dict[str, Any]]:
    now = time.time()
    return [each for each in session.get(_KEY, []) if now - each["began"] <= MAX_SIGN_IN_SECONDS]
