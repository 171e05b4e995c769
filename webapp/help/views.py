"""The help page."""

from flask import Blueprint, render_template

blueprint = Blueprint("help", __name__, url_prefix="/help")


@blueprint.get("")
def index() -> str:
    """Explain groups and contacts in plain words."""
    return render_template("help/index.html")
