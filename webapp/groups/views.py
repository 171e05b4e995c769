"""The groups' pages."""

from functools import partial
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from webapp.accounts.guard import take_saved_form
from webapp.actions.explain import explain_failure
from webapp.actions.history import group_history
from webapp.actions.models import Action
from webapp.actions.not_run import NotRun
from webapp.actions.run_once import run_once
from webapp.contacts.list_page import group_members_page
from webapp.groups import deletion_preview
from webapp.groups.forms import DeleteGroupForm, NewGroupForm, RenameForm, new_name, refuse_name
from webapp.groups.orphans_page import orphans_page
from webapp.groups.plans import find_new_duplicate, plan_group, plan_group_deletion, plan_group_rename, refuse_deletion
from webapp.groups.table import (
    GROUPS_TABLE,
    LIST_PROBLEMS,
    MAX_NAMESAKES_SHOWN,
    find_namesakes,
    largest_group_size,
    ticked_ids,
)
from webapp.groups.unclear_changes import describe_group_now
from webapp.phonebook import Rows
from webapp.phonebook.errors import Conflict, InvalidData, NotFound
from webapp.web.current import phonebook
from webapp.web.error_pages import error_page, group_gone
from webapp.web.forms import STALE_FORM, form_page
from webapp.web.lists import ListQuery, paginate
from webapp.web.notices import notify
from webapp.web.page_cache import cached_list
from webapp.web.requests import accepts_long_forms
from webapp.web.template_filters import isolated
from webapp.web.view_access import editors_only
from webapp.web.way_back import list_address

GROUP_NOTICE = "groups/notice.html"

blueprint = Blueprint("groups", __name__, url_prefix="/groups")


@blueprint.get("")
def index() -> str:
    """List the groups that match the search."""
    groups = phonebook().list_groups()
    if request.args.get("print") == "1":
        listing = paginate(groups, GROUPS_TABLE, ListQuery.from_args(request.args, GROUPS_TABLE))
        return render_template("groups/print.html", listing=listing)

    def context() -> dict[str, Any]:
        listing = paginate(groups, GROUPS_TABLE, ListQuery.from_args(request.args, GROUPS_TABLE))
        return {
            "listing": listing,
            "largest": groups.derive(largest_group_size),
            "ticked": ticked_ids(listing, request.args),
            "namesakes": groups.derive(find_namesakes)[:MAX_NAMESAKES_SHOWN],
            "problem": LIST_PROBLEMS.get(request.args.get("problem", ""), ""),
        }

    return render_template("groups/index.html", content=cached_list(groups, "groups/list.html", context))


@blueprint.get("/<uuid:group_id>")
def show(group_id: UUID) -> str:
    """Show one group: its members and its history."""
    group, page = group_members_page(request.args, group_id)
    if page.listing.query.for_paper:
        return render_template("contacts/print.html", page=page, title=isolated(group.name))
    all_groups = page.groups.derive(find_namesakes) if isinstance(page.groups, Rows) else []
    namesakes = next((same for same in all_groups if group in same), [])
    history = group_history(group)
    return render_template("groups/show.html", group=group, page=page, history=history, namesakes=namesakes)


@blueprint.get("/new")
@editors_only
def new() -> str:
    """Show the form for a new group."""
    return render_template("groups/new.html", form=NewGroupForm(data=take_saved_form().to_dict()))


@blueprint.post("/new")
@accepts_long_forms
def create() -> BaseResponse:
    """Create a group."""
    form = NewGroupForm()
    if not form.validate():
        return form_page("groups/new.html", form)
    try:
        action = run_once(form, partial(plan_group, form))
    except NotRun as reason:
        return reason.show("groups/new.html", form)
    change = action.change
    if change.failure:
        return _name_refused("groups/new.html", form, action, "the group was created")
    duplicate = find_new_duplicate(change)
    notify(GROUP_NOTICE, "Group created", kind="created", action=action.id, name=change.after, duplicate=duplicate)
    return redirect(url_for("groups.show", group_id=change.group_id), 303)


@blueprint.get("/<uuid:group_id>/rename")
@editors_only
def rename_form(group_id: UUID) -> str:
    """Show the form for a group's new name."""
    form = RenameForm.for_group(phonebook().get_group(group_id), take_saved_form().to_dict(), _list(request.referrer))
    return render_template("groups/rename.html", form=form, group_id=group_id)


