"""Pages and the stylesheet, compressed where the reader's browser takes that.

Whoever can have a reader's browser ask for pages, and sees how long the answers are, may guess at a secret in them,
letter by letter, by having the guesses stand in the same page (BREACH). The one secret of a page is its forms' token,
and that is masked anew each time (`webapp.site.forms.form_token`): no two pages share it, so nothing can be learnt.
"""

import gzip

from flask import Flask, Response, request

SMALLEST = 500
"""Bytes below which it isn't worth it."""
LEVEL = 6
KINDS = frozenset({"text/html", "text/css", "image/svg+xml"})


def init_app(app: Flask) -> None:
    """Compress what is answered."""

    @app.after_request
    def compress(response: Response) -> Response:
        if response.mimetype not in KINDS:
            return response
        response.vary.add("Accept-Encoding")
        if response.status_code != 200 and response.mimetype != "text/html":
            return response
        if not request.accept_encodings["gzip"] or "Content-Encoding" in response.headers:
            return response
        response.direct_passthrough = False
        body = response.get_data()
        if len(body) >= SMALLEST:
            response.set_data(gzip.compress(body, LEVEL, mtime=0))
            response.headers["Content-Encoding"] = "gzip"
            response.headers.pop("ETag", None)  # it was of the other form
        return response
