"""Cache rendered rows, lists and addresses.

Each key contains everything that the result depends on, so no cached result is ever out of date.
"""

from collections.abc import Callable, Hashable, Iterable
from functools import lru_cache
from typing import Any

from flask import Flask, render_template, request, url_for
from markupsafe import Markup

from webapp.phonebook import Rows
from webapp.web.current import may_change

MAX_CACHED_ROWS = 2048
"""About two megabytes."""
MAX_CACHED_LISTS = 16
"""Per response of the API; about 40 kB each."""
MAX_CACHED_ADDRESSES = 512


def cached_list(listed: Rows[Any], template: str, context: Callable[[], dict[str, Any]]) -> Markup:
    """Render a list of the API's rows, or return it from the cache.

    Args:
        listed: the rows of a response.
        template: depends only on the rows, the address and whether the user is an editor; it has no form token.
        context: returns the template's variables; called only to render it.

    """
    lists = listed.derive(_no_lists)
    key = (template, request.root_path, request.path, request.query_string, may_change())
    if (html := lists.get(key)) is None:
        if len(lists) >= MAX_CACHED_LISTS:
            lists.clear()
        html = lists[key] = Markup(render_template(template, **context()))  # noqa: S704  # nosec B704 - templates escape
    return html  # another thread may have cleared the cache


def _no_lists(_found: Rows[Any]) -> dict[Hashable, Markup]:
    return {}


def init_app(app: Flask) -> None:
    """Add the cached functions to the templates. Applications share no cache, since each serves another team."""

    @lru_cache(MAX_CACHED_ROWS)
    def row(template: str, *values: Hashable) -> str:
        return str(vars(app.jinja_env.get_template(template).module)["row"](*values))

    @app.template_global()
    def cached_rows(template: str, rows: Iterable[Hashable], *values: Hashable) -> Markup:
        """Render each row by a template's macro `row`, which depends only on the row and the values."""
        return Markup("".join([row(template, each, *values) for each in rows]))  # noqa: S704  # nosec B704 - macros have escaped it

    @lru_cache(MAX_CACHED_ADDRESSES)
    def address(_root: str, endpoint: str, *values: tuple[str, Any]) -> str:
        return url_for(endpoint, **dict(values))

    @app.template_global("url_for")
    def cached_url_for(endpoint: str, **values: Any) -> str:
        """Build an address of this site, as Flask's `url_for` does."""
        hashable = {key: tuple(value) if isinstance(value, list) else value for key, value in values.items()}
        return address(request.root_path, endpoint, *hashable.items())
