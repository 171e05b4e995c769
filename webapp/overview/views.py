"""The overview's page."""

from flask import Blueprint, redirect, url_for
from werkzeug.wrappers import Response

blueprint = Blueprint("overview", __name__)


@blueprint.get("/")
def index() -> Response:
    """Redirect to the groups."""
    return redirect(url_for("groups.index"))
