"""A slow upload doesn't reduce the time that the page has for Messente."""

import io
import time
from typing import Any

from flask import Flask, Response, g

from tests.page_client import PageClient


class Noted(io.BytesIO):
    """A body, and when it was last read."""

    read_at = 0.0

    def readinto(self, buffer: Any) -> int:
        self.read_at = time.monotonic()
        return super().readinto(buffer)

    def read(self, size: int | None = -1) -> bytes:
        self.read_at = time.monotonic()
        return super().read(size)


def test_a_pages_time_begins_when_its_form_has_arrived(app: Flask, user: PageClient) -> None:
    started = []

    @app.after_request
    def note(response: Response) -> Response:
        started.append(g.started)
        return response

    body = Noted(b"name=Staff")
    page = user.post(
        "/groups/new", input_stream=body, content_length=10, content_type="application/x-www-form-urlencoded"
    )
    assert page.value("name") == "Staff"
    assert started[-1] >= body.read_at > 0
