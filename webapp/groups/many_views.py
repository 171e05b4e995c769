"""The pages that delete and merge several groups at once, and copy one."""

from collections.abc import Callable
from functools import partial
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from flask import Blueprint, Response, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from webapp.accounts.guard import take_saved_form
from webapp.actions.models import SUCCEEDED, Action, ChangeKind
from webapp.actions.not_run import NotRun
from webapp.actions.run_once import run_once
from webapp.contacts.group_picker import MAX_GROUP_OPTIONS, group_options
from webapp.groups import deletion_preview
from webapp.groups.delete_many import DeleteGroupsForm, DeletionPreview, plan_deletions, preview_deletion
from webapp.groups.forms import NewGroupForm, new_name
from webapp.groups.merge import MEMBERS_NOT_READ, NOTHING_TO_MERGE, MergeForm, plan_merge, preview_merge
from webapp.groups.move_orphans import MoveOrphansForm, plan_move
from webapp.groups.plans import plan_copy, refuse_deletion
from webapp.groups.selection import Selection
from webapp.phonebook.errors import NotFound, PhonebookError
from webapp.text import MAX_TEXT_CHARS
from webapp.web.addresses import current_address
from webapp.web.current import phonebook
from webapp.web.error_pages import error_page, group_gone, log_failure, resend_page
from webapp.web.failures import explain
from webapp.web.forms import STALE_FORM, OnceForm, form_page
from webapp.web.notices import notify
from webapp.web.requests import accepts_long_forms
from webapp.web.view_access import editors_only

GROUP_NOTICE = "groups/notice.html"

blueprint = Blueprint("many_groups", __name__, url_prefix="/groups")

_PAGES = {
    "audience": "audience.choose",
    "merge": "many_groups.ask_merge",
    "download": "group_downloads.choose",
    "delete": "many_groups.ask_delete",
}
"""The pages of the list's buttons."""


@blueprint.get("/choose")
@editors_only
def choose() -> BaseResponse:
    """Go on to the page of the button that was pressed at the list of groups.

    The buttons' own addresses (`formaction`) would do without this, but text browsers ignore them.
    """
    sent = request.args or take_saved_form()
    if sent.get("do") == "copy":
        selection = Selection.read(sent)
        one = selection.ids[0] if len(selection.ids) == 1 and not selection.is_all else None
        return redirect(url_for(".copy_form", group_id=one) if one else selection.list_with_problem("not-one"))
    endpoint = _PAGES.get(sent.get("do", ""), "groups.index")
    query = [(name, value) for name, value in sent.items(multi=True) if name != "do"]
    return redirect(f"{url_for(endpoint)}?{urlencode(query)}")


@blueprint.get("/delete")
@editors_only
def ask_delete() -> BaseResponse:
    """Say what deleting the selected groups would do, and ask."""
    selection = Selection.read(take_saved_form() or request.args)
    if not selection.groups:
        return _gone(selection)
    preview = preview_deletion(selection)
    if failure := refuse_deletion(preview.orphans or ()):
        return error_page(failure, download=selection.address("group_downloads.members"))
    return form_page("groups/delete_many.html", DeleteGroupsForm.for_preview(preview), status=200, **_about(preview))


@blueprint.post("/delete")
@accepts_long_forms
def delete() -> BaseResponse:
    """Delete the selected groups."""
    form, selection = DeleteGroupsForm(), Selection.read(request.form)
    if not form.validate():
        return error_page(STALE_FORM, again=selection.address(".ask_delete"))
    try:
        action = run_once(form, partial(plan_deletions, form, selection))
    except NotRun as reason:
        if failure := reason.explain():
            return resend_page(failure, form)
        preview = reason.context["preview"]
        return reason.show("groups/delete_many.html", form, **_about(preview)) if preview.groups else _gone(selection)
    if not _is_done(action):
        return redirect(url_for("actions.show", action_id=action.id), 303)
    orphan = next((change.first_orphan for change in action.changes if change.first_orphan), None)
    day = deletion_preview.fetch_deletion_day(orphan) if orphan else ""
    counts = {"groups": len(action.changes), "contacts": form.shown_contacts, "orphan_count": form.shown_orphans}
    notify(GROUP_NOTICE, "Groups deleted", kind="deleted several", action=action.id, day=day, **counts)
    return redirect(selection.list_address, 303)


@blueprint.get("/orphans")
@editors_only
def ask_move() -> BaseResponse:
    """Offer to move the contacts that are only in the selected groups to another group."""
    saved = take_saved_form()
    preview = preview_deletion(Selection.read(saved or request.args))
    if not preview.orphans:
        return redirect(preview.selection.address(".ask_delete"))
    form = MoveOrphansForm(formdata=None, data={"target": saved.get("target", ""), "seen": preview.digest})
    return form_page("groups/move_orphans.html", form, status=200, **_to_move(preview))


@blueprint.post("/orphans")
@accepts_long_forms
def move_orphans() -> BaseResponse:
    """Move the contacts that are only in the selected groups to another group."""
    form, selection = MoveOrphansForm(), Selection.read(request.form)
    if not form.validate():
        return _form_again(
            "groups/move_orphans.html",
            form,
            selection.address(".ask_move"),
            lambda: _to_move(preview_deletion(selection)),
        )
    try:
        action = run_once(form, partial(plan_move, form, selection))
    except NotRun as reason:
        failure = reason.explain()
        if failure:
            return resend_page(failure, form)
        return reason.show("groups/move_orphans.html", form, **_to_move(reason.context["preview"]))
    if action.id and not _is_done(action):
        return redirect(url_for("actions.show", action_id=action.id), 303)
    if action.changes:
        name = action.changes[0].before
        notify(
            GROUP_NOTICE, "Contacts put in group", kind="moved", action=action.id, name=name, count=len(action.changes)
        )
    return redirect(selection.address(".ask_delete"), 303)