@blueprint.post("/<uuid:group_id>/rename")
@accepts_long_forms
def rename(group_id: UUID) -> BaseResponse:
    """Rename a group."""
    form = RenameForm()
    if not form.validate():
        return form_page("groups/rename.html", form, group_id=group_id)
    try:
        action = run_once(form, partial(plan_group_rename, form, group_id))
    except NotRun as reason:
        if isinstance(reason.error, NotFound):
            return group_gone(new_name(form))
        return reason.show("groups/rename.html", form, group_id=group_id)
    if not action.changes:
        notify(GROUP_NOTICE, "Nothing changed", kind="called", name=new_name(form))
    elif isinstance(action.change.failure, NotFound):
        return group_gone(new_name(form))
    elif action.change.failure:
        return _name_refused("groups/rename.html", form, action, "the group was renamed", group_id=group_id)
    else:
        change = action.change
        names = {"before": change.before, "after": change.after}
        duplicate = find_new_duplicate(change)
        notify(GROUP_NOTICE, "Group renamed", kind="renamed", action=action.id, duplicate=duplicate, **names)
    return redirect(_list(form.back.data) or url_for("groups.show", group_id=group_id), 303)


@blueprint.get("/<uuid:group_id>/delete")
@editors_only
def confirm_delete(group_id: UUID) -> str | Response:
    """Ask whether to delete a group, and say what the deletion would do."""
    group = phonebook().get_group(group_id)
    report, unknown = deletion_preview.try_preview(group)
    if report and (failure := refuse_deletion(report.orphans.rows)):
        return error_page(failure, download=url_for("downloads.group_contacts", group_id=group_id, format="csv"))
    return render_template(
        "groups/delete.html",
        form=DeleteGroupForm.for_group(group, report, _list(request.referrer)),
        group=group,
        report=report,
        orphan_names=deletion_preview.orphan_names(report),
        unknown=unknown,
    )


@blueprint.post("/<uuid:group_id>/delete")
@accepts_long_forms
def delete(group_id: UUID) -> BaseResponse:
    """Delete a group."""
    form = DeleteGroupForm()
    again = url_for("groups.confirm_delete", group_id=group_id)
    if not form.validate():
        return error_page(STALE_FORM, again=again)
    try:
        action = run_once(form, partial(plan_group_deletion, form, group_id))
    except NotRun as reason:
        if isinstance(reason.error, NotFound):
            return _already_deleted(form)
        failure = reason.explain()
        return error_page(failure, again=again) if failure else reason.show("groups/delete.html", form)
    change = action.change
    if isinstance(change.failure, NotFound):
        return _already_deleted(form)
    if change.failure:
        failure = explain_failure(action, what="the group was deleted", describe_now=describe_group_now)
        return error_page(failure, again=again)
    day = deletion_preview.fetch_deletion_day(change.first_orphan) if change.first_orphan else ""
    counts = {"contacts": change.contacts, "orphan_count": change.orphan_count}
    notify(GROUP_NOTICE, "Group deleted", kind="deleted", action=action.id, name=change.before, day=day, **counts)
    return redirect(_list(form.back.data) or url_for("groups.index"), 303)


@blueprint.get("/<uuid:group_id>/orphans")
def orphans(group_id: UUID) -> Response:
    """List the contacts of a group that are in no other group."""
    return orphans_page(group_id)


@blueprint.get("/<uuid:group_id>/only-here")
def orphans_at_old_address(group_id: UUID) -> BaseResponse:
    """Redirect from the address that this page had in earlier versions."""
    query = request.query_string.decode("ascii", "ignore")
    return redirect(url_for("groups.orphans", group_id=group_id) + (f"?{query}" if query else ""), 308)


def _name_refused(
    template: str, form: NewGroupForm | RenameForm, action: Action, what: str, **context: Any
) -> Response:
    """Show the form again with Messente's answer, at the field if it is about the name."""
    error = action.change.failure
    if isinstance(error, InvalidData | Conflict):
        refuse_name(form, error.detail or "Messente can't accept this name")
        return form_page(template, form, status=409 if isinstance(error, Conflict) else 422, **context)
    return form_page(
        template, form, failure=explain_failure(action, what=what, describe_now=describe_group_now), **context
    )


def _already_deleted(form: DeleteGroupForm) -> BaseResponse:
    """Redirect as after a deletion: the group no longer exists, as the user wanted."""
    may_leave = form.count.data != "0" and form.shown_orphan_count != 0
    notify(GROUP_NOTICE, "Group already deleted", kind="already deleted", name=form.was.data, may_leave=may_leave)
    return redirect(_list(form.back.data) or url_for("groups.index"), 303)


def _list(address: str | None) -> str:
    """Return the address of the list of groups that a user came from; "" if they came from elsewhere."""
    return list_address(address, "groups.index", lambda args: ListQuery.from_args(args, GROUPS_TABLE))
