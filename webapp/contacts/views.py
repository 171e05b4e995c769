"""The contacts' pages."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response as BaseResponse

from webapp.accounts.guard import take_saved_form
from webapp.actions.explain import explain_failure
from webapp.actions.history import contact_history
from webapp.actions.models import Action, ChangeKind, Outcome
from webapp.actions.not_run import NotRun
from webapp.actions.replaced import details_of
from webapp.actions.run_once import run_once
from webapp.contacts import list_page
from webapp.contacts.contact_page import fetch_contact_page
from webapp.contacts.forms import (
    MAX_NOTICE_NAME_CHARS,
    ContactForm,
    DeleteContactForm,
    EditContactForm,
    refuse_details,
)
from webapp.contacts.membership_changes import (
    CONTACTS_UNCHANGED,
    groups_again,
    groups_page,
    plan_groups,
)
from webapp.contacts.membership_forms import GroupsForm
from webapp.contacts.plans import plan_contact, plan_contact_deletion, plan_contact_edit, refuse_known_number
from webapp.contacts.table import detail_labels
from webapp.contacts.unclear_changes import describe_contact_now
from webapp.contacts.unsaved import edit_page_instead
from webapp.phone_numbers.numbering_plans import E164, grouped
from webapp.phone_numbers.reading import UnreadableNumber, read_number, warn_of_number
from webapp.phonebook.client import URL_NUMBER
from webapp.phonebook.errors import AnswerTooLarge, Changed, Conflict, InvalidData, NotFound, PhonebookError
from webapp.web.addresses import read_search
from webapp.web.current import phonebook, settings
from webapp.web.error_pages import contact_gone, error_page, log_failure, reading_failed
from webapp.web.failures import Failure
from webapp.web.forms import STALE_FORM, form_page
from webapp.web.notices import notify
from webapp.web.requests import accepts_long_forms
from webapp.web.template_filters import quoted
from webapp.web.view_access import editors_only

CONTACT_NOTICE = "contacts/notice.html"

TOO_LONG_TO_EDIT = Failure(
    "This contact can't be edited here",
    "The details are too long for a form. You can edit this contact with Messente's own tools.",
    422,
)

blueprint = Blueprint("contacts", __name__, url_prefix="/contacts")


@blueprint.errorhandler(PhonebookError)
def failed(error: PhonebookError) -> BaseResponse:
    """Show an error page for contacts that could not be read."""
    number = (request.view_args or {}).get("number")
    if isinstance(error, AnswerTooLarge) and (searched := _searched_number()):
        return redirect(url_for("contacts.show", number=searched))
    if number and (isinstance(error, NotFound) or (error.status == 400 and not E164.fullmatch(number))):
        log_failure(error)
        return contact_gone()
    return reading_failed(error, unchanged=CONTACTS_UNCHANGED, resource="your contacts")


@blueprint.get("")
def index() -> str:
    """List all contacts, or those of a group, or those in none."""
    page = list_page.contact_list_page(request.args)
    if page.listing.query.for_paper:
        return render_template("contacts/print.html", page=page, title="Contacts")
    return render_template("contacts/index.html", page=page)


@blueprint.get("/leaving")
def leaving() -> str:
    """List the contacts that are about to be deleted."""
    page = list_page.leaving_list_page(request.args)
    if page.listing.query.for_paper:
        return render_template("contacts/print.html", page=page, title="About to be deleted")
    return render_template("contacts/leaving.html", page=page)


@blueprint.get("/new")
@editors_only
def new() -> str:
    """Show the form for a new contact, with a number and the details of another contact if the address has them."""
    data = take_saved_form().to_dict() or _suggested()
    return render_template("contacts/new.html", form=ContactForm(data=data))


@blueprint.post("/new")
@accepts_long_forms
def create() -> BaseResponse:
    """Create a contact."""
    form = ContactForm()
    if not form.validate():
        return form_page("contacts/new.html", form)
    try:
        action = run_once(form, partial(plan_contact, form))
    except NotRun as reason:
        return reason.show("contacts/new.html", form, unchanged=CONTACTS_UNCHANGED)
    change, error = action.change, action.change.failure
    in_doubt = isinstance(error, Conflict) or (error and error.changed is Changed.UNKNOWN)
    if in_doubt and (page := edit_page_instead(form)):
        return page
    if isinstance(error, Conflict):
        refuse_known_number(form)
        return form_page("contacts/new.html", form, status=409, there=form.parsed_number)
    if error:
        return _details_refused("contacts/new.html", form, action, "the contact was created", otherwise="number")
    warning = warn_of_number(change.number or "")
    notify(CONTACT_NOTICE, "Contact created", kind="created", action=action.id, warning=warning)
    return redirect(url_for("contacts.show", number=change.number), 303)


@blueprint.get("/<number:number>")
def show(number: str) -> str:
    """Show one contact, its groups and its history."""
    back = list_page.way_back(request.referrer)
    profile = fetch_contact_page(number)
    return render_template("contacts/show.html", profile=profile, history=contact_history(number), back=back)


@blueprint.get("/<number:number>/groups")
@editors_only
def groups_form(number: str) -> Response:
    """Show all groups, with those of the contact ticked, or those that a saved form has ticked."""
    if not (saved := take_saved_form()):
        return groups_page(number)
    return groups_page(
        number, GroupsForm(formdata=None, data={"was": saved.get("was", ""), "group": saved.getlist("group")})
    )


@blueprint.post("/<number:number>/groups")
def set_groups(number: str) -> BaseResponse:
    """Add the contact to the ticked groups, and remove it from the unticked ones; or search for other groups."""
    form = GroupsForm()
    if not form.validate():
        return error_page(STALE_FORM, again=url_for("contacts.groups_form", number=number))
    if form.search.data:
        return groups_again(number, form, NotRun(status=200))
    try:
        action = run_once(form, partial(plan_groups, form, number))
    except NotRun as reason:
        return groups_again(number, form, reason)
    if action.job or any(change.outcome is not Outcome.DONE for change in action.changes):
        return redirect(url_for("actions.show", action_id=action.id), 303)
    added = sum(change.kind is ChangeKind.ADD for change in action.changes)
    if action.changes:
        removed = len(action.changes) - added
        notify(CONTACT_NOTICE, "Groups saved", kind="groups", action=action.id, added=added, removed=removed)
    else:
        notify(CONTACT_NOTICE, "Nothing changed", kind="groups not changed")
    return redirect(url_for("contacts.show", number=number), 303)


@blueprint.get("/<number:number>/edit")
@editors_only
def edit_form(number: str) -> Response | str:
    """Show the form for a contact's details."""
    form = EditContactForm.for_contact(phonebook().get_contact(number), take_saved_form().to_dict())
    if form.is_too_long:
        return error_page(TOO_LONG_TO_EDIT)
    return render_template("contacts/edit.html", form=form, number=number)


