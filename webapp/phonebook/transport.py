"""HTTP transport: every request to the API is sent here."""

import copy
import logging
import os
import re
import secrets
import threading
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import lru_cache, partial
from traceback import clear_frames
from typing import Any, Self, TypeVar

import requests
import urllib3

from webapp.phonebook import error_mapping
from webapp.phonebook.deadline import MAX_IDLE_SECONDS, SAFE_IDLE_SECONDS, Watchdog, WatchedAdapter
from webapp.phonebook.errors import (
    AnswerTooLarge,
    OutOfTime,
    PhonebookError,
    TooManyRequests,
    UnreadableAnswer,
)
from webapp.phonebook.pace import UNLIMITED, Pace

log = logging.getLogger(__name__)

_random = secrets.SystemRandom()

MAX_ANSWER_BYTES = 32 * 1024 * 1024
"""Limit after decompression. A group takes about 140 bytes, so 100,000 groups with long names fit."""
MAX_REFUSAL_BYTES = 64 * 1024
MAX_PREPARED_REQUESTS = 64
"""Prepared requests without a body to cache, least recently used first out."""
MAX_RETRIES = 2
"""Retries of a read after a temporary failure or a 429."""
WAITING_SHARE = 0.9
"""The part of a read's time in which it has to begin, so that its answer can still arrive."""
WRITE_WAITING_SHARE = 0.5
"""The same for a write. If the deadline cut it off, its outcome would be unknown."""

T = TypeVar("T")

NUMBERS_IN_PATHS = re.compile(r"(?:%2B|\+|(?<=/))[0-9]+(?=[/?\s]|$)")
"""Phone numbers, which must not get into the log."""


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
    temporarily, or is answered 429, is retried at most twice while there is time; a write is sent once.

    Args:
        url: the API's base URL, without a trailing slash.
        username: for HTTP basic authentication, sent as UTF-8.
        password: for HTTP basic authentication, sent as UTF-8.
        connect_timeout: seconds for connecting to one IP address.
        deadline: seconds for a whole call that has no deadline of its own.
        backoff: mean of the seconds before the first retry of a read; twice that before the second.
        connections: size of the connection pool.
        pace: decides when a call may begin; unlimited by default.

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
        pace: Pace | None = None,
    ) -> None:
        self._url = url
        self._headers = {
            "Accept": "application/json",
            "Accept-Encoding": "gzip, deflate",
            "Authorization": "Basic " + b64encode(f"{username}:{password}".encode()).decode(),
            "User-Agent": "phonebook-dashboard",
        }
        self._connect_timeout = connect_timeout
        self.deadline = deadline
        self._backoff = backoff
        self._connections = connections
        self._pace = pace or Pace(UNLIMITED)
        self.is_for_job = False
        self._process = 0
        self._prepared = lru_cache(MAX_PREPARED_REQUESTS)(self._prepare)
        self._connecting = threading.Lock()

    def for_job(self) -> Self:
        """Return a transport for a background job: its calls begin only while no page's call waits."""
        transport = copy.copy(self)
        transport.is_for_job = True
        return transport

    def book(self, calls: int, expires: float | None = None) -> AbstractContextManager[None]:
        """Reserve time for a look-up of many calls; see `Pace.book`."""
        return self._pace.book(calls, expires or time.monotonic() + self.deadline)

    def get(self, path: str, *, expires: float | None = None) -> bytes:
        """Read a resource like `read`; return the body of the response, at most MAX_ANSWER_BYTES."""
        return self.read(path, _read_body, expires=expires)

    def read(self, path: str, read: Callable[[urllib3.BaseHTTPResponse], T], *, expires: float | None = None) -> T:
        """Read a resource, with retries after a temporary failure or 429.

        Args:
            path: see `send`.
            read: reads the body of a successful response; called again for a retry.
            expires: see `send`; for all attempts together.

        Raises:
            PhonebookError: see `send`, and by `read`.

        """
        expires = expires or time.monotonic() + self.deadline
        max_idle, attempt = MAX_IDLE_SECONDS, 0
        while True:
            try:
                return self._send("GET", path, read, expect=200, expires=expires, max_idle=max_idle)
            except PhonebookError as error:
                _forget_locals(error)
                # At random, so that clients don't retry all at once.
                pause = self._backoff * 2**attempt * _random.uniform(0.5, 1.5)
                is_limited = isinstance(error, TooManyRequests)
                if is_limited:
                    pause = max(4 * pause, error.retry_after or 0)
                is_final = attempt == MAX_RETRIES or not (is_limited or error_mapping.is_temporary(error))
                if is_final or pause >= WAITING_SHARE * (expires - time.monotonic()):
                    raise
                if is_limited:
                    self._pace.close(pause)  # so that the next attempt waits, and all other calls do
                else:
                    time.sleep(pause)
                    max_idle = 0.0  # retry over a new connection: the other idle ones may be broken as well
            attempt += 1

    def send(self, method: str, path: str, *, expect: int, json: object = None, expires: float | None = None) -> bytes:
        """Send one request, once, and return the body of its response.

        Args:
            method: GET, POST, PUT, PATCH or DELETE.
            path: appended to the base URL, already quoted.
            expect: the status of success.
            json: the request's body.
            expires: deadline, as a time of `time.monotonic()`. Only a DNS lookup can take longer.

        Raises:
            PhonebookError: a subclass that says what happened; see `webapp.phonebook.errors`.

        """
        return self._send(method, path, partial(_read_body, method=method), expect=expect, json=json, expires=expires)

    def _send(
        self,
        method: str,
        path: str,
        read: Callable[[urllib3.BaseHTTPResponse], T],
        *,
        expect: int,
        json: object = None,
        expires: float | None = None,
        max_idle: float = SAFE_IDLE_SECONDS,
    ) -> T:
        """Send one request, once; see `send`, `read` and `Watchdog.watch`."""
        now = time.monotonic()
        expires = expires or now + self.deadline
        if now >= expires:
            raise OutOfTime("no time is left for it")
        share = WAITING_SHARE if method == "GET" else WRITE_WAITING_SHARE
        self._pace.wait(now + share * (expires - now), job=self.is_for_job)
        if self._process != os.getpid():
            self._connect()
        request = self._prepared(method, path) if json is None else self._prepare(method, path, json)
        left = max(expires - time.monotonic(), 0.001)  # a timeout of zero would not block
        patience, status = (min(self._connect_timeout, left), left), None
        with _logged(method, path):
            with self._watchdog.watch(expires, max_idle=max_idle) as call:
                try:
                    # Not through a session, which would follow redirects and keep cookies.
                    with self._adapter.send(request, stream=True, timeout=patience) as response:
                        call.check()  # headers cut off by the deadline look complete
                        status = response.status_code
                        _check_encoding(response.raw, method)
                        if status == expect:
                            body = read(response.raw)
                            call.check()
                            return body
                        refusal = response.raw.read(MAX_REFUSAL_BYTES, decode_content=True)
                        call.check()
                except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
                    raise error_mapping.error_from_exception(error, method, status, expired=call.expired) from error
            retry_after = response.headers.get("Retry-After", "")
            refused = error_mapping.error_from_answer(method, status, refusal, retry_after)
            if isinstance(refused, TooManyRequests):
                self._pace.close(refused.retry_after or self._backoff)
            raise refused

    def _prepare(self, method: str, path: str, json: object = None) -> requests.PreparedRequest:
        # Not through a session: merging its (empty) settings would take half of a call's time.
        request = requests.PreparedRequest()
        request.prepare(method, self._url + path, headers=self._headers, json=json)
        return request

    def _connect(self) -> None:
        """Create this process's connection pool. Forked processes that shared one would get each other's responses."""
        with self._connecting:
            if self._process != os.getpid():
                self._adapter = _OneHost(pool_connections=1, pool_maxsize=self._connections, max_retries=0)
                self._watchdog = Watchdog()
                self._process = os.getpid()


