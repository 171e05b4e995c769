"""One form, one act: whoever sends a form again gets what the first sending came to."""

import logging
import time

from werkzeug.wrappers import Response as BaseResponse

from webapp.activity import entries
from webapp.activity.change import RecordedChange
from webapp.activity.entries import AlreadyBegun, Entry, NotRecorded
from webapp.site.context import CHANGE, time_left
from webapp.site.failures import Failure
from webapp.store import StoreError

log = logging.getLogger(__name__)

LOOKED_EVERY = (0.02, 0.5)
"""Seconds between two looks at what the first is at: the first pause, and the longest."""

NOT_RECORDED = Failure(
    "We could not record this",
    "What can't be recorded is not sent to Messente, so nothing was changed by it. Try again in a minute.",
    503,
)
NOT_KNOWN = Failure(
    "We could not look whether this form was sent before",
    "It was not sent to Messente now. Look at your groups before you try again.",
    503,
)
USED = Failure(
    "This form was sent before, with something else in it",
    "Nothing more was changed. Look at what is in it now, and send it again if you still want that.",
    409,
)


def once(change: RecordedChange) -> BaseResponse:
    """Carry out a change, unless its form has been sent before: then tell what became of that."""
    form = change.form
    if not form.validate():
        return change.page()
    form.keep_token()  # as long as it is not known to have acted, it stays the same form
    try:
        first = entries.find(form.key)
        if first is None:
            answer = _attempt(change)
            if isinstance(answer, Entry):
                form.renew_token()
                return change.tell(answer)
            # What this one saw in the phonebook may be the work of another with the same form.
            first = entries.find(form.key)
            if first is None and answer is not None:
                return answer
        return _repeat(change, first)
    except NotRecorded as error:
        log.error("not recorded", extra={"reason": str(error)})
        return change.page(failure=NOT_RECORDED)
    except StoreError as error:
        log.error("not looked up", extra={"reason": str(error)})
        return change.page(failure=NOT_KNOWN)


def _attempt(change: RecordedChange) -> BaseResponse | Entry | None:
    try:
        return change.attempt()
    except AlreadyBegun:
        return None


def _repeat(change: RecordedChange, first: Entry | None) -> BaseResponse:
    """Wait until whoever has begun it has ended it, as long as a page has time for, and tell how that ended."""
    pause, longest = LOOKED_EVERY
    while first and first.is_under_way and (left := time_left(CHANGE)):
        time.sleep(min(pause, left))
        pause = min(2 * pause, longest)
        first = entries.find(change.form.key)
    if first is None:
        raise StoreError("an entry has gone")
    if not first.is_under_way:
        change.form.renew_token()
    if not change.asked_for(first):
        return change.page(failure=USED)
    change.is_repeat = True
    return change.tell(first)
