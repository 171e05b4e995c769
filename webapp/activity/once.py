"""One form, one act: whoever sends a form again gets what the first sending came to."""

import logging
import time
from typing import Protocol

from flask import Response
from werkzeug.wrappers import Response as BaseResponse

from webapp.activity import entries
from webapp.activity.entries import AlreadyBegun, Entry
from webapp.site.context import CHANGE, time_left
from webapp.site.failures import Failure
from webapp.site.forms import OnceForm
from webapp.store import StoreError

log = logging.getLogger(__name__)

LOOKED_EVERY = (0.02, 0.5)
"""Seconds between two looks at what the first is at: the first pause, and the longest."""

NOT_RECORDED = Failure(
    "We could not record this",
    "What can't be recorded is not sent to Messente, so nothing was changed by it. Try again in a minute.",
    503,
)
USED = Failure(
    "This form was sent before, with something else in it",
    "Nothing more was changed. Look at what is in it now, and send it again if you still want that.",
    409,
)


class Change(Protocol):
    """A change that a reader has asked for by a form."""

    form: OnceForm

    def attempt(self) -> BaseResponse | Entry:
        """Check, then begin and do it; or answer with a page, having begun nothing."""

    def asked_for(self, entry: Entry) -> bool:
        """Whether it is this that an entry has recorded."""

    def tell(self, entry: Entry) -> BaseResponse:
        """Say how it ended, or how far it is."""

    def page(self, *, failure: Failure | None = None) -> Response:
        """Show the form again."""


def once(change: Change) -> BaseResponse:
    """Carry out a change, unless its form has been sent before: then tell what became of that."""
    form = change.form
    if not form.validate():
        return change.page()
    try:
        first = entries.find(form.key)
        if first is None:
            try:
                answer = change.attempt()
            except AlreadyBegun:
                answer = change.page(failure=NOT_RECORDED)
            if isinstance(answer, Entry):
                return change.tell(answer)
            # What this one saw in the phonebook may be the work of another with the same form.
            first = entries.find(form.key)
            if first is None:
                return answer
        first = _wait_for(first, form.key)
    except StoreError as error:
        log.error("not recorded", extra={"reason": str(error)})
        form.keep_token()
        return change.page(failure=NOT_RECORDED)
    return change.tell(first) if change.asked_for(first) else change.page(failure=USED)


def _wait_for(entry: Entry, key: str) -> Entry:
    """Wait until whoever has begun it has ended it, as long as a page has time for."""
    pause, longest = LOOKED_EVERY
    while entry.is_under_way and (left := time_left(CHANGE)):
        time.sleep(min(pause, left))
        pause = min(2 * pause, longest)
        entry = entries.find(key) or entry
    return entry