@blueprint.get("/merge")
@editors_only
def ask_merge() -> BaseResponse:
    """Say what merging the selected groups would do, and ask which one stays."""
    saved = take_saved_form()
    selection = Selection.read(saved or request.args)
    if len(selection.groups) + selection.gone < 2:
        return redirect(selection.list_with_problem("one" if selection.groups else "none"))
    try:
        preview = preview_merge(selection)
    except NotRun as reason:
        failure = reason.explain() or NOTHING_TO_MERGE
        return error_page(failure, again=current_address() if failure is MEMBERS_NOT_READ else None)
    into = (saved or request.args).get("into") or str(preview.largest.id)
    form = MergeForm(formdata=None, data={"into": into, "name": saved.get("name", ""), "seen": preview.digest})
    return form_page("groups/merge.html", form, status=200, preview=preview)


@blueprint.post("/merge")
@accepts_long_forms
def merge() -> BaseResponse:
    """Merge the selected groups."""
    form, selection = MergeForm(), Selection.read(request.form)
    if not form.validate():
        return _form_again(
            "groups/merge.html", form, selection.address(".ask_merge"), lambda: {"preview": preview_merge(selection)}
        )
    try:
        action = run_once(form, partial(plan_merge, form, selection))
    except NotRun as reason:
        failure = reason.explain()
        return resend_page(failure, form) if failure else reason.show("groups/merge.html", form)
    if not _is_done(action):
        return redirect(url_for("actions.show", action_id=action.id), 303)
    notify(GROUP_NOTICE, "Groups merged", kind="merged", action=action.id, **_merged(action))
    return redirect(selection.list_address, 303)


@blueprint.get("/<uuid:group_id>/copy")
@editors_only
def copy_form(group_id: UUID) -> BaseResponse:
    """Show the form for a copy of a group."""
    group = phonebook().get_group(group_id)
    name = f"Copy of {group.name}"[:MAX_TEXT_CHARS]
    form = NewGroupForm(formdata=None, data={"name": name} | take_saved_form().to_dict())
    return form_page("groups/copy.html", form, status=200, group_id=group_id, group=group)


@blueprint.post("/<uuid:group_id>/copy")
@accepts_long_forms
def copy(group_id: UUID) -> BaseResponse:
    """Copy a group."""
    form = NewGroupForm()
    if not form.validate():
        return form_page("groups/copy.html", form, group_id=group_id)
    try:
        action = run_once(form, partial(plan_copy, form, group_id))
    except NotRun as reason:
        if isinstance(reason.error, NotFound):
            return group_gone(new_name(form))
        return reason.show("groups/copy.html", form, group_id=group_id)
    if not _is_done(action):
        return redirect(url_for("actions.show", action_id=action.id), 303)
    created = next(change for change in action.changes if change.kind is ChangeKind.CREATE)
    count = len(action.changes) - 1
    notify(GROUP_NOTICE, "Group copied", kind="copied", action=action.id, name=created.after, count=count)
    return redirect(url_for("groups.show", group_id=created.group_id), 303)


def _gone(selection: Selection) -> BaseResponse:
    return redirect(selection.list_with_problem("gone" if selection.gone else "none"), 303)


def _about(preview: DeletionPreview) -> dict[str, Any]:
    return {"preview": preview, "orphan_names": deletion_preview.orphan_names(preview.report)}


def _to_move(preview: DeletionPreview) -> dict[str, Any]:
    chosen = {str(group.id) for group in preview.groups}
    options = [option for option in group_options(preview.selection.now) if option[0] not in chosen]
    return {"preview": preview, "options": options[:MAX_GROUP_OPTIONS]}


def _form_again(template: str, form: OnceForm, again: str, context: Callable[[], dict[str, Any]]) -> Response:
    """Show an invalid form again, or a page that can send it again if the phonebook can't be read."""
    if "csrf_token" in form.errors:
        return error_page(STALE_FORM, again=again)
    try:
        return form_page(template, form, **context())
    except PhonebookError as error:
        log_failure(error)
        return resend_page(explain(error), form)
    except NotRun as reason:
        return resend_page(reason.explain() or NOTHING_TO_MERGE, form)


def _is_done(action: Action) -> bool:
    """Whether all changes have been made while the page waited."""
    return bool(action.changes) and all(change.has_effect for change in action.changes)


def _merged(action: Action) -> dict[str, Any]:
    """Return what the notice says about a merge."""
    deletions = [change for change in action.changes if change.kind is ChangeKind.DELETE]
    created = [change for change in action.changes if change.kind is ChangeKind.CREATE]
    added = [change for change in action.changes if change.kind is ChangeKind.ADD and change.outcome in SUCCEEDED]
    survivor = created[0].group_id if created else deletions[0].merged_into
    counts = {"added": len(added), "deleted": len(deletions)}
    return {"name": deletions[0].after, "survivor": str(survivor), **counts}