@blueprint.post("/<number:number>/edit")
@accepts_long_forms
def edit(number: str) -> BaseResponse:
    """Change a contact's details."""
    form = EditContactForm()
    if not form.validate():
        return form_page("contacts/edit.html", form, number=number)
    details = form.changes
    try:
        action = run_once(form, partial(plan_contact_edit, form, number))
    except NotRun as reason:
        if isinstance(reason.error, NotFound):
            return contact_gone(_describe_details(details))
        return reason.show("contacts/edit.html", form, unchanged=CONTACTS_UNCHANGED, number=number)
    if not action.changes:
        notify(CONTACT_NOTICE, "Nothing changed", kind="not changed")
    elif isinstance(action.change.failure, NotFound):
        return contact_gone(_describe_details(details))
    elif action.change.failure:
        otherwise = next(iter(details), "first_name")
        what = "the contact was changed"
        return _details_refused("contacts/edit.html", form, action, what, otherwise=otherwise, number=number)
    else:
        names = action.change.detail_names
        fields = [label for name, label in detail_labels().items() if name in names]
        notify(CONTACT_NOTICE, "Contact changed", kind="changed", action=action.id, fields=fields)
    return redirect(url_for("contacts.show", number=number), 303)


@blueprint.get("/<number:number>/delete")
@editors_only
def confirm_delete(number: str) -> str:
    """Ask whether to delete a contact, and say what the deletion would do."""
    profile = fetch_contact_page(number)
    groups = profile.needed_groups()
    back = list_page.way_back(request.args.get("back") or request.referrer)
    form = DeleteContactForm.for_contact(profile.contact, groups, back)
    return render_template("contacts/delete.html", profile=profile, groups=groups, form=form)


