"""The errors that a call to Messente's API can raise, named by meaning.

    PhonebookError
    ├── NotSent              the request was never sent, so nothing was changed
    │   ├── NotAsked         the action could not be recorded first
    │   └── OutOfTime        the deadline had passed already
    │       └── RateLimited  the rate limit allows no call before the deadline
    ├── Refused              the API refused the request and changed nothing
    │   ├── InvalidData      400: the API can't accept the data
    │   ├── AccessRefused    401, 403: the dashboard's credentials are wrong
    │   ├── NotFound         404 with the API's own error code (203)
    │   ├── Conflict         409
    │   └── TooManyRequests  429
    └── NoClearAnswer        the request was sent, but its outcome may be unknown
        ├── TimedOut
        ├── ConnectionLost
        ├── ServerFailed     5xx
        └── UnreadableAnswer a redirect, an undocumented success, or a body of the wrong shape
            └── AnswerTooLarge
                └── TooLongForPage

Every error says whether the requested change has happened (`changed`). For a read that is always Changed.NO.
"""

from enum import Enum
from typing import Any


class Changed(Enum):
    """Whether the requested change has happened in the phonebook."""

    NO = "no"
    UNKNOWN = "unknown"
    YES = "yes"


class PhonebookError(Exception):
    """A call to the API failed.

    Attributes:
        status: the HTTP status; None without a response.
        code: the API's own error code, such as "201"; None without one.
        detail: the API's error message, at most 300 characters. Untrusted: escape it in HTML.
        retry_after: seconds that the API asks to wait; None if it doesn't.
        changed: whether the change has happened.
        lasting: whether a retry is bound to fail until somebody fixes the cause.

    """

    def __init__(
        self,
        message: str = "",
        *,
        status: int | None = None,
        code: str | None = None,
        detail: str = "",
        retry_after: int | None = None,
        changed: Changed = Changed.NO,
        lasting: bool = False,
    ) -> None:
        super().__init__(message or detail or f"HTTP status {status}")
        self.status = status
        self.code = code
        self.detail = detail
        self.retry_after = retry_after
        self.changed = changed
        self.lasting = lasting


class NotSent(PhonebookError):
    """No connection could be made, so nothing was sent."""


class NotAsked(NotSent):
    """The action could not be recorded in the store, so the call was not made."""


class OutOfTime(NotSent):
    """The deadline had passed before the call began."""


class RateLimited(OutOfTime):
    """Too many calls are made, or the API has asked to slow down: none may begin before the deadline."""


class Refused(PhonebookError):
    """The API refused the request (4xx)."""


class InvalidData(Refused):
    """The API can't accept the data of the request (400)."""


class AccessRefused(Refused):
    """The API refused the dashboard's own credentials (401, 403)."""


class NotFound(Refused):
    """The group, contact or membership isn't in the phonebook (404)."""


class Conflict(Refused):
    """The request conflicts with the phonebook's current state (409), such as a number that exists already."""


class TooManyRequests(Refused):
    """The API asks to slow down (429)."""


class NoClearAnswer(PhonebookError):
    """The request was sent, but no response says clearly what happened."""


class TimedOut(NoClearAnswer):
    """No complete response came before the deadline."""


class ConnectionLost(NoClearAnswer):
    """The connection broke before the response was complete."""


class ServerFailed(NoClearAnswer):
    """The API itself failed (5xx)."""


class UnreadableAnswer(NoClearAnswer):
    """The response doesn't follow the API's documentation."""


class AnswerTooLarge(UnreadableAnswer):
    """The response is larger than the dashboard accepts. A retry would fail as well."""

    def __init__(self, message: str = "", **known: Any) -> None:
        super().__init__(message, **known | {"lasting": True})


class TooLongForPage(AnswerTooLarge):
    """The list of contacts did not arrive in time, because it is long."""
