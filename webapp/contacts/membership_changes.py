"""Change the groups of one contact."""

from collections.abc import Iterable

from flask import Response, make_response, render_template, request

from webapp.actions.models import ChangeKind
from webapp.actions.not_run import NotRun
from webapp.actions.plan import Plan, PlannedChange
from webapp.contacts.group_picker import MAX_GROUP_BOXES, group_boxes
from webapp.contacts.membership_forms import GroupsForm
from webapp.phonebook import Group
from webapp.phonebook.errors import NotFound, PhonebookError
from webapp.web.addresses import read_search
from webapp.web.current import phonebook
from webapp.web.error_pages import contact_gone, log_failure, resend_page
from webapp.web.time_budget import Budget

CONTACTS_UNCHANGED = "Your contacts were not changed."

NO_GROUP_LEFT = (
    "This contact would be in no group, and Messente deletes contacts that have been in no group for 30 days."
    " Nothing was saved yet"
)
TICKED_GROUP_GONE = "A group that you ticked no longer exists. Nothing was saved: check the ticks, and save again"
TOO_MANY_TICKED_GROUPS = (
    f"These are more than {MAX_GROUP_BOXES} changes at once. Nothing was saved: tick fewer, and save again"
)


def groups_page(
    number: str, form: GroupsForm | None = None, *, until: float = Budget.READ, status: int = 200, anyway: bool = False
) -> Response:
    """Render the page on which a contact's groups are ticked.

    Args:
        number: the contact's number.
        form: has the ticked groups; without it, the contact's groups are ticked.
        until: the part of the request's time after which calls end; see `Budget`.
        status: the HTTP status.
        anyway: whether to offer to leave the contact in no group.

    Raises:
        PhonebookError: when the contact or the groups can't be read.

    """
    client = phonebook(until)
    own, all_groups = client.begin(lambda: client.list_groups_of(number)), client.begin(client.list_groups)
    contact = client.get_contact(number)
    q, ticked = (form.shown_groups, form.ticked) if form else (read_search(request.args), None)
    boxes = group_boxes(all_groups(), own(), q, ticked)
    form = form or GroupsForm.for_boxes(boxes)
    return make_response(
        render_template("contacts/groups.html", contact=contact, boxes=boxes, form=form, anyway=anyway), status
    )


def groups_again(number: str, form: GroupsForm, reason: NotRun) -> Response:
    """Show the boxes again as they were ticked; if they can't be shown now, offer to send them again."""
    if not (reason.error or reason.failure):
        try:
            return groups_page(number, form, until=Budget.LOOK_UP, status=reason.status, **reason.context)
        except PhonebookError as error:
            log_failure(error)
            reason = NotRun(error=error)
    failure = reason.explain(unchanged=CONTACTS_UNCHANGED, resource="your contacts")
    return contact_gone() if failure is None or isinstance(reason.error, NotFound) else resend_page(failure, form)


def plan_groups(form: GroupsForm, number: str) -> Plan:
    """Plan the changes to a contact's groups that the user ticked or unticked. Other groups stay as they are.

    Raises:
        NotRun: to ask, at the boxes, about a contact that would be in no group, or a group that no longer exists.

    """
    to_add, to_remove = form.ticked - form.ticked_then, form.ticked_then - form.ticked
    if not to_add and not to_remove:
        return Plan()
    if len(to_add) + len(to_remove) > MAX_GROUP_BOXES:
        raise _refused(form, TOO_MANY_TICKED_GROUPS)
    client = phonebook(Budget.CHECK)
    all_groups = client.begin(client.list_groups)
    now = client.list_groups_of(number)
    known = {group.id: group for group in (*all_groups().rows, *now.rows)}
    if not to_add <= known.keys():
        raise _refused(form, TICKED_GROUP_GONE)
    remove = [known[each] for each in to_remove if each in known]  # a deleted group has no members
    left = {group.id for group in now.rows} - to_remove
    if remove and now.rows and not (left or to_add or now.unreadable or form.anyway.data):
        raise _refused(form, NO_GROUP_LEFT, anyway=True)
    adds = [PlannedChange(kind=ChangeKind.ADD, group=known[each], number=number) for each in sorted(to_add)]
    removes = [PlannedChange(kind=ChangeKind.REMOVE, group=group, number=number) for group in _by_id(remove)]
    if left or not adds:
        return Plan([[change] for change in (*adds, *removes)])
    # Add the contact to a new group before removing it from its last one.
    return Plan([[adds[0], *removes], *([change] for change in adds[1:])])


def _refused(form: GroupsForm, question: str, *, anyway: bool = False) -> NotRun:
    form.refuse(question)
    return NotRun(anyway=anyway)


def _by_id(groups: Iterable[Group]) -> list[Group]:
    return sorted(groups, key=lambda group: group.id)
