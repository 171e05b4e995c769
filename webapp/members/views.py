"""The pages by which contacts come into a group and out of it."""

from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from webapp.accounts.guard import kept
from webapp.activity.once import once
from webapp.contacts.forms import ContactForm
from webapp.members import results
from webapp.members.forms import NumbersForm, RemoveForm
from webapp.members.group_members import AddNumbers, AddOne, Remove
from webapp.site.context import may_change, phonebook
from webapp.site.marks import for_editors, takes_long_forms

blueprint = Blueprint("members", __name__, url_prefix="/groups/<uuid:group_id>")


@blueprint.get("/add")
@for_editors
def add_form(group_id: UUID) -> str:
    """Show the form for one contact."""
    group = phonebook().get_group(group_id)
    return render_template("members/add.html", form=ContactForm(data=kept()), group_id=group_id, group=group)


@blueprint.post("/add")
@takes_long_forms
def add(group_id: UUID) -> BaseResponse:
    """Put one contact into the group."""
    return once(AddOne(ContactForm(), group_id))


@blueprint.get("/add-numbers")
@for_editors
def add_numbers_form(group_id: UUID) -> str:
    """Show the form for many numbers, with those of an earlier one that did not make it."""
    group = phonebook().get_group(group_id)
    again = results.find(request.args.get("again", 0, type=int))
    data = {"numbers": "\n".join(line.number for line in again.open), "create": again.creates} if again else {}
    form = NumbersForm(data=data | kept())
    return render_template("members/add_numbers.html", form=form, group_id=group_id, group=group)


@blueprint.post("/add-numbers")
@takes_long_forms
def add_numbers(group_id: UUID) -> BaseResponse:
    """Put contacts into the group by their numbers."""
    return once(AddNumbers(NumbersForm(), group_id))


@blueprint.get("/remove")
def remove_form(group_id: UUID) -> BaseResponse:
    """Lead to the group's page, where contacts are ticked; after signing in, ask about those ticked before."""
    form = RemoveForm.with_kept(kept())
    if not form.numbers or not may_change():
        return redirect(url_for("groups.show", group_id=group_id))
    return Remove(form, group_id).ask()


@blueprint.post("/remove")
def remove(group_id: UUID) -> BaseResponse:
    """Ask about the ticked contacts; then take them out of the group."""
    return once(Remove(RemoveForm(), group_id))
