"""The one way by which a request reaches the API."""

import logging
import os
import random
import re
import ssl
import threading
import time
from base64 import b64encode
from collections.abc import Iterator
from functools import lru_cache
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import msgspec
import requests
import urllib3

from webapp.phonebook.deadline import Call, Watchdog, WatchedAdapter
from webapp.phonebook.errors import (
    AccessRefused,
    Changed,
    Conflict,
    ConnectionLost,
    InvalidData,
    NotFound,
    NotSent,
    OutOfTime,
    PhonebookError,
    Refused,
    ServerFailed,
    TimedOut,
    TooManyRequests,
    UnreadableAnswer,
)
from webapp.phonebook.kept import Turn

log = logging.getLogger(__name__)

LARGEST_ANSWER = 32 * 1024 * 1024
"""Bytes after decompression. A group takes some 140, so 100,000 of them with long names fit."""
LARGEST_REFUSAL = 64 * 1024
PIECE = 128 * 1024
"""Bytes that are compared at a time with the last answer: so many stay in the processor's cache."""
PREPARED = 64
"""Requests without a body that are kept ready, the latest used ones: nothing in them changes."""
SHORT = 1024 * 1024
"""Bytes of an answer that is another than the last which any number of calls may hold."""

MISSING_RESOURCE = "203"
REFUSALS: dict[int, type[Refused]] = {
    400: InvalidData,
    401: AccessRefused,
    403: AccessRefused,
    404: NotFound,
    409: Conflict,
    429: TooManyRequests,
}

# Phone numbers are personal data, which no log line and no error holds.
_NUMBERS = re.compile(r"(?:%2B|\+|(?<=/))[0-9]+(?=[/?\s]|$)")

# Only these prove that no request left this machine.
NOT_SENT = (
    urllib3.exceptions.NewConnectionError,
    urllib3.exceptions.NameResolutionError,
    urllib3.exceptions.ConnectTimeoutError,
    ssl.SSLCertVerificationError,
)


class _ErrorItem(msgspec.Struct):
    code: str | int | None = None
    detail: str | None = None


class _ErrorBody(msgspec.Struct):
    errors: list[_ErrorItem]


class _OneHost(WatchedAdapter):
    """Finds the way to the one host that is asked once, and not for every request anew."""

    _pool: Any = None

    def get_connection_with_tls_context(self, *args: Any, **kwargs: Any) -> Any:
        """Return the connections to it."""
        if self._pool is None:
            self._pool = super().get_connection_with_tls_context(*args, **kwargs)
        return self._pool


class Transport:
    """Sends requests to one phonebook over pooled connections. Safe between threads and across forks.

    It believes nothing but its arguments: no proxy, netrc entry or CA bundle of the environment, no redirect and no
    cookie of the API. A read is tried again where that may help; a write is sent once.

    Args:
        url: the API's address, without the closing slash.
        username: for HTTP basic authentication, sent as UTF-8.
        password: likewise.
        connect_timeout: seconds for connecting to one address.
        deadline: seconds for a whole call, unless the call has its own.
        backoff: seconds, on average, before a read is tried again; twice that before the second time.
        connections: how many are kept open.

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
        self._prepared = lru_cache(PREPARED)(self._prepare)
        self._connecting = threading.Lock()

    def send(
        self,
        method: str,
        path: str,
        *,
        expect: int,
        json: object = None,
        expires: float | None = None,
        turn: Turn | None = None,
    ) -> bytes:
        """Send one request and return the body of its answer.

        Args:
            method: GET, POST, PUT, PATCH or DELETE.
            path: below the API's address, already quoted.
            expect: the status by which the API says that all went well.
            json: what to send as the body.
            expires: when the call has to be over, as a time of `time.monotonic()`. Only looking up the API's name may
                take longer.
            turn: has the last answer. If this is the same, that very object is returned.

        Raises:
            PhonebookError: of the kind that says what happened; see `webapp.phonebook.errors`.

        """
        expires = expires or time.monotonic() + self._deadline
        if time.monotonic() >= expires:
            raise OutOfTime("no time is left for it")
        for pause in (self._backoff, 2 * self._backoff) if method == "GET" else ():
            pause *= random.uniform(0.5, 1.5)  # noqa: S311  # nosec B311 - spreads the load, and hides nothing
            try:
                return self._logged(method, path, expect, json, expires, turn)
            except (NotSent, ConnectionLost, ServerFailed) as error:
                if not _is_passing(error) or time.monotonic() + pause >= expires:
                    raise
                time.sleep(pause)
        return self._logged(method, path, expect, json, expires, turn)

    def _logged(self, method: str, path: str, expect: int, json: object, expires: float, turn: Turn | None) -> bytes:
        started = time.monotonic()
        outcome = "done"
        try:
            return self._send(method, path, expect, json, expires, turn)
        except PhonebookError as error:
            outcome = type(error).__name__
            raise
        finally:
            milliseconds = round((time.monotonic() - started) * 1000)
            log.info(
                "phonebook call",
                extra={
                    "method": method,
                    "api_path": _NUMBERS.sub("*", path),
                    "outcome": outcome,
                    "ms": milliseconds,
                },
            )

    def _send(self, method: str, path: str, expect: int, json: object, expires: float, turn: Turn | None) -> bytes:
        status = None
        session, watchdog = self._connected()
        request = self._prepared(method, path) if json is None else self._prepare(method, path, json)
        with watchdog.watch(expires) as call:
            try:
                with session.send(
                    request,
                    timeout=(min(self._connect_timeout, call.remaining), call.remaining),
                    allow_redirects=False,
                    stream=True,
                    proxies={},
                ) as response:
                    call.check()  # a head that the deadline cut off passes for a whole one
                    status = response.status_code
                    most = LARGEST_ANSWER if status == expect else LARGEST_REFUSAL
                    body = _read(response.raw, most, turn if status == expect else None, call)
                    call.check()
            except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
                raise _fault(error, method, status, expired=call.expired) from error
        if status == expect and len(body) <= most:
            return body
        retry_after = _seconds(response.headers.get("Retry-After", ""))
        if 400 <= status < 500:
            raise _refusal(method, status, body, retry_after)
        changed = changed_by(method, status)
        if status >= 500:
            raise ServerFailed(status=status, retry_after=retry_after, changed=changed)
        raise UnreadableAnswer(f"HTTP status {status} with {len(body)} bytes", status=status, changed=changed)

    def _prepare(self, method: str, path: str, json: object = None) -> requests.PreparedRequest:
        # Without the session, whose merging of settings takes half of a call's time and has nothing to merge.
        request = requests.PreparedRequest()
        request.prepare(method, self._url + path, headers=self._headers, json=json)
        return request

    def _connected(self) -> tuple[requests.Session, Watchdog]:
        """Return this process's session: connections that two processes share mix up their answers."""
        if self._process != os.getpid():
            with self._connecting:
                if self._process != os.getpid():
                    session = requests.Session()
                    session.trust_env = False
                    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
                    adapter = _OneHost(pool_connections=1, pool_maxsize=self._connections, max_retries=0)
                    session.mount(self._url, adapter)
                    self._session, self._watchdog = session, Watchdog()
                    self._process = os.getpid()
        return self._session, self._watchdog


