"""Make the calls to the API that a plan consists of."""

from collections.abc import Sequence

from webapp.actions.models import Change, ChangeKind, PlannedChange
from webapp.phonebook import Group, PhonebookClient
from webapp.phonebook.errors import Conflict, PhonebookError
from webapp.web.current import BEGIN, time_left
from webapp.web.error_pages import log_failure

NO_TIME = "there was no time left for it"
STEP_FAILED = "the step before it had not clearly worked, so this one was not sent"


def run_step(
    step: Sequence[tuple[PlannedChange, Change]], client: PhonebookClient, *, one_of_many: bool = False
) -> list[Change]:
    """Make the calls of a step in order until one fails; return the changes with their outcomes.

    Args:
        step: the changes, planned and recorded.
        client: knows by when the calls have to be over.
        one_of_many: make no call if it is too late to begin: a call that the deadline cuts off has an unknown outcome.

    """
    results: list[Change] = []
    skip_reason = NO_TIME if one_of_many and not time_left(BEGIN) else ""
    for planned, change in step:
        if planned.skip_reason:
            continue
        if skip_reason:
            results.append(change.skipped(skip_reason))
            continue
        try:
            results.append(change.ended_with(None, make_call(planned, client)))
        except PhonebookError as error:
            log_failure(error)
            results.append(change.ended_with(error))
            # A conflict means that somebody else has made the same change meanwhile.
            if not (isinstance(error, Conflict) and planned.kind in {ChangeKind.CREATE_CONTACT, ChangeKind.ADD}):
                skip_reason = STEP_FAILED
    return results


def make_call(change: PlannedChange, client: PhonebookClient) -> Group | None:
    """Make the call of a change; return the group that it created or renamed.

    Raises:
        PhonebookError: its `changed` says whether the change has happened.

    """
    group_id, number, name = change.group.id if change.group else None, change.number, change.name
    match change.kind:
        case ChangeKind.CREATE if name is not None:
            return client.create_group(name)
        case ChangeKind.RENAME if group_id and name is not None:
            return client.rename_group(group_id, name)
        case ChangeKind.DELETE if group_id:
            client.delete_group(group_id)
        case ChangeKind.ADD if group_id and number:
            client.add_to_group(group_id, number)
        case ChangeKind.REMOVE if group_id and number:
            client.remove_from_group(group_id, number)
        case ChangeKind.CREATE_CONTACT if number:
            client.create_contact(number, change.details)
        case ChangeKind.CHANGE_CONTACT if number:
            client.update_contact(number, change.details)
        case ChangeKind.DELETE_CONTACT if number:
            client.delete_contact(number)
        case _:
            raise ValueError(f"{change.kind} lacks its group, name or number")
    return None
