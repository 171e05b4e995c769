"""Limits on the parts of a request, which apply before anybody has signed in."""

import io
from typing import IO, Any

from flask import Request
from werkzeug.datastructures import ImmutableMultiDict, MultiDict
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.formparser import FormDataParser
from werkzeug.utils import cached_property

MAX_FORM_FIELDS = 2_000
"""A contact's page has up to 1,000 boxes. Each parsed field takes about a hundred bytes of memory."""
MAX_COOKIES = 200
"""More cookies than browsers store for one site."""
MAX_QUERY_ARGUMENTS = 200
"""Arguments in the query of an address."""


class _CountedForms(FormDataParser):
    """Werkzeug's parser with a limit on the fields of URL-encoded forms, too."""

    def parse(
        self, stream: IO[bytes], mimetype: str, content_length: int | None, options: dict[str, str] | None = None
    ) -> tuple[IO[bytes], MultiDict[str, Any], MultiDict[str, Any]]:
        """Parse a form.

        Raises:
            RequestEntityTooLarge: when the form has too many fields.

        """
        if mimetype == "application/x-www-form-urlencoded":  # Werkzeug itself limits multipart forms
            body = stream.read()
            if body.count(b"&") >= MAX_FORM_FIELDS:
                raise RequestEntityTooLarge
            stream = io.BytesIO(body)
        return super().parse(stream, mimetype, content_length, options)


class CountedRequest(Request):
    """Flask's request with limits on the number of form fields and cookies."""

    form_data_parser_class = _CountedForms

    @cached_property
    def cookies(self) -> ImmutableMultiDict[str, str]:
        """The cookies; empty if there are too many."""
        return ImmutableMultiDict() if self.headers.get("Cookie", "").count(";") >= MAX_COOKIES else super().cookies
