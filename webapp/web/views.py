"""The pages that belong to no subject."""

from flask import Blueprint, redirect, render_template, url_for
from werkzeug.wrappers import Response

blueprint = Blueprint("site", __name__)


@blueprint.get("/")
def home() -> Response:
    """Lead to the groups."""
    return redirect(url_for("groups.index"))


@blueprint.get("/help")
def help_page() -> str:
    """Explain groups and contacts in plain words."""
    return render_template("help.html")
