"""What somebody typed of a contact that somebody else has created: told, and kept in a form that saves it."""

from flask import Response
from markupsafe import Markup

from webapp.contacts.forms import ContactForm, EditContactForm
from webapp.contacts.table import DETAIL_LABELS
from webapp.phonebook.errors import PhonebookError
from webapp.web.current import Budget, phonebook
from webapp.web.error_pages import log_failure
from webapp.web.forms import form_page
from webapp.web.template_filters import quoted


def edit_instead(form: ContactForm, told: str = "") -> Response | None:
    """Make the page that edits the contact, with what was typed in its form.

    Args:
        form: by which the contact was to be created.
        told: what became of the rest, in whole sentences.

    Returns:
        None where the contact is as it was typed, or is not there, or can't be read.

    """
    try:
        contact = phonebook(Budget.LOOK_UP).get_contact(form.wanted)
    except PhonebookError as error:
        log_failure(error)
        return None
    missing = form.missing_from(contact)
    if not missing:
        return None
    said = [Markup("{} {}").format(DETAIL_LABELS[name], quoted(value)) for name, value in missing.items()]
    unsaved = Markup("{} Not saved: {}.").format(told, Markup("; ").join(said))
    return form_page(
        "contacts/edit.html",
        EditContactForm.with_typed(contact, missing),
        status=409,
        number=form.wanted,
        unsaved=unsaved,
    )
