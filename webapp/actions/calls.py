"""Make the calls to the API that a plan consists of."""

from collections.abc import Sequence

from webapp.actions.merge_check import why_not_merged
from webapp.actions.models import Change, ChangeKind, Outcome
from webapp.phonebook import Group, PhonebookClient
from webapp.phonebook.errors import Conflict, PhonebookError
from webapp.web.error_pages import log_failure

DATA_GONE = "its details are not stored any more"
STEP_FAILED = "the step before it may not have worked, so this one was not sent"

_MAY_BE_SO = frozenset({ChangeKind.CREATE_CONTACT, ChangeKind.ADD, ChangeKind.BLOCK})

_WITH_DETAILS = frozenset({ChangeKind.CREATE_CONTACT, ChangeKind.CHANGE_CONTACT})


def run_step(step: Sequence[Change], client: PhonebookClient) -> list[Change]:
    """Make the calls of a step in order until one fails; return the changes with their outcomes.

    Args:
        step: the recorded changes.
        client: makes the calls.

    """
    results: list[Change] = []
    goes_on = True
    for change in step:
        if change.outcome is Outcome.SKIPPED:
            continue
        if not goes_on or (change.kind is ChangeKind.ADD and change.group_id is None):
            results.append(change.skipped(STEP_FAILED))
            continue
        if change.kind in _WITH_DETAILS and change.asked and not change.details:  # stopped until they had expired
            results.append(change.skipped(DATA_GONE))
            goes_on = False
            continue
        try:
            if change.is_merge and (reason := why_not_merged(change, client)):
                results.append(change.skipped(reason))
                goes_on = False
                continue
            results.append(change.ended_with(None, make_call(change, client)))
        except PhonebookError as error:
            log_failure(error)
            results.append(change.ended_with(error))
            # A conflict means that somebody else has made the same change meanwhile.
            goes_on = isinstance(error, Conflict) and change.kind in _MAY_BE_SO
    return results


def make_call(change: Change, client: PhonebookClient) -> Group | None:
    """Make the call of a change; return the group that it created or renamed.

    Raises:
        PhonebookError: its `changed` says whether the change has happened.

    """
    group_id, number, name = change.group_id, change.number, change.after
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
        case ChangeKind.BLOCK if number:
            client.add_to_blacklist(number)
        case ChangeKind.UNBLOCK if number:
            client.take_off_blacklist(number)
        case _:
            raise ValueError(f"{change.kind} lacks its group, name or number")
    return None
