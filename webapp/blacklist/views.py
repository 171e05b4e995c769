"""The blacklist's pages."""

from functools import partial

from flask import Blueprint, Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from webapp.accounts.guard import take_saved_form
from webapp.actions.explain import explain_failure
from webapp.actions.models import Action
from webapp.actions.not_run import NotRun
from webapp.actions.run_once import run_once
from webapp.blacklist.forms import BlockForm, UnblockForm
from webapp.blacklist.page import blacklist_page, listed_numbers
from webapp.blacklist.plans import plan_blocking, plan_unblocking
from webapp.blacklist.unclear_changes import describe_number_now
from webapp.contacts.export import download_contacts
from webapp.contacts.group_picker import result_or_error, sorted_by_name
from webapp.phone_numbers.numbering_plans import grouped
from webapp.phonebook.client import URL_NUMBER
from webapp.phonebook.errors import InvalidData, NotFound, PhonebookError
from webapp.web.current import phonebook
from webapp.web.error_pages import error_page, reading_failed
from webapp.web.failures import Failure
from webapp.web.forms import STALE_FORM, form_page
from webapp.web.notices import notify
from webapp.web.requests import accepts_long_forms
from webapp.web.view_access import editors_only

BLACKLIST_NOTICE = "blacklist/notice.html"
UNCHANGED = "The blacklist was not changed."
NOT_ON_IT = Failure(
    "This number is not on the blacklist", "Somebody may have taken it off. There is nothing to do.", 404
)

blueprint = Blueprint("blacklist", __name__, url_prefix="/blacklist")


@blueprint.errorhandler(PhonebookError)
def failed(error: PhonebookError) -> Response:
    """Show an error page if the blacklist can't be read."""
    return reading_failed(error, unchanged=UNCHANGED, resource="the blacklist")


@blueprint.get("")
def index() -> str:
    """List the numbers on the blacklist."""
    page = blacklist_page(request.args)
    template = "blacklist/print.html" if page.listing.query.for_paper else "blacklist/index.html"
    return render_template(template, page=page)


@blueprint.get("/download")
def download() -> Response:
    """Send all numbers that match the search."""
    contacts = listed_numbers(request.args)
    return download_contacts("blacklist", contacts, frozenset(contact.number for contact in contacts))


@blueprint.get("/add")
@editors_only
def add_form() -> str:
    """Show the form for numbers, with the number of the address if there is one."""
    suggested = request.args.get("number", "")
    data = {"numbers": grouped(suggested) if URL_NUMBER.fullmatch(suggested) else ""} | take_saved_form().to_dict()
    return render_template("blacklist/add.html", form=BlockForm(data=data))


@blueprint.post("/add")
@accepts_long_forms
def add() -> BaseResponse:
    """Put numbers on the blacklist."""
    form = BlockForm()
    if not form.validate():
        return form_page("blacklist/add.html", form)
    try:
        action = run_once(form, partial(plan_blocking, form))
    except NotRun as reason:
        return reason.show("blacklist/add.html", form, unchanged=UNCHANGED, resource="the contacts of these numbers")
    if len(form.lines) > 1 or action.job:
        return redirect(url_for("actions.show", action_id=action.id), 303)
    change = action.change
    if isinstance(change.failure, InvalidData):
        form.refuse(change.failure.detail or "Messente can't accept this number")
        return form_page("blacklist/add.html", form)
    if not change.has_effect:
        failure = _explain(action, "the number was added to the blacklist")
        return form_page("blacklist/add.html", form, failure=failure)
    return _done("added", action, change.number or "")


@blueprint.get("/<number:number>/remove")
@editors_only
def confirm_removal(number: str) -> Response | str:
    """Ask whether to take a number off the blacklist, and name the contact and its groups."""
    client = phonebook()
    groups = client.begin(lambda: client.list_groups_of(number))
    contact = client.begin(lambda: client.get_contact(number))
    if number not in client.list_blacklist():
        return error_page(NOT_ON_IT)
    found, listed = result_or_error(contact), result_or_error(groups)
    return render_template(
        "blacklist/remove.html",
        form=UnblockForm(formdata=None),
        number=number,
        contact=None if isinstance(found, PhonebookError) else found,
        is_contact=not isinstance(found, NotFound),
        groups=None if isinstance(listed, PhonebookError) or listed.unreadable else sorted_by_name(listed),
    )


@blueprint.post("/<number:number>/remove")
def remove(number: str) -> BaseResponse:
    """Take a number off the blacklist."""
    form = UnblockForm()
    again = url_for("blacklist.confirm_removal", number=number, back=_contact_page())
    if not form.validate():
        return error_page(STALE_FORM, again=again)
    try:
        action = run_once(form, partial(plan_unblocking, number))
    except NotRun as reason:
        return error_page(reason.explain(unchanged=UNCHANGED) or STALE_FORM, again=again)
    if not action.change.has_effect:
        return error_page(_explain(action, "the number was taken off the blacklist"), again=again)
    return _done("taken off", action, number)


def _explain(action: Action, what: str) -> Failure:
    return explain_failure(action, what=what, describe_now=describe_number_now, unchanged=UNCHANGED)


def _done(kind: str, action: Action, number: str) -> BaseResponse:
    """Redirect to the contact's page if the form was opened there, otherwise to the blacklist."""
    change = action.change
    undoable = None if change.was_unnecessary else action.id
    title = "Number taken off" if kind == "taken off" else "Number added"
    notify(BLACKLIST_NOTICE, title, kind=kind, action=undoable, number=number, already=change.was_unnecessary)
    if contact := _contact_page():
        return redirect(url_for("contacts.show", number=contact), 303)
    return redirect(url_for("blacklist.index"), 303)


def _contact_page() -> str | None:
    """Return the number of the contact on whose page the form was opened; None if it was opened elsewhere."""
    number = request.args.get("back", "")
    return number if URL_NUMBER.fullmatch(number) else None


@blueprint.context_processor
def _origin() -> dict[str, str | None]:
    return {"contact_page": _contact_page()}
