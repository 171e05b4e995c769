"""The phonebook's errors in words for the reader, and as an HTTP status."""

from collections.abc import Callable
from dataclasses import dataclass

from markupsafe import Markup

from webapp.phonebook.errors import (
    AccessRefused,
    Changed,
    NotSent,
    PhonebookError,
    Refused,
    TimedOut,
    TooManyRequests,
)

UNCHANGED = "Your groups are not changed."


@dataclass(frozen=True)
class Failure:
    """What a page says of an error: one sentence on what happened, one on what it means and what to do."""

    heading: str
    text: str
    status: int
    retry_after: int | None = None

    @property
    def headers(self) -> dict[str, str]:
        """What goes with the page over HTTP."""
        return {} if self.retry_after is None else {"Retry-After": str(self.retry_after)}


def explain(
    error: PhonebookError,
    *,
    change: str = "",
    seen: Callable[[], str] = str,
    unchanged: str = UNCHANGED,
    wanted: str = "your groups",
) -> Failure:
    """Say what an error means.

    Args:
        error: what the client raised.
        change: what the reader asked for, to follow "We could not confirm that": "the group was created".
        seen: looks what the phonebook shows now; asked only where it is in doubt whether the change has happened.
        unchanged: what is said where nothing was changed.
        wanted: what was to be read, to follow "We could not get".

    """
    if error.changed is not Changed.NO:
        status = 504 if isinstance(error, TimedOut) else 502
        if error.changed is Changed.YES:
            happened = f"{change[:1].upper()}{change[1:]}"
            said = "Messente said so, but the rest of its answer could not be read."
        else:
            happened = f"We could not confirm that {change}"
            said = "Messente gave no clear answer."
        return Failure(happened, Markup("{} {}").format(said, seen()), status)
    match error:
        case AccessRefused():
            text = f"{unchanged} Whoever runs this dashboard has to put its access right."
            return Failure("The dashboard's access to Messente was refused", text, 502)
        case TooManyRequests():
            return Failure("Messente asks us to slow down", f"{unchanged} {_when(error)}", 503, error.retry_after)
        case NotSent():
            return Failure("We could not reach Messente", f"{unchanged} Try again in a minute.", 503)
        case Refused():
            said = f" It said: {error.detail}" if error.detail else ""
            text = f"{unchanged}{said} Whoever runs this dashboard can find out why by the number below."
            return Failure("Messente refused this", text, 502)
    status = 504 if isinstance(error, TimedOut) else 502
    text = f"{unchanged} {_when(error)}"
    return Failure(f"We could not get {wanted} from Messente", text, status, error.retry_after)


def _when(error: PhonebookError) -> str:
    if error.retry_after is None:
        return "Try again in a minute."
    return "Try again now." if error.retry_after == 0 else f"Try again in {error.retry_after} seconds."
