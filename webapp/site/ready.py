"""What is shown again and again is made once: rows of lists, what a page says of them, and addresses.

None of it is ever out of date: everything that it is made of is part of the key by which it is kept.
"""

import threading
import zlib
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable
from functools import cached_property, lru_cache
from typing import Any, cast

from flask import Flask, g, render_template, request, url_for
from markupsafe import Markup

from webapp.phonebook import Rows
from webapp.site.context import may_change

ROWS = 2048
"""Rows that are kept ready, the latest shown ones: some two megabytes."""
CONTENTS = 16
"""Pages of one answer whose contents are kept, the latest shown ones: some 40 kB each."""
ADDRESSES = 512


class Content(Markup):
    """A part of a page that is the same for many readers, so that it is compressed once."""

    @cached_property
    def plain(self) -> bytes:
        """How it stands in the page."""
        return self.encode()

    @cached_property
    def deflated(self) -> bytes:
        """How it stands in the compressed page: in whole bytes, and without regard to what is before it."""
        packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
        return packer.compress(self.plain) + packer.flush(zlib.Z_FULL_FLUSH)


class Contents:
    """The contents of pages that show the rows of one answer. They go when another answer comes."""

    def __init__(self, _rows: Rows[Any]) -> None:
        self.made: OrderedDict[Hashable, Content] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable, make: Callable[[], str]) -> Content:
        with self._lock:
            if found := self.made.get(key):
                self.made.move_to_end(key)
                return found
        made = Content(make())
        with self._lock:
            self.made[key] = made
            while len(self.made) > CONTENTS:
                self.made.popitem(last=False)
        return made


def content(found: Rows[Any], template: str, context: Callable[[], dict[str, Any]]) -> Content:
    """Return what a page shows of rows, and of nothing else but its address and whether its reader may change them.

    Args:
        found: the rows.
        template: makes it. No form's token may be in it.
        context: makes what else the template is told; asked only where this isn't kept.

    """
    key = (template, request.root_path, request.path, request.query_string, may_change())
    g.content = found.derive(Contents).get(key, lambda: render_template(template, **context()))
    return cast(Content, g.content)


def init_app(app: Flask) -> None:
    """Make rows and addresses known to the templates.

    Each application has its own: what one team has never meets another's.
    """

    @lru_cache(ROWS)
    def row(template: str, *values: Hashable) -> str:
        return str(vars(app.jinja_env.get_template(template).module)["row"](*values))

    @app.template_global()
    def ready(template: str, rows: Iterable[Hashable], *values: Hashable) -> Markup:
        """Make each of the rows by a template's macro `row`, of nothing but the row and the other values."""
        return Markup("".join([row(template, each, *values) for each in rows]))  # noqa: S704  # nosec B704 - macros have escaped it

    @lru_cache(ADDRESSES)
    def address(_root: str, endpoint: str, *values: tuple[str, Any]) -> str:
        return url_for(endpoint, **dict(values))

    @app.template_global("url_for")
    def kept_url_for(endpoint: str, **values: Any) -> str:
        """Make an address of this site, as Flask's own does."""
        return address(request.root_path, endpoint, *values.items())