def _read(response: urllib3.BaseHTTPResponse, most: int, turn: Turn | None, call: Call) -> bytes:
    """Read a body, up to one byte more than is allowed.

    While it is the same as the last one, no more than a piece of it is held: a long list that nobody has changed, which
    is the common case, costs no memory, and less time than to copy it. The rest is read at once, as far as it is not
    long; before more of it is held, it is this call's turn, and the last one may by then be what comes here.
    """
    size, last = 0, turn.last if turn else b""
    while True:
        piece = b""
        while last and (piece := response.read(PIECE, decode_content=True)) and last.startswith(piece, size):
            size += len(piece)
        if last and not piece:
            return last if size == len(last) else last[:size]
        short = min(SHORT, most + 1 - size - len(piece)) if turn else most + 1
        piece += response.read(max(0, short), decode_content=True)
        if not turn or len(piece) < SHORT:
            return b"".join((memoryview(last)[:size], piece))
        if not turn.take(call.remaining):
            raise TimeoutError("other long answers came first")
        if turn.last is last or not (turn.last.startswith(piece, size) and turn.last.startswith(last[:size])):
            rest = response.read(max(0, most + 1 - size - len(piece)), decode_content=True)
            return b"".join((memoryview(last)[:size], piece, rest))
        size, last = size + len(piece), turn.last


def changed_by(method: str, status: int | None) -> Changed:
    """Say what a request has changed, of whose answer nothing but the status can be read.

    Only 201 proves a change: a 200 may be the page of a proxy that knows nothing of it.
    """
    if method == "GET":
        return Changed.NO
    return Changed.YES if status == 201 else Changed.UNKNOWN


def _is_passing(error: PhonebookError) -> bool:
    """Whether the same read may succeed a moment later. An API that says when to come back is not asked before."""
    return not isinstance(error, ServerFailed) or (error.status in {502, 503, 504} and error.retry_after is None)


def _fault(error: Exception, method: str, status: int | None, *, expired: bool) -> PhonebookError:
    """Name what went wrong below HTTP, given the status if one had come by then."""
    causes = list(_causes(error))
    message = _NUMBERS.sub("*", str(error))
    if status is None and any(isinstance(cause, NOT_SENT) for cause in causes):
        return NotSent(message)
    if status is not None and 400 <= status < 500:
        return _refusal(method, status, b"", None)  # the status alone says no
    kind: type[PhonebookError] = ConnectionLost
    timeouts = (requests.Timeout, urllib3.exceptions.TimeoutError, TimeoutError)
    if expired or any(isinstance(cause, timeouts) for cause in causes):
        kind = TimedOut
    elif isinstance(error, urllib3.exceptions.DecodeError):
        kind = UnreadableAnswer
    return kind(message, status=status, changed=changed_by(method, status))


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _refusal(method: str, status: int, body: bytes, retry_after: int | None) -> Refused:
    code, detail = None, ""
    try:
        first = msgspec.json.decode(body, type=_ErrorBody).errors[0]
        code, detail = str(first.code or "") or None, (first.detail or "")[:300]
    except (msgspec.MsgspecError, ValueError, IndexError, RecursionError):
        pass  # the status has said it all
    kind = REFUSALS.get(status, Refused)
    if kind is NotFound and code != MISSING_RESOURCE:
        kind = Refused  # a gateway's 404 says nothing of what the phonebook holds
    if kind in {InvalidData, Conflict} and method == "GET":
        kind = Refused  # nothing was sent that could be either
    return kind(status=status, code=code, detail=detail, retry_after=retry_after)


def _seconds(retry_after: str) -> int | None:
    """Read a Retry-After header given in seconds; None for the date form or nonsense."""
    return int(retry_after) if retry_after.isascii() and retry_after.isdigit() and len(retry_after) < 7 else None
