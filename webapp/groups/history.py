"""What was done to one group."""

import logging

from webapp.activity import evidence
from webapp.activity.entries import OF_GROUPS
from webapp.activity.listing import Query, Row, latest
from webapp.groups import outcomes
from webapp.phonebook import Group, Rows
from webapp.store import StoreError

SHOWN = 10

log = logging.getLogger(__name__)


def history(group: Group) -> list[Row] | None:
    """Return the newest entries of a group; None where they can't be read.

    Args:
        group: as it is now, which may tell how a change ended whose outcome was not known.

    """
    try:
        outcomes.settle(evidence.undecided(group_id=group.id, kinds=OF_GROUPS), Rows((group,)))
        return latest(Query(group=str(group.id)), SHOWN)
    except StoreError as error:
        log.error("history not read", extra={"reason": str(error)})
        return None
