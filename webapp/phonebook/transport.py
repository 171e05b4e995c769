"""The one way by which a request reaches the API."""

import logging
import ssl
import time
from collections.abc import Iterator
from http.cookiejar import DefaultCookiePolicy
from typing import NoReturn

import msgspec
import requests
import requests.adapters
import requests.auth
import urllib3.exceptions

from webapp.phonebook.errors import (
    AccessRefused,
    Changed,
    Conflict,
    ConnectionLost,
    InvalidData,
    NotFound,
    NotSent,
    PhonebookError,
    Refused,
    ServerFailed,
    TimedOut,
    TooManyRequests,
    UnreadableAnswer,
)

log = logging.getLogger(__name__)

LARGEST_ANSWER = 48 * 1024 * 1024
"""Bytes after decompression. A group takes some 140, so 100,000 of them with long names fit."""

REFUSALS: dict[int, type[Refused]] = {
    400: InvalidData,
    401: AccessRefused,
    403: AccessRefused,
    404: NotFound,
    409: Conflict,
    429: TooManyRequests,
}

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


class Transport:
    """Sends requests to one phonebook over pooled connections. Safe between threads, not across a fork.

    It believes nothing but its arguments: no proxy, netrc entry or CA bundle of the environment, no redirect and no
    cookie of the API. It repeats nothing.

    Args:
        url: the API's address, without the closing slash.
        username: for HTTP basic authentication, sent as UTF-8.
        password: likewise.
        connect_timeout: seconds for making a connection.
        read_timeout: seconds of silence that end the wait for an answer.
        connections: how many are kept open.

    """

    def __init__(
        self,
        url: str,
        username: str,
        password: str,
        *,
        connect_timeout: float,
        read_timeout: float,
        connections: int,
    ) -> None:
        self._url = url
        self._timeout = (connect_timeout, read_timeout)
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.auth = requests.auth.HTTPBasicAuth(username.encode(), password.encode())
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self._session.headers.update({"Accept": "application/json", "User-Agent": "phonebook-dashboard"})
        adapter = requests.adapters.HTTPAdapter(pool_connections=1, pool_maxsize=connections, max_retries=0)
        self._session.mount(url, adapter)

    def send(self, method: str, path: str, *, expect: int, json: object = None) -> bytes:
        """Send one request and return the body of its answer.

        Args:
            method: GET, POST, PUT, PATCH or DELETE.
            path: below the API's address, already quoted.
            expect: the status by which the API says that all went well.
            json: what to send as the body.

        Raises:
            PhonebookError: of the kind that says what happened; see `webapp.phonebook.errors`.

        """
        started = time.monotonic()
        outcome = "done"
        try:
            return self._send(method, path, expect, json)
        except PhonebookError as error:
            outcome = type(error).__name__
            raise
        finally:
            milliseconds = round((time.monotonic() - started) * 1000)
            log.info(
                "phonebook call",
                extra={"method": method, "api_path": path, "outcome": outcome, "ms": milliseconds},
            )

    def _send(self, method: str, path: str, expect: int, json: object) -> bytes:
        changed = Changed.NO if method == "GET" else Changed.UNKNOWN
        status = None
        try:
            with self._session.request(
                method, self._url + path, json=json, timeout=self._timeout, allow_redirects=False, stream=True
            ) as response:
                status = response.status_code
                if status == expect and method != "GET":
                    changed = Changed.YES
                body: bytes = response.raw.read(LARGEST_ANSWER + 1, decode_content=True)
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            _raise_fault(error, status, changed)
        if status == expect and len(body) <= LARGEST_ANSWER:
            return body
        if 400 <= status < 500:
            raise _refusal(status, body, response.headers.get("Retry-After", ""))
        if status >= 500:
            raise ServerFailed(
                status=status, retry_after=_seconds(response.headers.get("Retry-After", "")), changed=changed
            )
        raise UnreadableAnswer(f"HTTP status {status} with {len(body)} bytes", status=status, changed=changed)


def _raise_fault(error: Exception, status: int | None, changed: Changed) -> NoReturn:
    """Name what went wrong below HTTP, given the status if one had come by then."""
    causes = list(_causes(error))
    kind: type[PhonebookError]
    if status is None and any(isinstance(cause, NOT_SENT) for cause in causes):
        raise NotSent(str(error)) from error
    if any(isinstance(cause, requests.Timeout | urllib3.exceptions.TimeoutError | TimeoutError) for cause in causes):
        kind = TimedOut
    elif isinstance(error, urllib3.exceptions.DecodeError):
        kind = UnreadableAnswer
    else:
        kind = ConnectionLost
    if status is not None and 400 <= status < 500:
        kind, changed = REFUSALS.get(status, Refused), Changed.NO  # the status alone says no
    raise kind(str(error), status=status, changed=changed) from error


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _refusal(status: int, body: bytes, retry_after: str) -> Refused:
    code, detail = None, ""
    try:
        first = msgspec.json.decode(body, type=_ErrorBody).errors[0]
        code, detail = str(first.code or "") or None, (first.detail or "")[:300]
    except (msgspec.MsgspecError, ValueError, IndexError, RecursionError):
        pass  # the status has said it all
    return REFUSALS.get(status, Refused)(status=status, code=code, detail=detail, retry_after=_seconds(retry_after))


def _seconds(retry_after: str) -> int | None:
    """Read a Retry-After header given in seconds; None for the date form or nonsense."""
    return int(retry_after) if retry_after.isascii() and retry_after.isdigit() and len(retry_after) < 7 else None
