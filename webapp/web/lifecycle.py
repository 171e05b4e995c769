"""What happens around every request: its id, its line in the log, and what is left of its body."""

import contextlib
import logging
import secrets
import time

from flask import Flask, Response, abort, g, request

from webapp.web.current import account
from webapp.web.requests import MOST_ARGUMENTS
from webapp.web.view_access import LONG_FORMS, is_marked

log = logging.getLogger(__name__)

MAX_LONG_FORM_BYTES = 1_000_000
"""Bytes of a form that holds what the phonebook holds; of others MAX_CONTENT_LENGTH."""
MAX_DISCARDED_BYTES = 16 * 1024 * 1024
"""Bytes of a body that are read although nobody wants them."""


def init_app(app: Flask) -> None:
    """Take part in every request."""

    @app.before_request
    def begin() -> None:
        g.request_id = secrets.token_hex(5)
        g.started = time.monotonic()
        if request.query_string.count(b"&") >= MOST_ARGUMENTS:
            abort(400)

    @app.after_request
    def end(response: Response) -> Response:
        # The rule, not the address: a search may hold a person's name.
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
        """Read what a refused request still sends: a browser that is cut off while sending never shows the answer."""
        left = MAX_DISCARDED_BYTES if request.environ.get("wsgi.input_terminated") else 0  # else the server sees to it
        # What the server's parser may find wrong with the rest is no fault of this answer.
        with contextlib.suppress(Exception):
            while left > 0 and (part := request.environ["wsgi.input"].read(64 * 1024)):
                left -= len(part)
        return response


def wait_for_forms(app: Flask) -> None:
    """Begin a page's time once its form has come: a slow way here must not take it from Messente.

    Long forms are taken from here on, where it is known who sends them.
    """

    @app.before_request
    def wait() -> None:
        if is_marked(request.endpoint, LONG_FORMS):
            request.max_content_length = MAX_LONG_FORM_BYTES
        if request.method == "POST" and request.form:
            g.started = time.monotonic()
