"""What a merge of groups has not merged: where it can go on."""

from uuid import UUID

from webapp.actions.models import Action, ChangeKind
from webapp.actions.records import SELECT_CHANGES, to_change
from webapp.store.schema import changes
from webapp.web.current import store

MERGE = "merge"
"""The kind of such an action, see `Plan.kind`."""


def find_unmerged(action: Action) -> tuple[list[UUID], UUID | None]:
    """Return the groups that a merge has not deleted, and the group that stays; None if it is not known.

    Raises:
        StoreError: when they can't be read.

    """
    if action.kind != MERGE:
        return [], None
    kinds = [ChangeKind.CREATE, ChangeKind.DELETE]
    query = SELECT_CHANGES.where(changes.c.action_id == action.id, changes.c.kind.in_(kinds)).order_by(changes.c.id)
    with store().read() as connection:
        made = list(map(to_change, connection.execute(query)))
    stays = [each.group_id if each.kind is ChangeKind.CREATE else each.merged_into for each in made]
    left = [each.group_id for each in made if each.kind is ChangeKind.DELETE and not each.has_effect]
    return [group_id for group_id in left if group_id], next(filter(None, stays), None)
