"""What was done to one group."""

import logging

from webapp.activity import entries
from webapp.activity.listing import Row, latest
from webapp.groups import outcomes
from webapp.phonebook import Group, Rows
from webapp.site.context import store
from webapp.store import StoreError

SHOWN = 10

log = logging.getLogger(__name__)


def history(group: Group) -> list[Row] | None:
    """Return the newest entries of a group; None where they can't be read.

    Args:
        group: as it is now, which may tell how a change ended whose outcome was not known.

    """
    try:
        with store().read() as connection:
            undecided = entries.undecided(connection, group.id)
        outcomes.settle(undecided, Rows((group,)))
        return latest(group.id, SHOWN)
    except StoreError as error:
        log.error("history not read", extra={"reason": str(error)})
        return None
