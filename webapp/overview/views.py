"""The overview, and the list of what is probably wrong in the phonebook."""

from flask import Blueprint, render_template

from webapp.overview.page import overview_page

blueprint = Blueprint("overview", __name__)


@blueprint.get("/")
def index() -> str:
    """Show the overview."""
    return render_template("overview/index.html", page=overview_page())


@blueprint.get("/check-up")
def check_up() -> str:
    """Show everything that is probably wrong in the phonebook."""
    return render_template("overview/check_up.html", page=overview_page())
