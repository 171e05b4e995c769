"""Handle the start and end of every request: its id, its log line and the rest of its body."""

import contextlib
import logging
import secrets
import time

from flask import Flask, Response, abort, g, request

from webapp.web.current import account
from webapp.web.requests import MAX_QUERY_ARGUMENTS
from webapp.web.view_access import LONG_FORMS, is_marked

log = logging.getLogger(__name__)

MAX_LONG_FORM_BYTES = 1_000_000
"""Limit for views that accept long forms; for others it is MAX_CONTENT_LENGTH."""
MAX_DISCARDED_BYTES = 16 * 1024 * 1024
"""Bytes of a refused request's body that are read and discarded."""


def init_app(app: Flask) -> None:
    """Run these functions around every request."""

    @app.before_request
    def begin() -> None:
        g.request_id = secrets.token_hex(5)
        g.started = time.monotonic()
        if request.query_string.count(b"&") >= MAX_QUERY_ARGUMENTS:
            abort(400)

    @app.after_request
    def end(response: Response) -> Response:
        # Log the rule, not the address: a search may contain a person's name.
        rule = request.url_rule.rule if request.url_rule else "(none)"
        ids = {key: value for key, value in (request.view_args or {}).items() if key.endswith("_id")}
        milliseconds = round((time.monotonic() - g.started) * 1000)
        log.info(
            "request",
            extra={
                "method": request.method,
                "rule": rule,
                **ids,
                **({"account": who.name} if (who := account()) else {}),
                "status": response.status_code,
                "ms": milliseconds,
            },
        )
        response.headers["X-Request-ID"] = g.request_id
        return response

    @app.after_request
    def discard_body(response: Response) -> Response:
        """Read the rest of a refused request: browsers don't show a response before they have sent the request."""
        left = MAX_DISCARDED_BYTES if request.environ.get("wsgi.input_terminated") else 0  # else the server does it
        # An invalid rest must not replace the response.
        with contextlib.suppress(Exception):
            while left > 0 and (part := request.environ["wsgi.input"].read(64 * 1024)):
                left -= len(part)
        return response


def wait_for_forms(app: Flask) -> None:
    """Start a page's deadline when its form has arrived, so that a slow upload leaves enough time for Messente.

    This runs after the check of accounts, so that only users who have signed in can send long forms.
    """

    @app.before_request
    def wait() -> None:
        if is_marked(request.endpoint, LONG_FORMS):
            request.max_content_length = MAX_LONG_FORM_BYTES
        if request.method == "POST" and request.form:
            g.started = time.monotonic()
