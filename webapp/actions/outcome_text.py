"""Describe kinds of changes and their outcomes for users."""

from flask import Flask

from webapp.actions.models import GROUP_KINDS, Change, ChangeKind, Outcome
from webapp.phonebook.errors import AccessRefused, Conflict, NotAsked, NotFound, NotSent, OutOfTime, TooManyRequests

CHANGE_LABELS = {
    ChangeKind.CREATE: "Group created",
    ChangeKind.RENAME: "Group renamed",
    ChangeKind.DELETE: "Group deleted",
    ChangeKind.ADD: "Added to a group",
    ChangeKind.REMOVE: "Removed from a group",
    ChangeKind.CREATE_CONTACT: "Contact created",
    ChangeKind.CHANGE_CONTACT: "Contact changed",
    ChangeKind.DELETE_CONTACT: "Contact deleted",
}

_ENDED = {
    Outcome.DONE: "Done",
    Outcome.UNKNOWN: "Unknown",
    Outcome.CONFIRMED: "Done (confirmed later)",
    Outcome.NOT_FOUND_LATER: "Probably not done (not found later)",
}

_GONE = {
    **dict.fromkeys(GROUP_KINDS, "the group was already gone"),
    ChangeKind.ADD: "the contact or the group was gone",
    ChangeKind.REMOVE: "the contact was no longer in the group",
    **dict.fromkeys(
        (ChangeKind.CREATE_CONTACT, ChangeKind.CHANGE_CONTACT, ChangeKind.DELETE_CONTACT),
        "the contact was already gone",
    ),
}

_THERE_ALREADY = {
    ChangeKind.ADD: "the contact was already in the group",
    ChangeKind.CREATE_CONTACT: "there was already a contact with this number",
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
            why = "it could not be recorded first, so Messente was not asked"
        case NotSent():
            why = "Messente could not be reached"
        case NotFound():
            why = _GONE[change.kind]
        case Conflict():
            why = _THERE_ALREADY.get(change.kind, "Messente refused it")
        case AccessRefused():
            why = "Messente refused the dashboard's access"
        case TooManyRequests():
            why = "Messente asked to slow down"
        case _:
            why = f"Messente refused it: {change.detail}" if change.detail else "Messente refused it"
    return f"Not done: {why}"


def init_app(app: Flask) -> None:
    """Add the descriptions to the templates."""
    app.add_template_filter(describe_outcome)
    app.jinja_env.globals.update(kinds_of_change=CHANGE_LABELS)