def _forget_locals(error: BaseException | None) -> None:
    """Free what the functions that have failed held, such as a long list: an error may be held for long by a cycle."""
    while error is not None:
        clear_frames(error.__traceback__)
        error = error.__cause__


@contextmanager
def _logged(method: str, path: str) -> Iterator[None]:
    """Log a call, with its result and duration."""
    started, outcome = time.monotonic(), "done"
    try:
        yield
    except PhonebookError as error:
        outcome = type(error).__name__
        raise
    finally:
        milliseconds = round((time.monotonic() - started) * 1000)
        fields = {"method": method, "api_path": NUMBERS_IN_PATHS.sub("*", path), "outcome": outcome, "ms": milliseconds}
        log.info("phonebook call", extra=fields)


def _check_encoding(response: urllib3.BaseHTTPResponse, method: str) -> None:
    """Raise UnreadableAnswer if the body has a compression that we didn't request and can't decode."""
    encodings = {each.strip().lower() for each in response.headers.get("Content-Encoding", "").split(",")}
    if response.status < 300 and encodings - {"", "identity", *response.CONTENT_DECODERS}:
        said, changed = "an encoding that was not asked for", error_mapping.changed_by(method, response.status)
        raise UnreadableAnswer(said, status=response.status, changed=changed, lasting=True)


def _read_body(response: urllib3.BaseHTTPResponse, method: str = "GET") -> bytes:
    body = response.read(MAX_ANSWER_BYTES + 1, decode_content=True)
    if len(body) > MAX_ANSWER_BYTES:
        changed = error_mapping.changed_by(method, response.status)
        raise AnswerTooLarge(f"more than {MAX_ANSWER_BYTES} bytes", status=response.status, changed=changed)
    return body
