"""Plans of the forms for one contact: the changes that they need, as the phonebook is now."""

from markupsafe import Markup

from webapp.actions.models import ChangeKind
from webapp.actions.not_run import NotRun
from webapp.actions.plan import Plan, PlannedChange
from webapp.actions.replaced import replaced_contact
from webapp.contacts.contact_page import fetch_contact_page
from webapp.contacts.forms import ContactForm, DeleteContactForm, EditContactForm
from webapp.phonebook import Contact
from webapp.phonebook.errors import NotFound
from webapp.web.current import phonebook
from webapp.web.template_filters import quoted
from webapp.web.time_budget import Budget

ALREADY_THERE = "There is already a contact with this number"


def plan_contact(form: ContactForm) -> Plan:
    """Plan the creation of a contact.

    Raises:
        NotRun: when the number is invalid, or there is already a contact with it.

    """
    try:
        contact = phonebook(Budget.CHECK).get_contact(form.parsed_number)
    except NotFound:
        if not form.can_be_created():
            raise NotRun(status=422) from None
        change = PlannedChange(kind=ChangeKind.CREATE_CONTACT, number=form.parsed_number, details=form.details)
        return Plan([[change]])
    refuse_known_number(form, contact)
    raise NotRun(there=form.parsed_number)


def refuse_known_number(form: ContactForm, contact: Contact | None = None) -> None:
    """Add an error to the number's field: there is already a contact with this number."""
    called = Markup(": {}").format(quoted(contact.name)) if contact and contact.name else ""
    form.refuse_number(Markup("{}{}").format(ALREADY_THERE, called))


def plan_contact_edit(form: EditContactForm, number: str) -> Plan:
    """Plan to update the details that the user changed; no change if there are none.

    Raises:
        NotRun: to ask about details that somebody else has changed since the page was opened.

    """
    details = form.changes  # read first: asking updates the form with other people's changes
    if not details:
        return Plan()
    contact = phonebook(Budget.CHECK).get_contact(number)
    if form.asks_about_changes(contact):
        raise NotRun
    replaced = {"details": {name: getattr(contact, name) for name in details}}
    edit = PlannedChange(kind=ChangeKind.CHANGE_CONTACT, number=number, details=details, replaced=replaced)
    return Plan([[edit]])


def plan_contact_deletion(form: DeleteContactForm, number: str) -> Plan:
    """Plan the deletion of a contact.

    Raises:
        NotRun: to ask again, if the contact has changed since the page was opened.

    """
    profile = fetch_contact_page(number, Budget.CHECK)
    groups = profile.needed_groups()
    if not form.describes(profile.contact, groups):
        again = DeleteContactForm.for_contact(profile.contact, groups, form.back.data or "")
        again.keep_token(form)
        raise NotRun(form=again, profile=profile, groups=groups, changed=True)
    replaced = replaced_contact(profile.contact, groups)
    return Plan([[PlannedChange(kind=ChangeKind.DELETE_CONTACT, number=number, replaced=replaced)]])
