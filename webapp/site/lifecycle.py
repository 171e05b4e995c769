"""What happens around every request: its id, its line in the log, and what is left of its body."""

import logging
import secrets
import time

from flask import Flask, Response, g, request

log = logging.getLogger(__name__)

LARGEST_LEFTOVER = 16 * 1024 * 1024
"""Bytes of a body that are read although nobody wants them."""


def init_app(app: Flask) -> None:
    """Take part in every request."""

    @app.before_request
    def begin() -> None:
        g.request_id = secrets.token_hex(5)
        g.started = time.monotonic()

    @app.after_request
    def end(response: Response) -> Response:
        # The rule, not the address: a search may hold a person's name.
        rule = request.url_rule.rule if request.url_rule else "(none)"
        ids = {key: value for key, value in (request.view_args or {}).items() if key.endswith("_id")}
        milliseconds = round((time.monotonic() - g.started) * 1000)
        log.info(
            "request",
            extra={"method": request.method, "rule": rule, **ids, "status": response.status_code, "ms": milliseconds},
        )
        response.headers["X-Request-ID"] = g.request_id
        return response

    @app.after_request
    def discard_body(response: Response) -> Response:
        """Read what a refused request still sends: a browser that is cut off while sending never shows the answer."""
        if request.environ.get("wsgi.input_terminated"):  # under gunicorn; other servers see to it themselves
            left = LARGEST_LEFTOVER
            try:
                while left > 0 and (part := request.environ["wsgi.input"].read(64 * 1024)):
                    left -= len(part)
            except Exception:  # noqa: BLE001 - whatever the server's parser finds wrong with the rest
                left = 0
            if left <= 0:
                response.headers["Connection"] = "close"
        return response
