"""Plans of the membership forms: the changes that they need, as the phonebook is now."""

from functools import partial
from uuid import UUID

from markupsafe import Markup

from webapp.actions.models import ChangeKind
from webapp.actions.not_run import NotRun
from webapp.actions.plan import Plan, PlannedChange
from webapp.actions.results import clause
from webapp.contacts.forms import ContactForm
from webapp.memberships.forms import NumbersForm
from webapp.phone_numbers.pasted import NumberLine
from webapp.phone_numbers.reading import check_number
from webapp.phonebook import Contact, Group
from webapp.phonebook.errors import NotFound, OutOfTime, PhonebookError, TimedOut
from webapp.web.current import phonebook
from webapp.web.template_filters import quoted
from webapp.web.time_budget import Budget

_LATE = (OutOfTime, TimedOut)

CONTACT_NOT_KNOWN = "the phonebook has no contact with this number, and the box to create contacts was not ticked"


def plan_added_contact(form: ContactForm, group_id: UUID) -> Plan:
    """Plan to add one contact to a group, and to create it if it is not in the phonebook.

    Raises:
        NotRun: when the number is invalid, or the contact exists with other details.

    """
    client, number = phonebook(Budget.CHECK), form.parsed_number
    group = client.get_group(group_id)
    add = PlannedChange(kind=ChangeKind.ADD, group=group, number=number)
    try:
        known = client.get_contact(number)
    except NotFound:
        if not form.can_be_created():
            raise NotRun(status=422) from None
        create = PlannedChange(kind=ChangeKind.CREATE_CONTACT, group=group, number=number, details=form.details)
        return Plan([[create, add]])
    if form.missing_from(known) and form.anyway.data != number:
        form.refuse_number(_known_already(known))
        raise NotRun(known=known)
    return Plan([[add]])


def plan_added_numbers(form: NumbersForm, group_id: UUID) -> Plan:
    """Plan to add many contacts to a group by their numbers, and to create those not in the phonebook if requested."""
    client = phonebook(Budget.CHECK)
    group = client.get_group(group_id)
    numbers = [line.number for line in form.lines if line.number]
    known: dict[str, Contact | PhonebookError] = dict(client.each(client.get_contact, numbers))
    failed = [result for result in known.values() if isinstance(result, PhonebookError)]
    late = [error for error in failed if isinstance(error, _LATE)]
    for error in failed:
        if not isinstance(error, (NotFound, *_LATE)) or len(late) == len(known):
            raise error  # nothing was sent yet: let the user try again rather than guess which contacts exist
    return Plan([_plan_line(line, group, known, create=bool(form.create.data)) for line in form.lines])


def _plan_line(
    line: NumberLine, group: Group, known: dict[str, Contact | PhonebookError], *, create: bool
) -> list[PlannedChange]:
    plan = partial(PlannedChange, group=group, number=line.number or line.text)
    if line.number is None:
        return [plan(kind=ChangeKind.ADD, skip_reason=clause(line.reason or ""))]
    if isinstance(known[line.number], Contact):
        return [plan(kind=ChangeKind.ADD)]
    is_unknown = isinstance(known[line.number], _LATE)
    if is_unknown and not create:
        return [plan(kind=ChangeKind.ADD)]
    reason = check_number(line.number) or (None if create else CONTACT_NOT_KNOWN)
    if reason:
        return [plan(kind=ChangeKind.ADD, skip_reason=clause(reason))]
    return [plan(kind=ChangeKind.CREATE_CONTACT), plan(kind=ChangeKind.ADD)]


def _known_already(contact: Contact) -> Markup:
    called = Markup(", as {}").format(quoted(contact.name)) if contact.name else ""
    return Markup(
        "This number is already in the phonebook{}. The other details that you typed will not be saved."
    ).format(called)
