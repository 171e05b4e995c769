"""The pages that ask before an action on many contacts, and run it."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from webapp.accounts.guard import take_saved_form
from webapp.actions.models import Action
from webapp.actions.not_run import NotRun
from webapp.actions.plan import Plan
from webapp.actions.run_once import run_once
from webapp.bulk.forms import BulkForm
from webapp.bulk.previews import (
    Preview,
    Seen,
    preview_addition,
    preview_blocking,
    preview_deletion,
    preview_move,
    preview_removal,
)
from webapp.bulk.selection import TooManySelected, find_contacts, is_empty, read_source
from webapp.bulk.targets import NoTarget
from webapp.contacts.blacklist import start_blacklist_fetch
from webapp.contacts.export import download_contacts
from webapp.contacts.group_picker import result_or_error, target_options
from webapp.contacts.membership_changes import CONTACTS_UNCHANGED
from webapp.contacts.ticks import ticks_address
from webapp.groups.deletion_preview import explain_unknown
from webapp.groups.orphans import OrphansUnknown
from webapp.phonebook import PhonebookClient
from webapp.phonebook.errors import NotFound, PhonebookError
from webapp.web.addresses import current_address
from webapp.web.current import phonebook, settings
from webapp.web.error_pages import error_page, log_failure, reading_failed, resend_page
from webapp.web.failures import Failure
from webapp.web.forms import STALE_FORM
from webapp.web.notices import notify
from webapp.web.requests import accepts_long_forms
from webapp.web.time_budget import Budget
from webapp.web.view_access import editors_only

blueprint = Blueprint("bulk", __name__, url_prefix="/bulk")

SOURCE_GONE = Failure(
    "This group no longer exists", "Somebody may have deleted it. Your contacts were not changed.", 404
)


@dataclass(frozen=True)
class BulkAction:
    """An action on many contacts."""

    label: str
    """Of its buttons, on the list and on the page that asks."""
    preview: Callable[[BulkForm, PhonebookClient], Preview]
    done: str
    """What the notice says of the contacts, after their number."""
    is_danger: bool = False


ACTIONS = {
    "put-in-group": BulkAction("Put in group", preview_addition, "added to"),
    "move-to-group": BulkAction("Move to group", preview_move, "moved to"),
    "remove-from-group": BulkAction("Remove from group", preview_removal, "removed from the group"),
    "delete": BulkAction("Delete contacts", preview_deletion, "deleted", is_danger=True),
    "add-to-blacklist": BulkAction("Add to blacklist", preview_blocking, "added to the blacklist"),
}


@blueprint.errorhandler(PhonebookError)
def failed(error: PhonebookError) -> BaseResponse:
    """Show an error page for contacts that could not be read."""
    if isinstance(error, NotFound):
        log_failure(error)
        return error_page(SOURCE_GONE, again=url_for("groups.index"))
    return reading_failed(error, unchanged=CONTACTS_UNCHANGED, resource="your contacts")


@blueprint.errorhandler(OrphansUnknown)
def orphans_unknown(unknown: OrphansUnknown) -> Response:
    """Show an error page for all orphans of a group, if they could not be found."""
    return error_page(explain_unknown(unknown), again=None if unknown.is_lasting else current_address())


@blueprint.errorhandler(TooManySelected)
def too_many_selected(_error: TooManySelected) -> Response:
    """Show an error page for more contacts than one action can change."""
    text = (
        f"{CONTACTS_UNCHANGED} The dashboard changes at most {settings().max_changes:,} contacts at once: search or"
        " filter the list, and do it in parts."
    )
    return error_page(Failure("These are too many contacts at once", text, 422))


@blueprint.get("")
@editors_only
def choose() -> BaseResponse:
    """Redirect to the page of the button that was pressed: text browsers send a form to one address only."""
    sent = request.args or take_saved_form()
    selected: dict[str, Any] = {name: sent.getlist(name) for name in _SENT if name in sent}
    pressed = sent.get("do", "")
    if pressed == "put-all-in-group":
        return redirect(url_for(".ask", what="put-in-group", **selected | {"all": "1"}))
    if pressed in ACTIONS:
        return redirect(url_for(".ask", what=pressed, **selected))
    return redirect(url_for(".download", format=pressed, **selected))


_SENT = ("number", "all", "back", "group", "name")


@editors_only
def ask(what: str) -> BaseResponse:
    """Say what the action would do, and ask."""
    form = BulkForm.read(request.args or take_saved_form())
    if is_empty(form):
        return _nothing_ticked(form)
    try:
        preview = ACTIONS[what].preview(form, phonebook(Budget.ORPHANS))
    except NoTarget as reason:
        if "group" in request.args:
            return _choose_page(what, form, reason, 422)
        form.group.errors = []  # nothing was chosen wrongly: another page led here
        return _choose_page(what, form, reason, 200)
    return _preview_page(what, form, preview)


@accepts_long_forms
def run(what: str) -> BaseResponse:
    """Run the action."""
    form = BulkForm()
    if not form.validate():
        return error_page(STALE_FORM, again=_asking_address(what, form))
    if is_empty(form):
        return _nothing_ticked(form)
    try:
        action = run_once(form, partial(_plan, what, form))
    except NotRun as reason:
        if isinstance(reason.error, NotFound):
            return error_page(SOURCE_GONE, again=url_for("groups.index"))
        if failure := reason.explain(unchanged=CONTACTS_UNCHANGED, resource="your contacts"):
            return resend_page(failure, form)
        if "preview" in reason.context:
            return _preview_page(what, form, status=reason.status, **reason.context)
        return _choose_page(what, form, reason.context["no_target"], reason.status)
    return _show_result(what, form, action)


for _name in ACTIONS:
    blueprint.get(f"/{_name}", defaults={"what": _name})(ask)
    blueprint.post(f"/{_name}", defaults={"what": _name})(run)


@blueprint.get("/download")
def download() -> BaseResponse:
    """Send the selected contacts as a file."""
    form = BulkForm.read(request.args)
    if is_empty(form):
        return _nothing_ticked(form)
    client = phonebook()
    blacklist = start_blacklist_fetch(client)
    selection = find_contacts(form, client)
    unreadable = selection.left_out if form.has_all else 0
    return download_contacts("contacts", selection.contacts, blacklist(), count_unreadable=lambda: unreadable)


def _plan(what: str, form: BulkForm) -> Plan:
    """Plan the action.

    Raises:
        NotRun: to ask again, if the page would say something else now.

    """
    seen = Seen(form.seen.data or "")
    try:
        preview = ACTIONS[what].preview(form, phonebook(Budget.ORPHANS))
    except NoTarget as reason:
        raise NotRun(no_target=reason) from reason
    except OrphansUnknown as unknown:
        raise NotRun(explain_unknown(unknown)) from unknown
    if preview.seen != seen.text:
        raise NotRun(preview=preview, before=seen)
    return preview.make_plan()


def _preview_page(
    what: str, form: BulkForm, preview: Preview, before: Seen | None = None, status: int = 200
) -> Response:
    form.seen.data = preview.seen
    html = render_template(
        "bulk/preview.html",
        what=what,
        action=ACTIONS[what],
        form=form,
        preview=preview,
        before=before,
        back=_back_address(form),
        move_instead=url_for(".ask", what="move-to-group", **_selected(form)),
    )
    return make_response(html, status)


def _choose_page(what: str, form: BulkForm, reason: NoTarget, status: int) -> Response:
    """Show the choice of a group again, with what is wrong with it."""
    client = phonebook(Budget.LOOK_UP)
    groups = result_or_error(client.list_groups)
    options = target_options(groups, read_source(form).group_id)
    html = render_template(
        "bulk/choose_group.html",
        what=what,
        action=ACTIONS[what],
        form=form,
        options=options,
        duplicates=reason.duplicates,
        back=_back_address(form),
    )
    return make_response(html, status)


def _show_result(what: str, form: BulkForm, action: Action) -> BaseResponse:
    """Redirect to the list with a notice, if all was done while the user waited; otherwise to the action's page."""
    source = read_source(form)
    if not action.id:
        notify("bulk/notice.html", "Nothing to do", kind="nothing")
        return redirect(source.address(), 303)
    if action.job or not action.changes or not all(change.has_effect for change in action.changes):
        return redirect(url_for("actions.show", action_id=action.id), 303)
    if what == "remove-from-group" and Seen(form.seen.data or "").leaves_orphans:
        return redirect(url_for("actions.show", action_id=action.id), 303)  # which warns of them
    numbers = {change.number for change in action.changes if change.number}
    added = next((change for change in action.changes if change.kind == "add"), None)
    notify(
        "bulk/notice.html",
        f"Contacts {ACTIONS[what].done.split()[0]}",
        kind="done",
        action=action.id,
        count=len(numbers),
        done=ACTIONS[what].done,
        group=added.before if added else "",
        group_id=str(added.group_id) if added else "",
    )
    return redirect(source.address(), 303)


def _nothing_ticked(form: BulkForm) -> BaseResponse:
    kept = ticks_address((), has_all=False, group=form.group.data or "", name=form.new_name)
    return redirect(read_source(form).address(problem="none", **kept), 303)


def _back_address(form: BulkForm) -> str:
    """Return the address of the list with everything that was ticked and chosen there."""
    kept = ticks_address(form.numbers, has_all=form.has_all, group=form.group.data or "", name=form.new_name)
    return read_source(form).address(**kept)


def _asking_address(what: str, form: BulkForm) -> str:
    """Return the address of the page that asks, for the form that was sent."""
    return url_for(".ask", what=what, group=form.group.data, name=form.new_name, **_selected(form))


def _selected(form: BulkForm) -> dict[str, Any]:
    """Return the arguments of an address that select the same contacts."""
    which = {"all": "1"} if form.has_all else {"number": form.numbers}
    return {"back": form.back.data, **which}
