"""Map exceptions and HTTP responses to the errors in `errors.py`, and decide whether the change has happened."""

import os
import re
import socket
import ssl
from collections.abc import Iterator

import msgspec
import requests
import urllib3

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

MISSING_RESOURCE = "203"
ERRORS_BY_STATUS: dict[int, type[Refused]] = {
    400: InvalidData,
    401: AccessRefused,
    403: AccessRefused,
    404: NotFound,
    409: Conflict,
    429: TooManyRequests,
}

# Only these prove that no request was sent.
NOT_SENT_ERRORS = (
    urllib3.exceptions.NewConnectionError,
    urllib3.exceptions.NameResolutionError,
    urllib3.exceptions.ConnectTimeoutError,
    ssl.SSLCertVerificationError,
)
TIMEOUT_ERRORS = (requests.Timeout, urllib3.exceptions.TimeoutError, TimeoutError)

LASTING_STATUSES = frozenset({501, 505})
"""Statuses of a server that will never handle the request, so retrying is useless."""

_NO_SUCH_NAME = {socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)}
_NO_TLS = re.compile("WRONG_VERSION_NUMBER|UNSUPPORTED_PROTOCOL|ALERT_PROTOCOL_VERSION|HANDSHAKE_FAILURE|_REQUIRED")


class _ErrorItem(msgspec.Struct):
    code: str | int | None = None
    detail: str | None = None


class _ErrorBody(msgspec.Struct):
    errors: list[_ErrorItem]


_ERRORS = msgspec.json.Decoder(_ErrorBody)


def changed_by(method: str, status: int | None) -> Changed:
    """Return what a request has changed, judged by the status only.

    Only 201 proves a change: a 200 may be a proxy's page.
    """
    if method == "GET":
        return Changed.NO
    return Changed.YES if status == 201 else Changed.UNKNOWN


def error_from_exception(error: Exception, method: str, status: int | None, *, expired: bool) -> PhonebookError:
    """Map an exception of the HTTP library.

    Args:
        error: raised by requests, urllib3 or the socket.
        method: of the request.
        status: of the response, if its headers had been read; otherwise None.
        expired: whether the watchdog ended the call.

    """
    causes = list(_causes(error))
    message = " < ".join(dict.fromkeys(_kind(cause) for cause in causes))
    if status is None and any(isinstance(cause, NOT_SENT_ERRORS) for cause in causes):
        return NotSent(message, lasting=_is_lasting(causes))
    if status is not None and 400 <= status < 500:
        return _refusal(method, status, b"", None)  # the status is enough
    kind: type[PhonebookError] = ConnectionLost
    if expired or any(isinstance(cause, TIMEOUT_ERRORS) for cause in causes):
        kind = TimedOut
    elif isinstance(error, urllib3.exceptions.DecodeError):
        kind = UnreadableAnswer
    return kind(message, status=status, changed=changed_by(method, status), lasting=_is_lasting(causes))


def error_from_answer(method: str, status: int, body: bytes, retry_after: str) -> PhonebookError:
    """Map a response with an unexpected status.

    Args:
        method: of the request.
        status: of the response.
        body: of the response, possibly cut off.
        retry_after: the Retry-After header.

    """
    seconds = _seconds(retry_after)
    if 400 <= status < 500:
        return _refusal(method, status, body, seconds)
    changed = changed_by(method, status)
    if status >= 500:
        lasting = status in LASTING_STATUSES
        return ServerFailed(status=status, retry_after=seconds, changed=changed, lasting=lasting)
    said = f"HTTP status {status} with {len(body)} bytes"
    return UnreadableAnswer(said, status=status, changed=changed, lasting=300 <= status < 400)


def is_temporary(error: PhonebookError) -> bool:
    """Whether a read may be retried at once. If the API sent Retry-After, it may not."""
    if isinstance(error, ServerFailed):
        return error.status in {502, 503, 504} and error.retry_after is None
    return isinstance(error, NotSent | ConnectionLost) and not isinstance(error, OutOfTime) and not error.lasting


def _refusal(method: str, status: int, body: bytes, retry_after: int | None) -> Refused:
    code, detail = None, ""
    try:
        first = _ERRORS.decode(body).errors[0]
        code, detail = str(first.code or "") or None, (first.detail or "")[:300]
    except (msgspec.MsgspecError, ValueError, IndexError, RecursionError):
        pass  # the status is enough
    kind = ERRORS_BY_STATUS.get(status, Refused)
    if kind is NotFound and code != MISSING_RESOURCE:
        kind = Refused  # a gateway's 404 doesn't mean that the contact or group is missing
    if kind in {InvalidData, Conflict} and method == "GET":
        kind = Refused  # a GET sends no data that could be invalid or conflict
    return kind(status=status, code=code, detail=detail, retry_after=retry_after)


def _is_lasting(causes: list[BaseException]) -> bool:
    """Whether a retry can't help: unknown host name, untrusted certificate, or no usable TLS version."""
    for cause in causes:
        if isinstance(cause, ssl.SSLCertVerificationError | UnicodeError):
            return True
        if isinstance(cause, socket.gaierror) and cause.errno in _NO_SUCH_NAME:
            return True
        if isinstance(cause, ssl.SSLError) and _NO_TLS.search(cause.reason or ""):
            return True
    return False


def _seconds(retry_after: str) -> int | None:
    """Parse a Retry-After header in seconds; return None for a date or an invalid value."""
    return int(retry_after) if retry_after.isascii() and retry_after.isdigit() and len(retry_after) < 7 else None


def _kind(error: BaseException) -> str:
    """Describe an exception without its message, which may quote a request or response and so personal data."""
    kind = type(error).__name__
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"{kind} ({error.verify_message})"
    if isinstance(error, ssl.SSLError):
        return f"{kind} ({error.reason})"
    if isinstance(error, OSError) and isinstance(error.errno, int):
        return f"{kind} ({os.strerror(error.errno)})"
    return kind


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
