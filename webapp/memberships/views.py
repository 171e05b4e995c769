"""The pages that add contacts to a group and remove them."""

from functools import partial
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response

from webapp.accounts.guard import take_saved_form
from webapp.actions.lines import find_not_done
from webapp.actions.models import Action, ChangeKind, Outcome
from webapp.actions.not_run import NotRun
from webapp.actions.results import describe_changes
from webapp.actions.run_once import run_once
from webapp.contacts.forms import ContactForm
from webapp.contacts.unclear_changes import describe_contact_now
from webapp.contacts.unsaved import edit_page_instead
from webapp.memberships.forms import NumbersForm
from webapp.memberships.plans import (
    plan_added_contact,
    plan_added_numbers,
)
from webapp.phone_numbers.numbering_plans import grouped
from webapp.phone_numbers.reading import warn_of_number
from webapp.phonebook.errors import Changed, InvalidData, NotFound
from webapp.web.current import phonebook
from webapp.web.error_pages import group_gone
from webapp.web.failures import explain
from webapp.web.forms import form_page
from webapp.web.notices import notify
from webapp.web.requests import accepts_long_forms
from webapp.web.template_filters import quoted
from webapp.web.view_access import editors_only

blueprint = Blueprint("memberships", __name__, url_prefix="/groups/<uuid:group_id>")

MEMBERSHIP_NOTICE = "memberships/notice.html"
GROUP_UNCHANGED = "The group was not changed."


@blueprint.get("/add")
@editors_only
def add_form(group_id: UUID) -> str:
    """Show the form for one contact."""
    group = phonebook().get_group(group_id)
    return render_template(
        "memberships/add.html", form=ContactForm(data=take_saved_form().to_dict()), group_id=group_id, group=group
    )


@blueprint.post("/add")
@accepts_long_forms
def add(group_id: UUID) -> Response:
    """Add one contact to the group."""
    form = ContactForm()
    if not form.validate():
        return form_page("memberships/add.html", form, group_id=group_id, known=None)
    try:
        action = run_once(form, partial(plan_added_contact, form, group_id))
    except NotRun as reason:
        return _not_run(reason, "memberships/add.html", form, group_id, resource="the contact of this number")
    first, last = action.changes[0], action.changes[-1]
    refused = next((change for change in action.changes if change.error == InvalidData.__name__), None)
    if refused:
        form.refuse_number(refused.detail or "Messente can't accept this contact")
        return form_page("memberships/add.html", form, group_id=group_id, known=None)
    if page := _unsaved_details(form, action, group_id):
        return page
    if last.outcome is not Outcome.DONE:
        return _show_results(action)
    created = first is not last and first.outcome is Outcome.DONE
    kind, warning = "created and added" if created else "added", warn_of_number(last.number or "")
    about = {"number": last.number, "group": last.before, "warning": warning}
    notify(MEMBERSHIP_NOTICE, f"Contact {kind}", kind=kind, action=action.id, **about)
    return redirect(url_for("groups.show", group_id=group_id), 303)


@blueprint.get("/add-numbers")
@editors_only
def add_numbers_form(group_id: UUID) -> str:
    """Show the form for many numbers, filled with those that an earlier action could not add."""
    group = phonebook().get_group(group_id)
    numbers, creates = find_not_done(request.args.get("again", 0, type=int))
    data = {"numbers": "\n".join(map(grouped, numbers)), "create": creates}
    form = NumbersForm(data=data | take_saved_form().to_dict())
    return render_template("memberships/add_numbers.html", form=form, group_id=group_id, group=group)


@blueprint.post("/add-numbers")
@accepts_long_forms
def add_numbers(group_id: UUID) -> Response:
    """Add contacts to the group by their numbers."""
    form = NumbersForm()
    if not form.validate():
        return form_page("memberships/add_numbers.html", form, group_id=group_id)
    try:
        action = run_once(form, partial(plan_added_numbers, form, group_id))
    except NotRun as reason:
        return _not_run(
            reason, "memberships/add_numbers.html", form, group_id, resource="the contacts of these numbers"
        )
    return _show_results(action)


@blueprint.get("/remove")
def remove_at_old_address(group_id: UUID) -> Response:
    """Redirect to the group's page, where earlier versions sent the contacts that were to be removed."""
    return redirect(url_for("groups.show", group_id=group_id), 303)


def _unsaved_details(form: ContactForm, action: Action, group_id: UUID) -> Response | None:
    """Show the typed details again, unless they are known to be in the phonebook."""
    create, add = action.changes[0], action.changes[-1]
    if create.kind is not ChangeKind.CREATE_CONTACT or create.outcome is Outcome.DONE:
        return None
    added = Markup("The contact was added to {}.").format(quoted(add.before or ""))
    if page := edit_page_instead(
        form, added if add.outcome is Outcome.DONE else f"{describe_changes(action.changes)}."
    ):
        return page
    error = create.failure
    if error is None or error.changed is not Changed.UNKNOWN:
        return None
    failure = explain(
        error,
        change="the contact was created",
        describe_now=lambda: describe_contact_now(create),
        unchanged=GROUP_UNCHANGED,
    )
    return form_page("memberships/add.html", form, failure=failure, group_id=group_id, known=None)


def _not_run(
    reason: NotRun, template: str, form: ContactForm | NumbersForm, group_id: UUID, *, resource: str
) -> Response:
    if isinstance(reason.error, NotFound):
        return group_gone()
    return reason.show(template, form, unchanged=GROUP_UNCHANGED, resource=resource, group_id=group_id)


def _show_results(action: Action) -> Response:
    return redirect(url_for("actions.show", action_id=action.id), 303)
