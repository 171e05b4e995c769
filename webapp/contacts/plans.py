"""What the forms about one contact are to change, worked out from the phonebook as it is now."""

from markupsafe import Markup

from webapp.actions.models import ChangeKind, Plan, PlannedChange
from webapp.actions.not_run import NotRun
from webapp.contacts.contact_page import fetch_contact_page
from webapp.contacts.forms import ContactForm, DeleteContactForm, EditContactForm
from webapp.phonebook import Contact
from webapp.phonebook.errors import NotFound
from webapp.web.current import Budget, phonebook
from webapp.web.template_filters import quoted

ALREADY_THERE = "There is already a contact of this number"


def plan_contact(form: ContactForm) -> Plan:
    """Plan a contact's creation.

    Raises:
        NotRun: there is one of that number, or there can't be.

    """
    try:
        contact = phonebook(Budget.CHECK).get_contact(form.wanted)
    except NotFound:
        if not form.can_be_created():
            raise NotRun(status=422) from None
        change = PlannedChange(kind=ChangeKind.CREATE_CONTACT, number=form.wanted, details=form.details)
        return Plan.single(change)
    refuse_known_number(form, contact)
    raise NotRun(there=form.wanted)


def refuse_known_number(form: ContactForm, contact: Contact | None = None) -> None:
    """Say at the number that there is a contact of it already."""
    called = Markup(": {}").format(quoted(contact.name)) if contact and contact.name else ""
    form.refuse_number(Markup("{}{}").format(ALREADY_THERE, called))


def plan_contact_edit(form: EditContactForm, number: str) -> Plan:
    """Plan a contact's new details: those that the user has changed. If none are, there is nothing to do.

    Raises:
        NotRun: to ask about details that somebody else has changed since the page was opened.

    """
    wanted = form.changes  # before the form takes over what others have changed
    if not wanted:
        return Plan()
    if form.asks_about_changes(phonebook(Budget.CHECK).get_contact(number)):
        raise NotRun
    return Plan.single(PlannedChange(kind=ChangeKind.CHANGE_CONTACT, number=number, details=wanted))


def plan_contact_deletion(form: DeleteContactForm, number: str) -> Plan:
    """Plan a contact's deletion.

    Raises:
        NotRun: to ask again, if the contact has changed since the page was opened.

    """
    found = fetch_contact_page(number, Budget.CHECK)
    groups = found.needed_groups()
    if not form.describes(found.contact, groups):
        again = DeleteContactForm.about(found.contact, groups)
        again.keep_token(form)
        raise NotRun(form=again, found=found, groups=groups, changed=True)
    return Plan.single(PlannedChange(kind=ChangeKind.DELETE_CONTACT, number=number))
