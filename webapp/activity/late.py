"""How a change ended, recorded as soon as the store can be written to again."""

import logging
import threading
import time
from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, update

from webapp.site.context import store as store_here
from webapp.store import Store, StoreError
from webapp.store.schema import activity

FOR = 600
"""Seconds for which it is tried. What is still open then is looked up in the phonebook, where that shows it."""
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30
"""Seconds between two attempts."""

log = logging.getLogger(__name__)


def record(which: ColumnElement[bool], values: Mapping[str, Any]) -> None:
    """Go on trying to record it in the background, for entries that nobody else has settled until then.

    Entries that are not there may be yet: PostgreSQL may still be at writing them.
    """
    condition = which & (activity.c.outcome == "started")
    threading.Thread(target=_try, args=(store_here(), condition, dict(values)), daemon=True).start()


def _try(store: Store, which: ColumnElement[bool], values: dict[str, Any]) -> None:
    end, pause, reason = time.monotonic() + FOR, FIRST_PAUSE, "there is no such entry"
    while time.monotonic() < end:
        time.sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE)
        try:
            with store.write() as connection:
                settled = {"settled": store.now()} | values
                if connection.execute(update(activity).where(which).values(settled)).rowcount:
                    return
        except StoreError as error:
            reason = str(error)
    log.error("not recorded", extra={"reason": reason})
