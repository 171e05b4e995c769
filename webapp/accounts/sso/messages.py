"""Messages for users who could not be signed in with a work account."""

from webapp.accounts.sso.errors import (
    Cancelled,
    Crowded,
    NotAnswering,
    NotConfirmed,
    NotLetIn,
    NotStarted,
    SignInError,
    Spent,
    TurnedAway,
    Untrusted,
)
from webapp.web.failures import Failure

TRY_AGAIN = "Start again from here."
STAYS = "If this happens again, tell whoever runs this dashboard."
OPERATOR_MUST_FIX_SSO = "Whoever runs this dashboard has to fix this."

SIGN_IN_FAILURES: dict[type[SignInError], Failure] = {
    NotStarted: Failure(
        "This sign-in can't be used", f"It was not started in this browser, or it took too long. {TRY_AGAIN}", 400
    ),
    Cancelled: Failure("You were not signed in", f"You cancelled the sign-in with your work account. {TRY_AGAIN}", 401),
    NotAnswering: Failure(
        "Your work account can't be reached now",
        "Its service does not answer. Try again in a minute",
        503,
    ),
    Crowded: Failure("Too many people are signing in right now", "Try again in a few seconds.", 503, 5),
    TurnedAway: Failure("The dashboard can't use your work account", OPERATOR_MUST_FIX_SSO, 502),
    Spent: Failure(
        "This sign-in can't be used",
        f"It was used already, took too long, or belongs to another browser. {TRY_AGAIN}",
        400,
    ),
    Untrusted: Failure(
        "We could not verify who you are",
        f"The answer from your work account's service could not be verified. {TRY_AGAIN} {STAYS}",
        502,
    ),
    NotConfirmed: Failure(
        "Your work account has no confirmed e-mail address",
        "Only confirmed addresses of the team's own domain are let in. Whoever looks after your work account can help.",
        403,
        traced=True,
    ),
    NotLetIn: Failure(
        "Your work account is not let in here",
        "Use another, or ask whoever runs this dashboard to let you in.",
        403,
        traced=True,
    ),
}

OTHER_ACCOUNT = (NotConfirmed, NotLetIn)
"""Errors after which the provider should let the user choose another account."""


def explain_sign_in_error(error: SignInError, *, passwords: bool) -> Failure:
    """Return the message for an error.

    Args:
        error: the reason why the user could not be signed in.
        passwords: whether users can also sign in by password.

    """
    failure = SIGN_IN_FAILURES[type(error)]
    if type(error) is NotAnswering:
        text = f"{failure.text}{', or sign in with a password' if passwords else ''}. {STAYS}"
        return Failure(failure.heading, text, failure.status)
    return failure
