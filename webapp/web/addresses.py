"""Read numbers, ids and searches from addresses, and return the address of the request."""

from collections.abc import Mapping
from uuid import UUID

from flask import Flask, request
from werkzeug.routing import BaseConverter

from webapp.phonebook.client import URL_NUMBER
from webapp.text import MAX_TEXT_CHARS, remove_hidden_characters


class NumberConverter(BaseConverter):
    """A contact's phone number, as the API writes it."""

    regex = URL_NUMBER.pattern


def read_id(text: str) -> UUID | None:
    """Parse an id; None if it is invalid."""
    try:
        return UUID(text)
    except ValueError:
        return None


def read_search(args: Mapping[str, str]) -> str:
    """Read the search of an address's query, cut to the length of the input."""
    return remove_hidden_characters(args.get("q", "")[:MAX_TEXT_CHARS])


def current_address() -> str:
    """Return the requested address with its query, for links that try again."""
    return f"{request.root_path}{request.full_path if request.query_string else request.path}"


def this_path() -> str:
    """Return the requested path with the dashboard's path prefix, as in links."""
    return f"{request.root_path}{request.path}"


def init_app(app: Flask) -> None:
    """Add the converter for phone numbers in routes."""
    app.url_map.converters["number"] = NumberConverter
