"""Health checks: whether the process is up, and whether it can serve. Neither calls the API."""

import logging

from flask import Blueprint, Response

from webapp.store import StoreError
from webapp.web.current import store
from webapp.web.view_access import public

READY_SECONDS = 0.8
"""For which `/health/ready` waits for the store. Load balancers often give up after a second."""

log = logging.getLogger(__name__)

blueprint = Blueprint("health", __name__, url_prefix="/health")


@blueprint.get("/live")
@public
def is_live() -> Response:
    """Answer that the process is up."""
    return Response("live\n", mimetype="text/plain")


@blueprint.get("/ready")
@public
def is_ready() -> Response:
    """Answer whether the store works. It is ready even if Messente is down: the pages explain that."""
    try:
        store().try_out_within(READY_SECONDS)
    except StoreError as error:
        log.error("not ready", extra={"reason": str(error)})
        return Response(f"not ready: {error}\n", status=503, mimetype="text/plain")
    return Response("ready\n", mimetype="text/plain")
