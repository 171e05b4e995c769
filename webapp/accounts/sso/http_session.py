"""HTTP sessions for the provider: one deadline, no redirects, limited responses, no settings of the environment."""

import io
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import requests
import urllib3.exceptions
from authlib.integrations.requests_client import OAuth2Session
from requests import PreparedRequest, Response

from webapp.accounts.sso.errors import NotAnswering, TurnedAway
from webapp.phonebook.deadline import Watchdog, WatchedAdapter

MAX_PROVIDER_ANSWER_BYTES = 512 * 1024
"""Limit after decompression. The keys of large providers are about 20 kB."""
PROVIDER_CONNECT_TIMEOUT = 3.05


@contextmanager
def open_session(expires: float, **client: Any) -> Iterator[OAuth2Session]:
    """Open a session that expires at a time of `time.monotonic()`. It returns only responses with 200 or 4xx.

    Raises:
        NotAnswering: if there is no usable response by then.
        TurnedAway: if a retry can't help: an unknown host, an untrusted certificate, or a redirect.

    """
    with OAuth2Session(trust_env=False, **client) as opened:
        adapter = _Adapter(expires)
        for scheme in ("https://", "http://"):
            opened.mount(scheme, adapter)
        try:
            yield opened
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            if reason := _lasting(error):
                raise TurnedAway(reason) from error
            raise NotAnswering(type(error).__name__) from error


def _lasting(error: BaseException | None) -> str:
    """Return the reason if a retry can't help; "" if the error may be temporary."""
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return "certificate"
        if isinstance(error, socket.gaierror) and error.errno == socket.EAI_NONAME:
            return "no such host"
        error = error.__cause__ or error.__context__
    return ""


class _Adapter(WatchedAdapter):
    def __init__(self, expires: float) -> None:
        self._expires = expires
        self._watchdog = Watchdog()
        super().__init__(max_retries=0)

    def send(self, request: PreparedRequest, *_: Any, verify: Any = True, cert: Any = None, **__: Any) -> Response:
        """Send a request, and read the whole response."""
        with self._watchdog.watch(self._expires) as call:
            patience = (min(PROVIDER_CONNECT_TIMEOUT, call.remaining), call.remaining)
            response = super().send(request, stream=True, timeout=patience, verify=verify, cert=cert)
            call.check()  # headers cut off by the deadline look complete
            body = response.raw.read(MAX_PROVIDER_ANSWER_BYTES + 1, decode_content=True)
            call.check()
        if len(body) > MAX_PROVIDER_ANSWER_BYTES:
            raise NotAnswering("too large")
        if 300 <= response.status_code < 400:
            raise TurnedAway(f"HTTP {response.status_code}")
        if not (response.status_code == 200 or 400 <= response.status_code < 500):
            raise NotAnswering(f"HTTP {response.status_code}")
        response.raw = io.BytesIO(body)  # the body has been read; this also drops cookies
        return response
