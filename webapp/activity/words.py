"""What an entry says to people."""

from flask import Flask

from webapp.activity.entries import Entry, Outcome
from webapp.phonebook.errors import AccessRefused, NotFound, NotSent, TooManyRequests

_ENDED = {
    Outcome.DONE: "Done",
    Outcome.UNKNOWN: "Not known",
    Outcome.CONFIRMED: "Not known at first; the phonebook showed it later",
    Outcome.ABSENT: "Not known at first; the phonebook did not show it later",
}


def ended(entry: Entry) -> str:
    """Say how a change ended, as a sentence without its full stop."""
    if entry.outcome is Outcome.STARTED:
        return "Under way" if entry.is_under_way else _ENDED[Outcome.UNKNOWN]
    if entry.outcome is not Outcome.REFUSED:
        return _ENDED[entry.outcome]
    match entry.failure:
        case NotSent():
            why = "Messente could not be reached"
        case NotFound():
            why = "the group was gone already"
        case AccessRefused():
            why = "Messente refused the dashboard's access"
        case TooManyRequests():
            why = "Messente asked to slow down"
        case _:
            why = f"Messente refused it: {entry.detail}" if entry.detail else "Messente refused it"
    return f"Not done; {why}"


def init_app(app: Flask) -> None:
    """Make them known to the templates."""
    app.add_template_filter(ended)
