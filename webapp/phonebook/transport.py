"""HTTP transport: every request to the API is sent here."""

import logging
import os
import secrets
import threading
import time
from base64 import b64encode
from functools import lru_cache
from typing import Any

import requests
import urllib3

from webapp.phonebook import error_mapping
from webapp.phonebook.deadline import MAX_IDLE_SECONDS, SAFE_IDLE_SECONDS, Watchdog, WatchedAdapter
from webapp.phonebook.errors import AnswerTooLarge, OutOfTime, PhonebookError, UnreadableAnswer
from webapp.phonebook.response_cache import read_body

log = logging.getLogger(__name__)

_random = secrets.SystemRandom()

MAX_ANSWER_BYTES = 32 * 1024 * 1024
"""Limit after decompression. A group takes about 140 bytes, so 100,000 groups with long names fit."""
MAX_REFUSAL_BYTES = 64 * 1024
MAX_PREPARED_REQUESTS = 64
"""Prepared requests without a body to cache, least recently used first out."""


class _OneHost(WatchedAdapter):
    """An adapter for a single host: it looks up the connection pool once, not for every request."""

    _pool: Any = None

    def get_connection_with_tls_context(self, *args: Any, **kwargs: Any) -> Any:
        """Return the host's connection pool."""
        if self._pool is None:
            self._pool = super().get_connection_with_tls_context(*args, **kwargs)
        return self._pool


class Transport:
    """Sends requests to one phonebook over pooled connections. Thread-safe and fork-safe.

    It ignores proxies, netrc and CA bundles of the environment, and the API's redirects and cookies. A read that fails
    temporarily is retried at most twice; a write is sent once.

    Args:
        url: the API's base URL, without a trailing slash.
        username: for HTTP basic authentication, sent as UTF-8.
        password: for HTTP basic authentication, sent as UTF-8.
        connect_timeout: seconds for connecting to one IP address.
        deadline: seconds for a whole call that has no deadline of its own.
        backoff: mean of the seconds before the first retry of a read; twice that before the second.
        connections: size of the connection pool.

    """

    def __init__(
        self,
        url: str,
        username: str,
        password: str,
        *,
        connect_timeout: float = 3.05,
        deadline: float = 20,
        backoff: float = 0.2,
        connections: int = 1,
    ) -> None:
        self._url = url
        self._headers = {
            "Accept": "application/json",
            "Accept-Encoding": "gzip, deflate",
            "Authorization": "Basic " + b64encode(f"{username}:{password}".encode()).decode(),
            "User-Agent": "phonebook-dashboard",
        }
        self._connect_timeout = connect_timeout
        self._deadline = deadline
        self._backoff = backoff
        self._connections = connections
        self._process = 0
        self._prepared = lru_cache(MAX_PREPARED_REQUESTS)(self._prepare)
        self._connecting = threading.Lock()

    def send(
        self,
        method: str,
        path: str,
        *,
        expect: int,
        json: object = None,
        expires: float | None = None,
        last: bytes = b"",
    ) -> bytes:
        """Send one request and return the body of its response.

        Args:
            method: GET, POST, PUT, PATCH or DELETE.
            path: appended to the base URL, already quoted.
            expect: the status of success.
            json: the request's body.
            expires: deadline, as a time of `time.monotonic()`. Only a DNS lookup can take longer.
            last: the last body received. If the new one equals it, this object is returned.

        Raises:
            PhonebookError: a subclass that says what happened; see `webapp.phonebook.errors`.

        """
        expires = expires or time.monotonic() + self._deadline
        if time.monotonic() >= expires:
            raise OutOfTime("no time is left for it")
        max_idle = MAX_IDLE_SECONDS if method == "GET" else SAFE_IDLE_SECONDS
        for pause in (self._backoff, 2 * self._backoff) if method == "GET" else ():
            pause *= _random.uniform(0.5, 1.5)  # so that clients don't retry all at once
            try:
                return self._send_and_log(method, path, expect, json, expires, last, max_idle)
            except PhonebookError as error:
                if not error_mapping.is_temporary(error) or time.monotonic() + pause >= expires:
                    raise
                time.sleep(pause)
                max_idle = 0.0  # retry over a new connection: the other idle ones may be broken as well
        return self._send_and_log(method, path, expect, json, expires, last, max_idle)

    def _send_and_log(
        self, method: str, path: str, expect: int, json: object, expires: float, last: bytes, max_idle: float
    ) -> bytes:
        started = time.monotonic()
        outcome = "done"
        try:
            return self._send(method, path, expect, json, expires, last, max_idle)
        except PhonebookError as error:
            outcome = type(error).__name__
            raise
        finally:
            milliseconds = round((time.monotonic() - started) * 1000)
            log.info(
                "phonebook call",
                extra={
                    "method": method,
                    "api_path": error_mapping.without_numbers(path),
                    "outcome": outcome,
                    "ms": milliseconds,
                },
            )

    def _send(
        self, method: str, path: str, expect: int, json: object, expires: float, last: bytes, max_idle: float
    ) -> bytes:
        status = None
        adapter, watchdog = self._connected()
        request = self._prepared(method, path) if json is None else self._prepare(method, path, json)
        with watchdog.watch(expires, max_idle=max_idle) as call:
            try:
                # Not through a session, which would follow redirects and keep cookies.
                with adapter.send(
                    request, stream=True, timeout=(min(self._connect_timeout, call.remaining), call.remaining)
                ) as response:
                    call.check()  # headers cut off by the deadline look complete
                    status = response.status_code
                    _check_encoding(response.raw, method)
                    limit = MAX_ANSWER_BYTES if status == expect else MAX_REFUSAL_BYTES
                    body = read_body(response.raw, limit, last if status == expect else b"")
                    call.check()
            except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
                raise error_mapping.error_from_exception(error, method, status, expired=call.expired) from error
        if status == expect and len(body) <= limit:
            return body
        if status == expect:
            raise AnswerTooLarge(
                f"more than {limit} bytes", status=status, changed=error_mapping.changed_by(method, status)
            )
        raise error_mapping.error_from_answer(method, status, body, response.headers.get("Retry-After", ""))

    def _prepare(self, method: str, path: str, json: object = None) -> requests.PreparedRequest:
        # Not through a session: merging its (empty) settings would take half of a call's time.
        request = requests.PreparedRequest()
        request.prepare(method, self._url + path, headers=self._headers, json=json)
        return request

    def _connected(self) -> tuple[WatchedAdapter, Watchdog]:
        """Return this process's connection pool. Forked processes that shared one would get each other's responses."""
        if self._process != os.getpid():
            with self._connecting:
                if self._process != os.getpid():
                    self._adapter = _OneHost(pool_connections=1, pool_maxsize=self._connections, max_retries=0)
                    self._watchdog = Watchdog()
                    self._process = os.getpid()
        return self._adapter, self._watchdog


def _check_encoding(response: urllib3.BaseHTTPResponse, method: str) -> None:
    """Raise UnreadableAnswer if the body has a compression that we didn't request and can't decode."""
    encodings = {each.strip().lower() for each in response.headers.get("Content-Encoding", "").split(",")}
    if response.status < 300 and encodings - {"", "identity", *response.CONTENT_DECODERS}:
        said, changed = "an encoding that was not asked for", error_mapping.changed_by(method, response.status)
        raise UnreadableAnswer(said, status=response.status, changed=changed, lasting=True)
