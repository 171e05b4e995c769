"""What applies to every request: its address, limits, id and log line, and the start of its time."""

import contextlib
import io
import logging
import re
import secrets
import time
from collections.abc import Callable, Iterable
from typing import IO, Any, TypeVar

from flask import Flask, Request, Response, abort, g, request
from werkzeug.datastructures import ImmutableMultiDict, MultiDict
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.formparser import FormDataParser
from werkzeug.utils import cached_property

from webapp.web.current import account, settings

MAX_FORM_FIELDS = 2_000
"""A contact's page has up to 1,000 boxes. Each parsed field takes about a hundred bytes of memory."""
MAX_COOKIES = 200
"""More cookies than browsers store for one site."""
MAX_QUERY_ARGUMENTS = 200
"""Arguments in the query of an address."""
MAX_LONG_FORM_BYTES = 1_000_000
"""Limit for views that accept long forms; for others it is MAX_CONTENT_LENGTH."""
MAX_UPLOAD_BYTES = 10 * 1024 * 1024
"""Limit of an uploaded file, for views that accept one."""
MAX_DISCARDED_BYTES = 16 * 1024 * 1024
"""Bytes of a refused request's body that are read and discarded."""

View = TypeVar("View", bound=Callable[..., Any])

_LONG_FORMS, _UPLOADS = "accepts_long_forms", "accepts_uploads"
_HOST = re.compile(r"(\[[^\]]*\]|[^:]*?)\.?(:\d+)?")
_ORDINARY_PORTS = {"80", "443"}
"""Browsers leave these ports out of addresses, so they are ignored in X-Forwarded-Port."""

log = logging.getLogger(__name__)


class RequestAddress:
    """WSGI middleware that restores the address that the browser requested, after proxies have changed it.

    It sets the host, the port and the path prefix (SCRIPT_NAME). Host names are lower case and have no final dot.
    Requests may come with the prefix or without it: some proxies strip it, and health checks don't send it.
    """

    def __init__(self, app: Callable[..., Iterable[bytes]], *, script_name: str, proxy_hops: int) -> None:
        self._app = app
        self._script_name = script_name
        self._proxy_hops = proxy_hops

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Serve a request."""
        if match := _HOST.fullmatch(environ.get("HTTP_HOST", "")):
            port = match[2] or (_forwarded_port(environ) if self._proxy_hops else "")
            environ["HTTP_HOST"] = f"{match[1].lower()}{port}"
        if self._script_name and not environ.get("SCRIPT_NAME"):
            environ["SCRIPT_NAME"] = self._script_name
            path = environ.get("PATH_INFO", "")
            if f"{path}/".startswith(f"{self._script_name}/"):
                environ["PATH_INFO"] = path[len(self._script_name) :]
        return self._app(environ, start_response)


def _forwarded_port(environ: dict[str, Any]) -> str:
    """Return the port in X-Forwarded-Port of the nearest proxy, for proxies that leave it out of Host."""
    port = environ.get("HTTP_X_FORWARDED_PORT", "").rpartition(",")[2].strip()
    is_port = re.fullmatch(r"[1-9][0-9]{0,4}", port) and int(port) < 65536
    return f":{port}" if is_port and port not in _ORDINARY_PORTS else ""


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
    """Flask's request with limits on the number of form fields and cookies. Uploaded files stay in memory."""

    form_data_parser_class = _CountedForms

    def _get_file_stream(self, *_args: Any, **_arguments: Any) -> IO[bytes]:
        return io.BytesIO()  # a container's file system may be read-only

    @cached_property
    def cookies(self) -> ImmutableMultiDict[str, str]:
        """The cookies; empty if there are too many."""
        return ImmutableMultiDict() if self.headers.get("Cookie", "").count(";") >= MAX_COOKIES else super().cookies


def init_app(app: Flask) -> None:
    """Number, limit and log every request."""

    @app.before_request
    def begin() -> None:
        g.request_id = secrets.token_hex(5)
        g.started, g.page_deadline = time.monotonic(), settings().page_deadline
        if request.query_string.count(b"&") >= MAX_QUERY_ARGUMENTS:
            abort(400)

    @app.after_request
    def end(response: Response) -> Response:
        if request.environ.get("wsgi.input_terminated"):  # else the server discards the rest of the body
            _discard_body()
        # Log the rule, not the address: a search may contain a person's name.
        rule = request.url_rule.rule if request.url_rule else "(none)"
        ids = {key: value for key, value in (request.view_args or {}).items() if key.endswith("_id")}
        milliseconds = round((time.monotonic() - g.started) * 1000)
        log.info(
            "request",
            extra={
                "method": request.method,
                "rule": rule,
                **ids,
                **({"account": who.name} if (who := account()) else {}),
                "status": response.status_code,
                "ms": milliseconds,
            },
        )
        response.headers["X-Request-ID"] = g.request_id
        return response


def _discard_body() -> None:
    """Read the rest of a refused request: browsers don't show a response before they have sent the request."""
    left = MAX_DISCARDED_BYTES
    # An invalid rest must not replace the response.
    with contextlib.suppress(Exception):
        while left > 0 and (part := request.environ["wsgi.input"].read(64 * 1024)):
            left -= len(part)


def accepts_long_forms(view: View) -> View:
    """Accept longer forms, since this view's form contains data of the phonebook besides what users type."""
    setattr(view, _LONG_FORMS, True)
    return view


def accepts_uploads(view: View) -> View:
    """Accept a form with a file of MAX_UPLOAD_BYTES, or with as much pasted text."""
    setattr(view, _UPLOADS, True)
    return view


def wait_for_forms(app: Flask) -> None:
    """Start a page's deadline when its form has arrived, so that a slow upload leaves enough time for Messente.

    This runs after the check of accounts, so that only users who have signed in can send long forms.
    """

    @app.before_request
    def wait() -> None:
        view = app.view_functions.get(request.endpoint or "")
        if getattr(view, _LONG_FORMS, False):
            request.max_content_length = MAX_LONG_FORM_BYTES
        if getattr(view, _UPLOADS, False):
            request.max_content_length = MAX_UPLOAD_BYTES + MAX_LONG_FORM_BYTES
            request.max_form_memory_size = MAX_UPLOAD_BYTES
        if request.method == "POST" and request.form:
            g.started = time.monotonic()
