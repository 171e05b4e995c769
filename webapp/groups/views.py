"""The groups' pages."""

from collections.abc import Callable
from functools import partial
from uuid import UUID

from flask import Blueprint, Response, redirect, render_template, request, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response as BaseResponse

from webapp.groups import outcomes
from webapp.groups.forms import DeleteForm, NameForm, RenameForm
from webapp.groups.listing import Query, arrange
from webapp.phonebook import Group, GroupList
from webapp.phonebook.errors import Conflict, InvalidData, NotFound, PhonebookError
from webapp.site.context import CHANGE, CHECK, phonebook
from webapp.site.errors import error_page, group_gone, log_failure
from webapp.site.failures import explain
from webapp.site.filters import contacts, quoted
from webapp.site.forms import STALE, form_page
from webapp.site.notices import notify

blueprint = Blueprint("groups", __name__, url_prefix="/groups")


@blueprint.get("")
def index() -> str:
    """List all groups, or those that are searched for."""
    listing = arrange(phonebook().list_groups(), Query.from_args(request.args))
    return render_template("groups/index.html", listing=listing)


@blueprint.get("/<uuid:group_id>")
def show(group_id: UUID) -> str:
    """Show one group."""
    return render_template("groups/show.html", group=phonebook().get_group(group_id))


@blueprint.get("/new")
def new() -> str:
    """Show the form for a new group."""
    return render_template("groups/new.html", form=NameForm())


@blueprint.post("/new")
def create() -> BaseResponse:
    """Create a group, once it is clear that no twin is made by mistake."""
    form = NameForm()
    page = partial(form_page, "groups/new.html", form)
    if not form.validate():
        return page()
    before = GroupList(())
    try:
        before = phonebook(CHECK).list_groups()
        if form.asks_about_twins(before.groups):
            return page(status=409, anyway="Create anyway")
        group = phonebook(CHANGE).create_group(form.wanted)
    except PhonebookError as error:
        seen = partial(outcomes.after_create, before, form.wanted)
        return _failed(page, form, error, "the group was created", seen)
    notify(Markup("{} was created.").format(quoted(group.name)))
    return redirect(url_for(".show", group_id=group.id), 303)


@blueprint.get("/<uuid:group_id>/rename")
def rename_form(group_id: UUID) -> str:
    """Show the form for a group's new name."""
    name = phonebook().get_group(group_id).name
    return render_template("groups/rename.html", form=RenameForm(data={"name": name, "was": name}), group_id=group_id)


@blueprint.post("/<uuid:group_id>/rename")
def rename(group_id: UUID) -> BaseResponse:
    """Rename a group, once it is clear that nobody else has meanwhile, and that no twin is made by mistake."""
    form = RenameForm()
    page = partial(form_page, "groups/rename.html", form, group_id=group_id)
    if not form.validate():
        return page()
    try:
        groups = phonebook(CHECK).list_groups().groups
        # A row that could not be read hides a group from the list, which doesn't mean that it is gone.
        group = next((each for each in groups if each.id == group_id), None) or phonebook(CHECK).get_group(group_id)
        if group.name == form.wanted:
            notify(Markup("The group is called {}.").format(quoted(group.name)))
            return redirect(url_for(".show", group_id=group_id), 303)
        if form.asks_about_change(group):
            return page(status=409)
        if form.asks_about_twins(groups, but=group):
            return page(status=409, anyway="Rename anyway")
        renamed = phonebook(CHANGE).rename_group(group_id, form.wanted)
    except NotFound:
        return group_gone(form.wanted)
    except PhonebookError as error:
        seen = partial(outcomes.after_rename, group_id, form.wanted)
        return _failed(page, form, error, "the group was renamed", seen)
    notify(Markup("{} is now called {}.").format(quoted(group.name), quoted(renamed.name)))
    return redirect(url_for(".show", group_id=group_id), 303)


@blueprint.get("/<uuid:group_id>/delete")
def confirm_delete(group_id: UUID) -> str:
    """Say what deleting a group would do, and ask."""
    group = phonebook().get_group(group_id)
    return render_template("groups/delete.html", group=group, form=DeleteForm.about(group))


@blueprint.post("/<uuid:group_id>/delete")
def delete(group_id: UUID) -> BaseResponse:
    """Delete a group, if it is still what the reader was asked about."""
    form = DeleteForm()
    ask_again = url_for(".confirm_delete", group_id=group_id)
    if not form.validate():
        return error_page(STALE, again=ask_again)
    try:
        group = phonebook(CHECK).get_group(group_id)
        if not form.describes(group):
            return form_page("groups/delete.html", DeleteForm.about(group), status=409, group=group, before=form)
        phonebook(CHANGE).delete_group(group_id)
    except NotFound:
        notify(Markup("{} was already deleted.").format(quoted(form.was.data) if form.was.data else "The group"))
    except PhonebookError as error:
        log_failure(error)
        seen = partial(outcomes.after_delete, group_id)
        return error_page(explain(error, change="the group was deleted", seen=seen), again=ask_again)
    else:
        notify(_deleted(group))
    return redirect(url_for(".index"), 303)


def _deleted(group: Group) -> Markup:
    count = group.contacts_count
    rest = f" Its {contacts(count)} {'is' if count == 1 else 'are'} still in the phonebook." if count else ""
    return Markup("{} was deleted.{}").format(quoted(group.name), rest)


def _failed(
    page: Callable[..., Response], form: NameForm, error: PhonebookError, change: str, seen: Callable[[], Markup]
) -> Response:
    """Show the form again with what Messente said, at the field if that is about the name."""
    log_failure(error)
    if isinstance(error, InvalidData | Conflict):
        form.refuse_name(error.detail or "Messente can't accept this name")
        return page(status=409 if isinstance(error, Conflict) else 422)
    return page(failure=explain(error, change=change, seen=seen))
