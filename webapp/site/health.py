"""For machines: whether the process is up, and whether it can serve. Neither asks the API."""

from flask import Blueprint, Response

blueprint = Blueprint("health", __name__, url_prefix="/health")


@blueprint.get("/live")
def live() -> Response:
    """Answer that the process is up."""
    return Response("live\n", mimetype="text/plain")


@blueprint.get("/ready")
def ready() -> Response:
    """Answer that pages can be served. Messente being down makes no instance unready: the pages tell of it."""
    return Response("ready\n", mimetype="text/plain")
