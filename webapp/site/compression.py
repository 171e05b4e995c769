"""Pages and the stylesheet, compressed where the reader's browser takes that.

Whoever makes a reader's browser ask for pages, and sees how long the answers are, may find out a secret in them letter
by letter, if the guesses stand in the same page (BREACH). The one secret of a page is its forms' token, and that is
masked anew each time (`webapp.site.forms.form_token`): no two pages share it, so nothing can be learnt.
"""

import gzip
import struct
import zlib
from functools import lru_cache

from flask import Flask, Response, g, request

from webapp.site.ready import Content

SMALLEST = 500
"""Bytes below which it isn't worth it."""
LEVEL = 5
HEAD = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
"""Of a gzip file that names no time and no system."""
BEGINNING = 64
"""Bytes by which a part of a page is found in it."""
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
            static = request.endpoint == "static"
            response.set_data(_packed_once(body) if static else _packed(body, g.get("content")))
            response.headers["Content-Encoding"] = "gzip"
            response.headers.pop("ETag", None)  # it was of the other form
        return response


@lru_cache(4)
def _packed_once(body: bytes) -> bytes:
    """Compress a file, with all the time in the world."""
    return gzip.compress(body, 9, mtime=0)


def _packed(body: bytes, content: Content | None) -> bytes:
    """Compress a page; what it shares with other pages has been compressed already."""
    # By its beginning alone: looking for all of it prepares for a long search each time.
    start = body.find(content.plain[:BEGINNING]) if content else -1
    if not content or not body.startswith(content.plain, start):
        return gzip.compress(body, LEVEL, mtime=0)
    before, after = body[:start], body[start + len(content.plain) :]
    packer = zlib.compressobj(LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
    # After a full flush nothing refers to what was before it, so other parts may stand between.
    parts = [HEAD, packer.compress(before), packer.flush(zlib.Z_FULL_FLUSH), content.deflated]
    parts += [packer.compress(after), packer.flush(), struct.pack("<LL", zlib.crc32(body), len(body) & 0xFFFFFFFF)]
    return b"".join(parts)
