"""Plans of the membership forms: the changes that they need, as the phonebook is now."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from uuid import UUID

from markupsafe import Markup

from webapp.actions.inverse import details_of
from webapp.actions.models import ChangeKind
from webapp.actions.not_run import NotRun
from webapp.actions.plan import Plan, PlannedChange
from webapp.actions.results import clause
from webapp.contacts.forms import ContactForm
from webapp.contacts.table import CONTACTS_TABLE
from webapp.memberships.forms import NumbersForm, RemoveForm
from webapp.phone_numbers.reading import NumberLine, check_number
from webapp.phonebook import Contact, Group, PhonebookClient, Rows
from webapp.phonebook.errors import NotFound, OutOfTime, PhonebookError, TimedOut
from webapp.web.current import phonebook
from webapp.web.lists import ListQuery, filter_and_sort
from webapp.web.template_filters import quoted
from webapp.web.time_budget import Budget

_LATE = (OutOfTime, TimedOut)

CONTACT_NOT_KNOWN = "the phonebook has no contact of this number, and you did not ask to create one"


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


@dataclass(frozen=True)
class Removal:
    """The ticked contacts of a group."""

    group: Group
    contacts: list[Contact]
    is_orphan: dict[str, bool | None]
    """By number: whether the contact is in no other group; None if unknown."""

    @property
    def orphans(self) -> list[str]:
        """Numbers of the contacts that would be in no group."""
        return [number for number, is_orphan in self.is_orphan.items() if is_orphan]


def find_removal(form: RemoveForm, group_id: UUID) -> Removal:
    """Find the ticked contacts of a group, and which of them are in no other group."""
    client, ticked = phonebook(Budget.CHECK), set(form.numbers)
    group = client.get_group(group_id)
    members = filter_and_sort(client.list_contacts(group_id), CONTACTS_TABLE, ListQuery())
    contacts = [contact for contact in members if contact.number in ticked]
    return Removal(group, contacts, _find_orphans(client, group_id, [contact.number for contact in contacts]))


def plan_removal(form: RemoveForm, group_id: UUID) -> Plan:
    """Plan the removal of the ticked contacts from a group.

    Raises:
        NotRun: to ask the user, unless they have confirmed the removal of all contacts that would be in no group.

    """
    removal = find_removal(form, group_id)
    if not form.is_confirmed(removal.orphans):
        raise removal_question(form, removal)
    # Messente may delete those that are in no group then: undoing the removal creates them again.
    details = {contact.number: details_of(contact) for contact in removal.contacts if removal.is_orphan[contact.number]}
    return Plan(
        [
            [
                PlannedChange(
                    kind=ChangeKind.REMOVE,
                    group=removal.group,
                    number=number,
                    replaced={"details": details[number]} if number in details else {},
                )
            ]
            for number in form.numbers
        ]
    )


def removal_question(form: RemoveForm, removal: Removal) -> NotRun:
    """Return the exception that asks the user to confirm the removal, and update the form for it."""
    asked_before, gone = bool(form.confirmed.data), len(form.numbers) - len(removal.contacts)
    form.set_question(removal.orphans)
    return NotRun(status=409 if asked_before else 200, gone=gone, asked_before=asked_before, **vars(removal))


def _known_already(contact: Contact) -> Markup:
    called = Markup(", as {}").format(quoted(contact.name)) if contact.name else ""
    return Markup(
        "This number is already in the phonebook{}. The other details that you typed will not be saved."
    ).format(called)


def _find_orphans(client: PhonebookClient, group_id: UUID, numbers: Iterable[str]) -> dict[str, bool | None]:
    """Return for each number whether its contact is in no other group; None if unknown."""

    def is_orphan(result: Rows[Group] | PhonebookError) -> bool | None:
        if isinstance(result, NotFound):
            return False  # the contact was deleted, so it is in no group
        if isinstance(result, PhonebookError):
            return None
        if any(group.id != group_id for group in result.rows):
            return False
        return None if result.unreadable else True

    return {number: is_orphan(result) for number, result in client.each(client.list_groups_of, numbers)}
