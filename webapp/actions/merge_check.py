"""Check, just before a merged group is deleted, that the group that stays has all of its members."""

import logging

from sqlalchemy import and_, exists, or_, select

from webapp.actions.models import Change, ChangeKind, JobState, Outcome
from webapp.actions.records import may_be_running
from webapp.phonebook import PhonebookClient
from webapp.phonebook.errors import NotFound
from webapp.store import StoreError
from webapp.store.schema import actions, changes, jobs
from webapp.web.current import store

NOT_CREATED = "it is unclear whether the group that stays was created"
NOT_READ = "its contacts could not all be read"
BEING_DELETED = "somebody is deleting the group that stays"
NOT_LOOKED_UP = "it is unclear whether somebody is deleting the group that stays"

log = logging.getLogger(__name__)


def why_not_merged(change: Change, client: PhonebookClient) -> str | None:
    """Return why a merged group must not be deleted, as a clause; None if it may be, or is gone already.

    Args:
        change: the deletion of the group.
        client: makes three calls.

    Raises:
        PhonebookError: when the groups can't be compared.

    """
    if change.group_id is None or change.merged_into is None:
        return NOT_CREATED
    try:
        if _is_being_deleted(change):
            return BEING_DELETED
    except StoreError as error:
        log.error("not looked up", extra={"change": change.id, "reason": str(error)})
        return NOT_LOOKED_UP
    # The members of the group that is to be deleted are read last: somebody may be adding more.
    stays = client.list_numbers(change.merged_into)
    try:
        counted = client.get_group(change.group_id).contacts_count
    except NotFound:
        return None
    members = client.list_numbers(change.group_id)
    if members.unreadable or len(members.found) < counted:
        return NOT_READ
    if missing := len(members.found - stays.found):
        who = "1 of its contacts is" if missing == 1 else f"{missing:,} of its contacts are"
        return f"{who} not in the group that stays"
    return None


def _is_being_deleted(change: Change) -> bool:
    """Whether another action may delete the group that stays, such as the opposite merge by somebody else.

    Both actions were recorded before either of them gets here, so at least one sees the other.
    """
    is_active = exists().where(jobs.c.action_id == actions.c.id, jobs.c.state == JobState.ACTIVE)
    query = (
        select(changes.c.id)
        .join(actions)
        .where(
            changes.c.group_id == change.merged_into,
            changes.c.kind == ChangeKind.DELETE,
            changes.c.action_id != change.action_id,
            changes.c.outcome.in_([Outcome.PLANNED, Outcome.STARTED, Outcome.UNKNOWN]),
            or_(is_active, and_(changes.c.outcome != Outcome.PLANNED, may_be_running())),
        )
    )
    with store().read() as connection:
        return connection.execute(query.limit(1)).first() is not None
