"""The contacts' pages."""

from flask import Blueprint, abort, render_template

from webapp.contacts import results as batches
from webapp.site.context import phonebook

blueprint = Blueprint("contacts", __name__, url_prefix="/contacts")


@blueprint.get("/<number:number>")
def show(number: str) -> str:
    """Show one contact."""
    return render_template("contacts/show.html", contact=phonebook().get_contact(number))


@blueprint.get("/results/<int:entry_id>")
def results(entry_id: int) -> str:
    """Tell what became of all that one form asked for."""
    return render_template("contacts/results.html", results=batches.find(entry_id) or abort(404))
