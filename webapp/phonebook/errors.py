"""What can go wrong between the dashboard and Messente, named by meaning.

    PhonebookError
    ├── NotSent              the request never left: nothing was changed
    │   ├── NotAsked         it could not be recorded first
    │   └── OutOfTime        the time for it had passed before
    ├── Refused              Messente said no, and changed nothing
    │   ├── InvalidData      400: what was sent is not acceptable
    │   ├── AccessRefused    401, 403: the dashboard's credentials
    │   ├── NotFound         404 in the API's own words (code 203)
    │   ├── Conflict         409
    │   └── TooManyRequests  429
    └── NoClearAnswer        it was sent, and what became of it is not known for sure
        ├── TimedOut
        ├── ConnectionLost
        ├── ServerFailed     5xx
        └── UnreadableAnswer a redirect, an undocumented success, or a body that is not what was promised
            └── AnswerTooLarge

Every error knows whether the change that was asked for has happened (`changed`). A read changes nothing, so for a read
the answer is always no.
"""

from enum import Enum
from typing import Any


class Changed(Enum):
    """Whether the change that was asked for has happened in the phonebook."""

    NO = "no"
    UNKNOWN = "unknown"
    YES = "yes"


class PhonebookError(Exception):
    """A call to the API that didn't end as it should.

    Attributes:
        status: the HTTP status, where an answer came.
        code: the API's own error code, such as "201".
        detail: what the API said of it, in its words; not to be trusted as HTML, at most 300 characters.
        retry_after: seconds that the API asks to wait, where it does.
        changed: whether the change has happened.
        lasting: whether the same call will fail again until somebody puts something right; asking again doesn't help.

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
    """It could not be recorded that the call was to be made, so it was not made."""


class OutOfTime(NotSent):
    """The time in which the call had to be over had passed before it began."""


class Refused(PhonebookError):
    """The API refused the request (4xx)."""


class InvalidData(Refused):
    """The API can't accept what was sent (400)."""


class AccessRefused(Refused):
    """The API refused the dashboard's own credentials (401, 403)."""


class NotFound(Refused):
    """What was asked for isn't in the phonebook (404)."""


class Conflict(Refused):
    """What was asked for stands against what the phonebook holds (409)."""


class TooManyRequests(Refused):
    """The API asks to slow down (429)."""


class NoClearAnswer(PhonebookError):
    """The request was sent, but no answer came that says what became of it."""


class TimedOut(NoClearAnswer):
    """No complete answer came in time."""


class ConnectionLost(NoClearAnswer):
    """The connection broke before the answer was complete."""


class ServerFailed(NoClearAnswer):
    """The API itself failed (5xx)."""


class UnreadableAnswer(NoClearAnswer):
    """An answer came that isn't what the API promises."""


class AnswerTooLarge(UnreadableAnswer):
    """An answer came that is larger than what the dashboard takes in. So it will be the next time."""

    def __init__(self, message: str = "", **known: Any) -> None:
        super().__init__(message, **known | {"lasting": True})
