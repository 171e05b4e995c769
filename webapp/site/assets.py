"""The stylesheet and the icon: cached for a year, under addresses that change with their contents.

The stylesheet goes out without what only its authors need: comments, and most of the white space.
"""

import hashlib
import re
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from flask import Flask, Response, request

LONG = "public, max-age=31536000, immutable"

_GAP = r"(?:\s|/\*.*?\*/)"
_STYLE = re.compile(
    rf"""("[^"]*"|'[^']*')|{_GAP}*;?{_GAP}*(\}}){_GAP}*|{_GAP}*([{{;,>]){_GAP}*|(:){_GAP}+|({_GAP}+)|(--[a-z][a-z0-9-]*)""",
    re.DOTALL,
)


def init_app(app: Flask) -> None:
    """Put a hash into every address of a static file, and let browsers keep what is asked for by it."""
    folder = Path(app.static_folder or "")

    @app.url_defaults
    def add_hash(endpoint: str, values: dict[str, Any]) -> None:
        if endpoint == "static":
            values["v"] = _hash(folder / values["filename"])

    @app.after_request
    def let_keep(response: Response) -> Response:
        if request.endpoint == "static" and response.status_code == 200:
            asked, is_now = request.args.get("v"), _hash(folder / (request.view_args or {})["filename"])
            response.headers["Cache-Control"] = LONG if asked == is_now else "no-cache"
            if response.mimetype == "text/css":
                response.direct_passthrough = False
                response.set_data(_shortened(response.get_data(as_text=True)))
        return response


@cache
def _hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]


@lru_cache(4)
def _shortened(style: str) -> str:
    """Take out what only its authors need: comments, most of the white space, and what its properties are called."""
    names: dict[str, str] = {}

    def short(found: re.Match[str]) -> str:
        *kept, gap, name = found.groups(default="")
        if name:
            return names.setdefault(name, f"--{len(names)}")
        return " " if gap else "".join(kept)

    return _STYLE.sub(short, style).strip()
