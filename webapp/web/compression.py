"""Compress pages, the stylesheet and the icon with gzip.

An attacker who makes a browser request pages and sees their sizes can guess a secret letter by letter, if the guesses
are in the same page (BREACH). A page's one secret is its forms' token, which is masked anew in each page
(`forms.form_token`), so that sizes reveal nothing.
"""

from flask import Flask
from flask_compress import Compress


def init_app(app: Flask) -> None:
    """Compress responses of these types; downloads are sent as they are."""
    app.config.update(
        COMPRESS_MIMETYPES=["text/html", "text/css", "image/svg+xml"],
        COMPRESS_ALGORITHM=["gzip"],
        COMPRESS_LEVEL=5,
    )
    Compress(app)
