"""The way back to a list as it was, with its search, order and page, after something was changed elsewhere."""

from typing import Any
from urllib.parse import parse_qsl, urlsplit

from flask import request, url_for
from werkzeug.datastructures import MultiDict

from webapp.web.lists import ListQuery, Table


def list_address(address: str | None, endpoint: str, table: Table[Any]) -> str:
    """Return the address of a list, if this address is one of it; otherwise "".

    Args:
        address: untrusted, such as the browser's Referer or a hidden field. Only its query is used.
        endpoint: the list's view.
        table: how the list is sorted.

    """
    try:
        parts = urlsplit(address or "")
    except ValueError:
        return ""
    if parts.netloc not in {"", request.host} or parts.path != url_for(endpoint):
        return ""
    query = ListQuery.from_args(MultiDict(parse_qsl(parts.query)), table)
    return url_for(endpoint, **query.address(page=query.page))
