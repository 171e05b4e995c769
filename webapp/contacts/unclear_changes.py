"""Describe what the phonebook shows after a change to a contact that Messente did not clearly confirm."""

from flask import url_for
from markupsafe import Markup

from webapp.actions.models import UNDECIDED, Change, ChangeKind, Outcome
from webapp.actions.reconcile import find_contact, shows_contact
from webapp.actions.records import record_verdicts
from webapp.phone_numbers.numbering_plans import grouped
from webapp.phonebook.errors import PhonebookError
from webapp.web.current import phonebook
from webapp.web.error_pages import log_failure
from webapp.web.template_filters import isolated
from webapp.web.time_budget import Budget

CONTACT_NOT_LOOKED_UP = Markup("We could not check the phonebook. Look at the contact before you try again.")
_NOT_YET = {
    ChangeKind.CREATE_CONTACT: (
        "The contact is not in the phonebook yet. It may still appear: check again before you create it once more."
    ),
    ChangeKind.CHANGE_CONTACT: (
        "The phonebook does not show the change yet. It may still happen: check again before you save it once more."
    ),
    ChangeKind.DELETE_CONTACT: (
        "The contact is still in the phonebook. It may still be deleted: check again before you try once more."
    ),
}


def describe_contact_now(change: Change) -> Markup:
    """Look the change up in the phonebook, record what it shows, and return a description for the user."""
    try:
        contact = find_contact(change, phonebook(Budget.LOOK_UP))
    except PhonebookError as error:
        log_failure(error)
        return CONTACT_NOT_LOOKED_UP
    happened = shows_contact(change, contact)
    if happened and change.outcome in UNDECIDED:
        record_verdicts([change.decided(Outcome.CONFIRMED)])
    if contact is None and change.kind is not ChangeKind.CREATE_CONTACT:
        return Markup("The contact is no longer in the phonebook.")
    if contact and not happened and change.kind is ChangeKind.CREATE_CONTACT:
        return Markup("The phonebook has a contact with this number, but with other details than you typed.")
    if not happened:
        return Markup("{}").format(_NOT_YET[change.kind])
    shows = "which was not there before" if change.kind is ChangeKind.CREATE_CONTACT else "as you asked"
    return Markup('The phonebook now shows <a href="{}">{}</a>, {}.').format(
        url_for("contacts.show", number=change.number), isolated(grouped(change.number or "")), shows
    )
