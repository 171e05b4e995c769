"""The way back to a list as it was, with its search, order and page, after something was changed elsewhere."""

from collections.abc import Callable
from urllib.parse import parse_qsl, urlsplit

from flask import request, url_for
from werkzeug.datastructures import MultiDict

from webapp.web.lists import ListQuery


def list_address(address: str | None, endpoint: str, read: Callable[[MultiDict[str, str]], ListQuery]) -> str:
    """Return the address of a list, if this address is one of it; otherwise "".

    Args:
        address: untrusted, such as the browser's Referer or a hidden field. Only its query is used.
        endpoint: the list's view.
        read: reads the query of the list's address.

    """
    try:
        parts = urlsplit(address or "")
    except ValueError:
        return ""
    if parts.netloc not in {"", request.host} or parts.path != url_for(endpoint):
        return ""
    query = read(MultiDict(parse_qsl(parts.query)))
    return url_for(endpoint, **query.address(page=query.page))