@blueprint.post("/<number:number>/delete")
def delete(number: str) -> BaseResponse:
    """Delete a contact."""
    form = DeleteContactForm()
    again = url_for("contacts.confirm_delete", number=number)
    if not form.validate():
        return error_page(STALE_FORM, again=again)
    try:
        action = run_once(form, partial(plan_contact_deletion, form, number))
    except NotRun as reason:
        if isinstance(reason.error, NotFound):
            return _deleted(form, "already deleted", number)
        failure = reason.explain(unchanged=CONTACTS_UNCHANGED)
        return error_page(failure, again=again) if failure else reason.show("contacts/delete.html", form)
    error = action.change.failure
    if error and not isinstance(error, NotFound):
        failure = explain_failure(
            action, what="the contact was deleted", describe_now=describe_contact_now, unchanged=CONTACTS_UNCHANGED
        )
        return error_page(failure, again=again)
    return _deleted(form, "already deleted" if error else "deleted", number, action.id)


def _suggested() -> dict[str, str]:
    """Return what the address suggests for a new contact: a number, and the details of a contact with another one."""
    like = request.args.get("like", "")
    details = details_of(phonebook().get_contact(like)) if URL_NUMBER.fullmatch(like) else {}
    return details | {"number": grouped(read_search({"q": request.args.get("number", "")}))}


def _searched_number() -> str | None:
    """Return the search of the list as a phone number; None if it is no number."""
    try:
        return read_number(read_search(request.args), settings().default_region)
    except UnreadableNumber:
        return None


@blueprint.get("/results/<int:action_id>")
def results_at_old_address(action_id: int) -> BaseResponse:
    """Redirect from the address that an action's results had in earlier versions."""
    return redirect(url_for("actions.show", action_id=action_id), 308)


def _details_refused(
    template: str, form: ContactForm | EditContactForm, action: Action, what: str, *, otherwise: str, **context: Any
) -> Response:
    """Show the form again with Messente's error message, at the field that it mentions.

    Args:
        template: the form's page.
        form: has the typed details.
        action: the failed action.
        what: the change, to follow "We could not confirm that".
        otherwise: the field for a message that mentions no field.
        context: more variables for the template.

    """
    error = action.change.failure
    if isinstance(error, InvalidData):
        refuse_details(form, error.detail, otherwise)
        return form_page(template, form, **context)
    failure = explain_failure(action, what=what, describe_now=describe_contact_now, unchanged=CONTACTS_UNCHANGED)
    return form_page(template, form, failure=failure, **context)


def _deleted(form: DeleteContactForm, kind: str, number: str, action_id: int | None = None) -> BaseResponse:
    name = (form.name.data or "")[:MAX_NOTICE_NAME_CHARS]
    notify(CONTACT_NOTICE, f"Contact {kind}", kind=kind, action=action_id, name=name, number=number)
    return redirect(list_page.way_back(form.back.data) or url_for("contacts.index"), 303)


def _describe_details(details: Mapping[str, str | None]) -> Markup:
    """Repeat details that could not be saved, so that the user can copy them."""
    parts = [
        Markup("{} {}").format(detail_labels()[name], quoted(value) if value else "empty")
        for name, value in details.items()
    ]
    return Markup("; ").join(parts) + "." if parts else Markup("")
