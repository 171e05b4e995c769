"""How much of what somebody sends is taken apart, before it is known who that is."""

import io
from typing import IO, Any

from flask import Request
from werkzeug.datastructures import ImmutableMultiDict, MultiDict
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.formparser import FormDataParser
from werkzeug.utils import cached_property

MOST_FIELDS = 2_000
"""Of a form: a contact's page has up to 1,000 boxes. Each takes some hundred bytes of memory, however short it is."""
MOST_COOKIES = 200
"""More than browsers keep for one site."""
MOST_ARGUMENTS = 200
"""Of an address."""


class _CountedForms(FormDataParser):
    """Werkzeug's parser, which counts the fields of forms of either kind."""

    def parse(
        self, stream: IO[bytes], mimetype: str, content_length: int | None, options: dict[str, str] | None = None
    ) -> tuple[IO[bytes], MultiDict[str, Any], MultiDict[str, Any]]:
        """Parse a form.

        Raises:
            RequestEntityTooLarge: when it has too many fields.

        """
        if mimetype == "application/x-www-form-urlencoded":  # of multipart forms they are counted by Werkzeug
            body = stream.read()
            if body.count(b"&") >= MOST_FIELDS:
                raise RequestEntityTooLarge
            stream = io.BytesIO(body)
        return super().parse(stream, mimetype, content_length, options)


class CountedRequest(Request):
    """Flask's request, with no more fields and cookies than anybody needs."""

    form_data_parser_class = _CountedForms

    @cached_property
    def cookies(self) -> ImmutableMultiDict[str, str]:
        """The cookies; none where there are too many."""
        return ImmutableMultiDict() if self.headers.get("Cookie", "").count(";") >= MOST_COOKIES else super().cookies
