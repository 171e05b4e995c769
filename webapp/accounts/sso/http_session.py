"""The way to the provider: one deadline, no redirects, no large answers, nothing of the environment."""

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
"""Bytes after decompression. The keys of the large providers are some 20 kB."""
PROVIDER_CONNECT_TIMEOUT = 3.05


@contextmanager
def open_session(expires: float, **client: Any) -> Iterator[OAuth2Session]:
    """Open a way that ends at `expires`, a time of `time.monotonic()`. Answers with 4xx come back, others as errors.

    Raises:
        NotAnswering: where nothing that can be used has come by then.
        TurnedAway: where nothing will: it is another address, or the provider leads elsewhere.

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
    """Say what is wrong with the provider's address for good; empty if it may pass."""
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
        """Send a request, and read its answer whole."""
        with self._watchdog.watch(self._expires) as call:
            patience = (min(PROVIDER_CONNECT_TIMEOUT, call.remaining), call.remaining)
            response = super().send(request, stream=True, timeout=patience, verify=verify, cert=cert)
            call.check()  # a head that the deadline cut off passes for a whole one
            body = response.raw.read(MAX_PROVIDER_ANSWER_BYTES + 1, decode_content=True)
            call.check()
        if len(body) > MAX_PROVIDER_ANSWER_BYTES:
            raise NotAnswering("too large")
        if 300 <= response.status_code < 400:
            raise TurnedAway(f"HTTP {response.status_code}")
        if not (response.status_code == 200 or 400 <= response.status_code < 500):
            raise NotAnswering(f"HTTP {response.status_code}")
        response.raw = io.BytesIO(body)  # so that nobody reads on, or takes a cookie
        return response
