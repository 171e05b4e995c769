"""Describe what the blacklist shows after a change that Messente did not clearly confirm."""

from markupsafe import Markup

from webapp.actions.models import UNDECIDED, Change, ChangeKind, Outcome
from webapp.actions.records import record_verdicts
from webapp.phonebook.errors import PhonebookError
from webapp.web.current import phonebook
from webapp.web.error_pages import log_failure
from webapp.web.time_budget import Budget


def describe_number_now(change: Change) -> Markup:
    """Look the number up, record what the blacklist shows, and return a description for the user."""
    try:
        is_blocked = change.number in phonebook(Budget.LOOK_UP).list_blacklist()
    except PhonebookError as error:
        log_failure(error)
        return Markup("We could not check the blacklist. Look at it before you try again.")
    happened = is_blocked is (change.kind is ChangeKind.BLOCK)
    if happened and change.outcome in UNDECIDED:
        record_verdicts([change.decided(Outcome.CONFIRMED)])
    shows = Markup("The number is {} the blacklist now").format("on" if is_blocked else "not on")
    if happened:
        return shows + Markup(", as you asked.")
    return shows + Markup(". It may still happen: check again before you try once more.")
