"""The phonebook's errors in words for the reader, and as an HTTP status."""

from dataclasses import dataclass

from webapp.phonebook.errors import (
    AccessRefused,
    Changed,
    NotSent,
    PhonebookError,
    Refused,
    ServerFailed,
    TimedOut,
    TooManyRequests,
)


@dataclass(frozen=True)
class Failure:
    """What a page says of an error: one sentence on what happened, one on what it means and what to do."""

    heading: str
    text: str
    status: int
    retry_after: int | None = None


def explain(error: PhonebookError, *, reading: str = "your groups", change: str = "") -> Failure:
    """Say what an error means.

    Args:
        error: what the client raised.
        reading: what the page wanted to show, to follow "We could not get".
        change: what the reader asked for, to follow "We could not confirm that": "the group was created".

    """
    unchanged = "Your groups are not changed."
    match error:
        case AccessRefused():
            return Failure(
                "The dashboard's access to Messente was refused",
                f"{unchanged} Whoever runs this dashboard has to put its access right.",
                502,
            )
        case TooManyRequests():
            wait = f"in {error.retry_after} seconds" if error.retry_after else "in a minute"
            return Failure("Messente asks us to slow down", f"{unchanged} Try again {wait}.", 503, error.retry_after)
        case NotSent():
            return Failure("We could not reach Messente", "Nothing was changed. Try again in a minute.", 503)
        case Refused():
            said = f" It said: {error.detail}" if error.detail else ""
            return Failure("Messente refused this", f"{unchanged}{said}", 502)
    status = 504 if isinstance(error, TimedOut) else 502
    if error.changed is Changed.YES:
        return Failure(
            f"{change[:1].upper()}{change[1:]}",
            "Messente said so, but the rest of its answer could not be read. Look at your groups before you go on.",
            status,
        )
    if error.changed is Changed.UNKNOWN:
        return Failure(
            f"We could not confirm that {change}",
            "Messente gave no clear answer. Look at your groups before you try again.",
            status,
        )
    retry_after = error.retry_after if isinstance(error, ServerFailed) else None
    wait = f" Try again in {retry_after} seconds." if retry_after else ""
    return Failure(f"We could not get {reading} from Messente", f"{unchanged}{wait}", status, retry_after)
