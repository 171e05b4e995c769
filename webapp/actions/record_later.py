"""Retry in the background to record outcomes that could not be written to the store."""

import logging
import threading
import time
from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, update

from webapp.actions.models import Outcome
from webapp.store import Store, StoreError
from webapp.store.schema import changes
from webapp.web.current import store as current_store

MAX_SECONDS = 600
"""How long to retry. After that, the change is reconciled with the phonebook."""

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30
"""Seconds between two attempts."""

log = logging.getLogger(__name__)


def record_later(which: ColumnElement[bool], values: Mapping[str, Any]) -> None:
    """Record an outcome in a background thread, with retries, unless another one is recorded meanwhile.

    Args:
        which: a condition on `changes`. Rows that don't exist yet may appear: PostgreSQL may still be writing them.
        values: the outcome's columns.

    """
    condition = which & (changes.c.outcome == Outcome.STARTED)
    threading.Thread(target=_try, args=(current_store(), condition, dict(values)), daemon=True).start()


def _try(store: Store, which: ColumnElement[bool], values: dict[str, Any]) -> None:
    end, pause, reason = time.monotonic() + MAX_SECONDS, FIRST_PAUSE, "there is no such change"
    while time.monotonic() < end:
        time.sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE)
        try:
            with store.write() as connection:
                if connection.execute(update(changes).where(which).values({"ended": store.now()} | values)).rowcount:
                    return
        except StoreError as error:
            reason = str(error)
    log.error("not recorded", extra={"reason": reason})
