"""Describe kinds of changes and their outcomes for users."""

from flask import Flask

from webapp.actions.models import GROUP_KINDS, NO_WORKER, Change, ChangeKind, Outcome
from webapp.actions.totals import describe_totals
from webapp.phonebook import errors as phonebook_errors
from webapp.phonebook.errors import (
    AccessRefused,
    Conflict,
    NoClearAnswer,
    NotAsked,
    NotFound,
    NotSent,
    OutOfTime,
    PhonebookError,
    RateLimited,
    TooManyRequests,
)

CHANGE_LABELS = {
    ChangeKind.CREATE: "Group created",
    ChangeKind.RENAME: "Group renamed",
    ChangeKind.DELETE: "Group deleted",
    ChangeKind.ADD: "Added to a group",
    ChangeKind.REMOVE: "Removed from a group",
    ChangeKind.CREATE_CONTACT: "Contact created",
    ChangeKind.CHANGE_CONTACT: "Contact changed",
    ChangeKind.DELETE_CONTACT: "Contact deleted",
    ChangeKind.BLOCK: "Added to the blacklist",
    ChangeKind.UNBLOCK: "Taken off the blacklist",
}

_ENDED = {
    Outcome.PLANNED: "Not done yet",
    Outcome.DONE: "Done",
    Outcome.UNKNOWN: "Unknown",
    Outcome.CONFIRMED: "Done (confirmed later)",
    Outcome.NOT_FOUND_LATER: "Probably not done (not found later)",
}

MINUTES_BEFORE_HOURS = 90
"""So many minutes are told in hours."""

_GONE = {
    **dict.fromkeys(GROUP_KINDS, "the group was already gone"),
    ChangeKind.ADD: "the contact or the group was gone",
    ChangeKind.REMOVE: "the contact was no longer in the group",
    **dict.fromkeys(
        (ChangeKind.CREATE_CONTACT, ChangeKind.CHANGE_CONTACT, ChangeKind.DELETE_CONTACT),
        "the contact was already gone",
    ),
    ChangeKind.BLOCK: "Messente does not know the number",
    ChangeKind.UNBLOCK: "the number was not on the blacklist any more",
}

_THERE_ALREADY = {
    ChangeKind.ADD: "the contact was already in the group",
    ChangeKind.CREATE_CONTACT: "there was already a contact with this number",
    ChangeKind.BLOCK: "the number was already on the blacklist",
}


def describe_outcome(change: Change) -> str:
    """Describe a change's outcome, as a sentence without its full stop."""
    if change.outcome is Outcome.STARTED:
        return "In progress" if change.is_running else _ENDED[Outcome.UNKNOWN]
    if change.outcome is Outcome.SKIPPED:
        return f"Not done: {change.detail}"
    if change.outcome is not Outcome.REFUSED:
        return _ENDED[change.outcome]
    match change.failure:
        case OutOfTime():
            why = "there was no time left"
        case NotAsked():
            why = "the dashboard could not record it, so it was not sent to Messente"
        case NotSent():
            why = "Messente could not be reached"
        case NotFound():
            why = _GONE[change.kind]
        case Conflict():
            why = _THERE_ALREADY.get(change.kind, "Messente refused it")
        case NoClearAnswer():
            why = "its contacts could not be compared with those of the group that stays"
        case AccessRefused():
            why = "Messente refused the dashboard's access"
        case TooManyRequests():
            why = "Messente asked to slow down"
        case _:
            why = f"Messente refused it: {change.detail}" if change.detail else "Messente refused it"
    return f"Not done: {why}"


_PAUSES: dict[type[PhonebookError], str] = {
    TooManyRequests: "Messente asks to slow down",
    RateLimited: "Messente asks to slow down",
    AccessRefused: "Messente refuses the dashboard's access",
    NotSent: "Messente can't be reached",
    PhonebookError: "Messente gives no clear answer",
}
"""Why a job waits, the special errors before the general ones."""


def describe_pause(reason: str) -> str:
    """Describe why a job waits or was given up, as a clause.

    Args:
        reason: see `Job.reason`.

    """
    if reason == NO_WORKER:
        return "no background worker ran"
    error: type[PhonebookError] = getattr(phonebook_errors, reason, PhonebookError)
    return next(text for kind, text in _PAUSES.items() if issubclass(error, kind))


def about(seconds: float) -> str:
    """Describe a time roughly: "about 2 minutes"."""
    minutes = round(seconds / 60)
    if not minutes:
        return "less than a minute"
    if minutes == 1:
        return "about a minute"
    return f"about {minutes} minutes" if minutes < MINUTES_BEFORE_HOURS else f"about {round(minutes / 60)} hours"


def init_app(app: Flask) -> None:
    """Add the descriptions to the templates."""
    for function in (describe_outcome, describe_pause, describe_totals):
        app.add_template_filter(function)
    app.jinja_env.globals.update(kinds_of_change=CHANGE_LABELS)
