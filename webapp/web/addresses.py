"""What stands in addresses: numbers, ids, a search, and the address that was asked for."""

from collections.abc import Mapping
from uuid import UUID

from flask import Flask, request
from werkzeug.routing import BaseConverter

from webapp.phonebook.client import URL_NUMBER
from webapp.text.cleaning import MAX_TEXT_CHARS, remove_hidden_characters


class NumberConverter(BaseConverter):
    """A contact's phone number, as the API writes it."""

    regex = URL_NUMBER.pattern


def read_id(text: str) -> UUID | None:
    """Read an id; None where it is none."""
    try:
        return UUID(text)
    except ValueError:
        return None


def read_search(args: Mapping[str, str]) -> str:
    """Read what an address's query looks for; no more of it than people can type."""
    return remove_hidden_characters(args.get("q", "")[:MAX_TEXT_CHARS])


def current_address() -> str:
    """Return the address that was asked for, to try it again."""
    return f"{request.root_path}{request.full_path if request.query_string else request.path}"


def this_path() -> str:
    """Return the path that was asked for, as it stands in links: with the path that the dashboard is reached under."""
    return f"{request.root_path}{request.path}"


def init_app(app: Flask) -> None:
    """Let the addresses of views hold phone numbers."""
    app.url_map.converters["number"] = NumberConverter
