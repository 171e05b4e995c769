"""The groups' pages."""

from functools import partial
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from webapp.accounts.guard import kept
from webapp.activity.once import once
from webapp.contacts.blacklist import begin_blacklist
from webapp.contacts.listing import TABLE as CONTACTS
from webapp.groups import deletion
from webapp.groups.changes import Create, Delete, Rename
from webapp.groups.forms import DeleteForm, NameForm, RenameForm
from webapp.groups.listing import TABLE, largest
from webapp.groups.only_here import only_here_page
from webapp.groups.outcomes import history
from webapp.members.contact_groups import Rescue
from webapp.members.forms import RescueForm
from webapp.site.context import phonebook
from webapp.site.listing import Query, arrange
from webapp.site.marks import for_editors, takes_long_forms
from webapp.site.ready import cached_list

blueprint = Blueprint("groups", __name__, url_prefix="/groups")


@blueprint.get("")
def index() -> str:
    """List all groups, or those that are searched for."""
    found = phonebook().list_groups()

    def shown() -> dict[str, Any]:
        query = Query.from_args(request.args, TABLE)
        return {"listing": arrange(found, TABLE, query), "largest": found.derive(largest)}

    return render_template("groups/index.html", content=cached_list(found, "groups/list.html", shown))


@blueprint.get("/<uuid:group_id>")
def show(group_id: UUID) -> str:
    """Show one group: who is in it, and what was done to it."""
    client = phonebook()
    found = client.begin(lambda: client.list_contacts(group_id))
    blacklist = begin_blacklist(client)
    group = client.get_group(group_id)
    return render_template(
        "groups/show.html",
        group=group,
        listing=arrange(found(), CONTACTS, Query.from_args(request.args, CONTACTS, group_id=group_id)),
        blacklist=blacklist(),
        history=history(group),
    )


@blueprint.get("/new")
@for_editors
def new() -> str:
    """Show the form for a new group."""
    return render_template("groups/new.html", form=NameForm(data=kept()))


@blueprint.post("/new")
@takes_long_forms
def create() -> BaseResponse:
    """Create a group."""
    return once(Create(NameForm()))


@blueprint.get("/<uuid:group_id>/rename")
@for_editors
def rename_form(group_id: UUID) -> str:
    """Show the form for a group's new name."""
    form = RenameForm.about(phonebook().get_group(group_id), kept())
    return render_template("groups/rename.html", form=form, group_id=group_id)


@blueprint.post("/<uuid:group_id>/rename")
@takes_long_forms
def rename(group_id: UUID) -> BaseResponse:
    """Rename a group."""
    return once(Rename(RenameForm(), group_id))


@blueprint.get("/<uuid:group_id>/delete")
@for_editors
def confirm_delete(group_id: UUID) -> str:
    """Say what deleting a group would do, and ask."""
    group = phonebook().get_group(group_id)
    found, is_lasting = deletion.work_out(group)
    told = {"group": group, "reach": found, "named": deletion.named(found), "is_lasting": is_lasting}
    return render_template("groups/delete.html", form=DeleteForm.about(group, found), **told)


@blueprint.post("/<uuid:group_id>/delete")
@takes_long_forms
def delete(group_id: UUID) -> BaseResponse:
    """Delete a group."""
    return once(Delete(DeleteForm(), group_id))


@blueprint.get("/<uuid:group_id>/only-here")
def only_here(group_id: UUID) -> Response:
    """List the contacts of a group that are in no other."""
    return only_here_page(group_id, RescueForm.with_kept(kept()))


@blueprint.post("/<uuid:group_id>/only-here")
def rescue(group_id: UUID) -> BaseResponse:
    """Put the ticked ones into another group."""
    return once(Rescue(RescueForm(), partial(only_here_page, group_id)))
