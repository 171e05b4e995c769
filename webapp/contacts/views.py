"""The contacts' pages."""

from flask import Blueprint, Response, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from webapp.accounts.guard import kept
from webapp.activity.once import once
from webapp.contacts import overview
from webapp.contacts.changes import TOO_LONG, UNCHANGED, Change, Create, Delete
from webapp.contacts.forms import ContactForm, DeleteForm, EditForm
from webapp.contacts.profile import fetch_profile
from webapp.members import results as batches
from webapp.members.contact_groups import Rescue, SetGroups, leaving_page, show_page
from webapp.members.forms import GroupsForm, RescueForm
from webapp.phone_numbers.numbering_plans import NUMBER
from webapp.phone_numbers.reading import Unreadable, read_number
from webapp.phonebook.errors import AnswerTooLarge, NotFound, PhonebookError
from webapp.site.addresses import search_asked_for
from webapp.site.context import phonebook, settings
from webapp.site.errors import contact_gone, error_page, log_failure, reading_failed
from webapp.site.marks import for_editors, takes_long_forms

blueprint = Blueprint("contacts", __name__, url_prefix="/contacts")


@blueprint.errorhandler(PhonebookError)
def failed(error: PhonebookError) -> BaseResponse:
    """Tell what could not be read."""
    number = (request.view_args or {}).get("number")
    if isinstance(error, AnswerTooLarge) and (wanted := _number_asked_for()):
        return redirect(url_for("contacts.show", number=wanted))
    if number and (isinstance(error, NotFound) or (error.status == 400 and not NUMBER.fullmatch(number))):
        log_failure(error)
        return contact_gone()
    return reading_failed(error, unchanged=UNCHANGED, wanted="your contacts")


@blueprint.get("")
def index() -> str:
    """List all contacts, or those of a group, or those in none."""
    return render_template("contacts/index.html", page=overview.overview(overview.query_asked_for(request.args)))


@blueprint.get("/leaving")
def leaving() -> Response:
    """List the contacts that are about to be deleted."""
    return leaving_page(RescueForm.with_kept(kept()))


@blueprint.post("/leaving")
def rescue() -> BaseResponse:
    """Put the ticked ones into a group."""
    return once(Rescue(RescueForm(), leaving_page))


@blueprint.get("/new")
@for_editors
def new() -> str:
    """Show the form for a new contact."""
    return render_template("contacts/new.html", form=ContactForm(data=kept()))


@blueprint.post("/new")
@takes_long_forms
def create() -> BaseResponse:
    """Create a contact."""
    return once(Create(ContactForm()))


@blueprint.get("/<number:number>")
def show(number: str) -> Response:
    """Show one contact, its groups, and what was done to it."""
    return show_page(number, profile=fetch_profile(number, with_all_groups=True))


@blueprint.get("/<number:number>/groups")
def groups_form(number: str) -> BaseResponse:
    """Lead to the contact's page, where its groups are ticked; after signing in, with what was ticked before."""
    if not (ticked := kept()):
        return redirect(url_for("contacts.show", number=number))
    form = GroupsForm(formdata=None, data={"was": ticked.get("was", ""), "group": ticked.get("group", "").split()})
    return show_page(number, form, profile=fetch_profile(number, with_all_groups=True))


@blueprint.post("/<number:number>/groups")
def set_groups(number: str) -> BaseResponse:
    """Put the contact into groups, and take it out."""
    return once(SetGroups(GroupsForm(), number))


@blueprint.get("/<number:number>/edit")
@for_editors
def edit_form(number: str) -> Response | str:
    """Show the form for what is said of a contact."""
    form = EditForm.about(phonebook().get_contact(number), kept())
    if form.is_too_long:
        return error_page(TOO_LONG)
    return render_template("contacts/edit.html", form=form, number=number)


@blueprint.post("/<number:number>/edit")
@takes_long_forms
def edit(number: str) -> BaseResponse:
    """Change what is said of a contact."""
    return once(Change(EditForm(), number))


@blueprint.get("/<number:number>/delete")
@for_editors
def confirm_delete(number: str) -> str:
    """Say what deleting a contact would do, and ask."""
    found = fetch_profile(number)
    groups = found.needed_groups()
    form = DeleteForm.about(found.contact, groups)
    return render_template("contacts/delete.html", found=found, groups=groups, form=form)


@blueprint.post("/<number:number>/delete")
def delete(number: str) -> BaseResponse:
    """Delete a contact."""
    return once(Delete(DeleteForm(), number))


def _number_asked_for() -> str | None:
    """Return the number that the list of contacts is searched for; None where that is none."""
    try:
        return read_number(search_asked_for(request.args), settings().default_region)
    except Unreadable:
        return None


@blueprint.get("/results/<int:entry_id>")
def results(entry_id: int) -> str:
    """Tell what became of all that one form asked for."""
    found = batches.find(entry_id) or abort(404)
    alone = batches.in_no_group_now(found)
    return render_template("contacts/results.html", results=found, alone=alone)
