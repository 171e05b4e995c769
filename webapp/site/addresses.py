"""What may stand in an address besides what Flask knows."""

from flask import Flask
from werkzeug.routing import BaseConverter

from webapp.phonebook.client import NUMBER


class NumberConverter(BaseConverter):
    """A contact's phone number, as the API writes it."""

    regex = NUMBER.pattern


def init_app(app: Flask) -> None:
    """Let views be found by them."""
    app.url_map.converters["number"] = NumberConverter
