"""Offer to save details that were typed for a new contact which somebody else has created meanwhile."""

from flask import Response
from markupsafe import Markup

from webapp.contacts.forms import ContactForm, EditContactForm
from webapp.contacts.table import detail_labels
from webapp.phonebook.errors import PhonebookError
from webapp.web.current import phonebook
from webapp.web.error_pages import log_failure
from webapp.web.forms import form_page
from webapp.web.template_filters import quoted
from webapp.web.time_budget import Budget


def edit_page_instead(form: ContactForm, intro: str = "") -> Response | None:
    """Render the contact's edit page with the typed details in its form.

    Args:
        form: the form of the contact to create.
        intro: the outcome of other changes, in whole sentences.

    Returns:
        None if the contact has the typed details, does not exist or can't be read.

    """
    try:
        contact = phonebook(Budget.LOOK_UP).get_contact(form.parsed_number)
    except PhonebookError as error:
        log_failure(error)
        return None
    missing = form.missing_from(contact)
    if not missing:
        return None
    details = [Markup("{} {}").format(detail_labels()[name], quoted(value)) for name, value in missing.items()]
    unsaved = Markup("{} Not saved: {}.").format(intro, Markup("; ").join(details))
    return form_page(
        "contacts/edit.html",
        EditContactForm.with_typed(contact, missing),
        status=409,
        number=form.parsed_number,
        unsaved=unsaved,
    )
