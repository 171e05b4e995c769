"""Change the groups of contacts, on a contact's page and on lists of contacts."""

from collections.abc import Callable, Iterable
from functools import partial

from flask import Response, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from webapp.actions.history import contact_history
from webapp.actions.models import ChangeKind
from webapp.actions.not_run import NotRun
from webapp.actions.plan import Plan, PlannedChange
from webapp.actions.run_once import run_once
from webapp.contacts import list_page
from webapp.contacts.contact_page import ContactPage
from webapp.contacts.group_picker import MAX_GROUP_BOXES, group_boxes
from webapp.contacts.membership_forms import GroupsForm, PutInGroupForm
from webapp.phonebook import Group, Rows
from webapp.web.addresses import current_address, read_search
from webapp.web.current import phonebook
from webapp.web.error_pages import error_page, resend_page
from webapp.web.forms import STALE_FORM
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


def contact_page(
    number: str, form: GroupsForm | None = None, *, profile: ContactPage, status: int = 200, anyway: bool = False
) -> Response:
    """Render a contact's page.

    Args:
        number: the contact's number.
        form: has the ticked groups; without it, the contact's groups are ticked.
        profile: the contact and its groups.
        status: the HTTP status.
        anyway: whether to offer to leave the contact in no group.

    """
    boxes = None
    if isinstance(profile.groups, Rows) and isinstance(profile.all_groups, Rows):
        q = read_search(request.args)
        boxes = group_boxes(profile.all_groups, profile.groups, q, form.ticked if form else None)
    html = render_template(
        "contacts/show.html",
        profile=profile,
        boxes=boxes,
        form=form or GroupsForm.for_boxes(boxes),
        history=contact_history(number),
        anyway=anyway,
    )
    return make_response(html, status)


def leaving_page(form: PutInGroupForm, status: int = 200) -> Response:
    """Render the list of contacts about to be deleted."""
    page = list_page.leaving_list_page(request.args)
    return make_response(render_template("contacts/leaving.html", page=page, form=form), status)


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


def put_ticked_in_group(render: Callable[[PutInGroupForm, int], Response]) -> BaseResponse:
    """Put the ticked contacts of a list into the chosen group.

    Args:
        render: renders the list's page with a form and an HTTP status.

    """
    form = PutInGroupForm()
    if not form.validate():
        return error_page(STALE_FORM, again=current_address()) if "csrf_token" in form.errors else render(form, 422)
    try:
        action = run_once(form, partial(plan_put_in_group, form))
    except NotRun as reason:
        failure = reason.explain(unchanged=CONTACTS_UNCHANGED)
        return resend_page(failure, form) if failure else render(form, reason.status)
    return redirect(url_for("actions.show", action_id=action.id), 303)


def plan_put_in_group(form: PutInGroupForm) -> Plan:
    """Plan to add the ticked contacts to the chosen group.

    Raises:
        NotRun: when the group no longer exists.

    """
    groups = phonebook(Budget.CHECK).list_groups()
    group = next((each for each in groups.rows if each.id == form.group_id), None)
    if group is None:
        form.group.errors = ["This group no longer exists. Choose another"]
        raise NotRun
    return Plan([[PlannedChange(kind=ChangeKind.ADD, group=group, number=number)] for number in form.numbers])


def _refused(form: GroupsForm, question: str, *, anyway: bool = False) -> NotRun:
    form.refuse(question)
    return NotRun(anyway=anyway)


def _by_id(groups: Iterable[Group]) -> list[Group]:
    return sorted(groups, key=lambda group: group.id)
