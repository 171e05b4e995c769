"""Explain the phonebook's errors to users, with an HTTP status."""

from collections.abc import Callable
from dataclasses import dataclass

from markupsafe import Markup

from webapp.phonebook.errors import (
    AccessRefused,
    AnswerTooLarge,
    Changed,
    NotAsked,
    NotSent,
    OutOfTime,
    PhonebookError,
    RateLimited,
    Refused,
    TimedOut,
    TooLongForPage,
    TooManyRequests,
)

GROUPS_UNCHANGED = "Your groups were not changed."
OPERATOR_MUST_ACT = "Whoever runs this dashboard has to fix this."
TOO_LARGE = (
    "Messente sends the whole list at once, and the dashboard can't handle one of this size. You can still open smaller"
    " groups, and look up one contact by their number."
)
TOO_LONG = (
    "Messente sends the whole list at once, and it does not arrive in the time that a page has. You can still download"
    " it as CSV, which takes a few minutes, open smaller groups, and look up one contact by their number."
)


@dataclass(frozen=True)
class Failure:
    """What an error page says: a heading that says what happened, and what it means and what to do."""

    heading: str
    text: str
    status: int
    retry_after: int | None = None
    traced: bool | None = None
    """Whether the error can be looked up in the log; None for the default of its status."""

    @property
    def shows_number(self) -> bool:
        """Whether the page shows the request's id, by which the operator finds it in the log."""
        return self.status >= 500 if self.traced is None else self.traced

    @property
    def headers(self) -> dict[str, str]:
        """The page's additional HTTP headers."""
        return {} if self.retry_after is None else {"Retry-After": str(self.retry_after)}


def explain(
    error: PhonebookError,
    *,
    change: str = "",
    describe_now: Callable[[], str] = str,
    unchanged: str = GROUPS_UNCHANGED,
    resource: str = "your groups",
) -> Failure:
    """Explain an error to the user.

    Args:
        error: raised by the client.
        change: the requested change, to follow "We could not confirm that": "the group was created".
        describe_now: describes what the phonebook shows now; called only if the change may have happened.
        unchanged: the sentence for when nothing was changed.
        resource: what could not be read, to follow "We could not get".

    """
    if error.changed is not Changed.NO:
        status = 504 if isinstance(error, TimedOut) else 502
        if error.changed is Changed.YES:
            happened = f"{change[:1].upper()}{change[1:]}"
            reason = "Messente confirmed it, but the rest of its answer could not be read."
        else:
            happened = f"We could not confirm that {change}"
            reason = "Messente gave no clear answer."
        return Failure(happened, Markup("{} {}").format(reason, describe_now()), status)
    match error:
        case AccessRefused():
            text = f"{unchanged} Whoever runs this dashboard has to fix its access."
            return Failure("The dashboard's access to Messente was refused", text, 502)
        case TooManyRequests():
            return Failure("Messente asks us to slow down", f"{unchanged} {_when(error)}", 503, error.retry_after)
        case RateLimited():
            text = f"{unchanged} {allowed_in(error.retry_after or 1)}"
            return Failure("Messente asks us to slow down", text, 503, error.retry_after)
        case OutOfTime():
            text = f"{unchanged} There was no time left to ask Messente. Try again."
            return Failure("This took too long", text, 503)
        case NotSent(lasting=True):
            why = (
                "The dashboard's address for Messente is wrong, or the server there can't prove that it is Messente's."
            )
            return Failure("We could not reach Messente", f"{unchanged} {why} {OPERATOR_MUST_ACT}", 503)
        case TooLongForPage():
            return Failure("Messente's list is too long for a page", f"{unchanged} {TOO_LONG}", 502)
        case AnswerTooLarge():
            return Failure("Messente's list is too long for the dashboard", f"{unchanged} {TOO_LARGE}", 502)
        case NotAsked():
            text = f"{unchanged} Changes are recorded before they are sent, and that failed. Try again in a minute."
            return Failure("We could not record this", text, 503)
        case NotSent():
            return Failure("We could not reach Messente", f"{unchanged} Try again in a minute.", 503)
        case Refused():
            said = f" Messente said: {error.detail}" if error.detail else ""
            text = f"{unchanged}{said} Whoever runs this dashboard can find the reason with the number below."
            return Failure("Messente refused this", text, 502)
    status = 504 if isinstance(error, TimedOut) else 502
    lasting = f"The dashboard can't use Messente's answer. {OPERATOR_MUST_ACT}"
    text = f"{unchanged} {lasting if error.lasting else _when(error)}"
    return Failure(f"We could not get {resource} from Messente", text, status, error.retry_after)


def allowed_in(seconds: int) -> str:
    """Say when the rate limit allows the next call."""
    return f"Messente lets us ask again in {seconds} second{'s' if seconds > 1 else ''}."


def _when(error: PhonebookError) -> str:
    if error.retry_after is None:
        return "Try again in a minute."
    return "Try again now." if error.retry_after == 0 else f"Try again in {error.retry_after} seconds."
