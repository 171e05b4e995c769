"""Serve the stylesheet and the icon, cached for a year under addresses that change with their contents.

The files are read once, at the start, so that no request opens a file.
"""

import hashlib
import mimetypes
from dataclasses import dataclass
from pathlib import Path

from flask import Flask, Response, abort, request, url_for

from webapp.web.view_access import public

CACHE_FOREVER = "public, max-age=31536000, immutable"


@dataclass(frozen=True)
class StaticFile:
    """A file of the static folder."""

    body: bytes
    kind: str
    digest: str


def init_app(app: Flask, folder: Path) -> None:
    """Serve the files of a folder, and add a hash of the contents to their addresses."""
    files = {path.name: _read(path) for path in folder.iterdir() if path.is_file()}

    @app.template_global()
    def static_url(filename: str) -> str:
        return url_for("static", filename=filename, v=files[filename].digest)

    @app.get("/static/<path:filename>", endpoint="static")
    @public
    def send(filename: str) -> Response:
        if filename not in files:
            abort(404)
        file = files[filename]
        response = Response(file.body, mimetype=file.kind)
        response.headers["Cache-Control"] = CACHE_FOREVER if request.args.get("v") == file.digest else "no-cache"
        response.set_etag(file.digest)
        response.make_conditional(request)
        return response


def _read(path: Path) -> StaticFile:
    body, kind = path.read_bytes(), mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    digest = hashlib.sha256(body).hexdigest()[:12]
    return StaticFile(body, kind, digest)
