"""Run the action of a form once, however often the form is submitted. Nothing else changes the phonebook."""

import logging
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from itertools import groupby

from webapp.actions import claims, jobs, records
from webapp.actions.calls import STEP_FAILED, run_step
from webapp.actions.claims import AlreadyClaimed, NotRecorded
from webapp.actions.models import Action, Change, ChangeKind, Outcome
from webapp.actions.not_run import NotRun, StillRunning, too_many_changes
from webapp.actions.plan import Plan
from webapp.actions.reconcile import reconcile
from webapp.phonebook.errors import PhonebookError
from webapp.store import StoreError
from webapp.web.current import phonebook, settings, time_left
from webapp.web.error_pages import log_failure
from webapp.web.failures import Failure
from webapp.web.forms import OnceForm
from webapp.web.time_budget import Budget

NO_TIME = "there was no time left, and the background worker could not take it over"

log = logging.getLogger(__name__)

POLL_SECONDS = (0.02, 0.5)
"""Seconds between two polls of an action that another request is running: the first pause and the longest."""

NOT_RECORDED = Failure(
    "We could not record this",
    "Changes are recorded before they are sent, and that failed. Nothing was changed. Try again in a minute.",
    503,
)
NOT_LOOKED_UP = Failure(
    "We could not check whether this form was sent before",
    "It was not sent to Messente now. Look at your groups before you try again.",
    503,
)
FORM_REUSED = Failure(
    "This form was sent before, with other content",
    "Nothing more was changed. Check what the form says now, and send it again if you still want that.",
    409,
)


def run_once(form: OnceForm, plan: Callable[[], Plan]) -> Action:
    """Run the action of a form, or return the result of its first submission.

    Args:
        form: a valid form.
        plan: reads the phonebook and returns the changes. It is called only at the first submission. It may raise
            NotRun to ask the user something.

    Raises:
        NotRun: when nothing was sent to Messente.
        StillRunning: when another request with the same form has not finished.

    """
    form.keep_token()  # until the action has run, the form that is shown again is the same form
    try:
        if action := records.find_by_form(form.key):
            return _find_result(form, action)
        try:
            planned = plan()
            if len(planned.changes) > settings().max_changes:
                raise NotRun(too_many_changes())
            if planned.phases:
                return _run(form, claims.claim(form.key, form.content, planned))
            reason: Exception | None = None
        except (AlreadyClaimed, NotRun, PhonebookError) as error:
            reason = error
        # Another request with the same form may have changed the phonebook before the plan was made.
        if action := records.find_by_form(form.key):
            return _find_result(form, action)
        if reason:
            raise _not_run(reason) from reason
        return Action()
    except NotRecorded as error:
        log.error("not recorded", extra={"reason": str(error)})
        raise NotRun(NOT_RECORDED) from error
    except StoreError as error:
        log.error("not looked up", extra={"reason": str(error)})
        raise NotRun(NOT_LOOKED_UP) from error


def _run(form: OnceForm, action: Action) -> Action:
    """Run a claimed action; leave to a background job what this page has no time for."""
    changes = {change.id: change for change in action.changes}
    for phase in sorted({change.phase for change in action.changes}):
        earlier = [change for change in changes.values() if change.phase < phase]
        if any(change.outcome is Outcome.STARTED for change in earlier):
            break
        now = [change for change in changes.values() if change.phase == phase]
        if all(change.has_effect for change in earlier):
            steps = _run_steps(_with_new_groups(now, earlier))
        else:
            steps = iter([[change.skipped(STEP_FAILED) for change in now]])
        for results in steps:
            records.record_results(results)
            changes |= {change.id: change for change in results}
    form.renew_token()
    if rest := [change for change in changes.values() if change.outcome is Outcome.STARTED]:
        action, rest = _leave(action, _with_new_groups(rest, changes.values()))
        changes |= {change.id: change for change in rest}
    return replace(action, changes=tuple(changes.values()))


def _run_steps(changes: Iterable[Change]) -> Iterator[list[Change]]:
    """Yield the results of each step as it ends. It has none if it can't begin in time."""
    client = phonebook(Budget.CHANGE)
    steps = [list(step) for _, step in groupby(changes, lambda change: change.step)]
    if len(steps) == 1:
        yield run_step(steps[0], client)
        return
    # A call that the deadline cuts off has an unknown outcome, so no call begins late.
    for _, results in client.each(lambda step: run_step(step, client) if time_left(Budget.LAST_START) else [], steps):
        if isinstance(results, list):  # always: run_step turns each PhonebookError into an outcome
            yield results


def _with_new_groups(changes: Iterable[Change], earlier: Iterable[Change]) -> list[Change]:
    """Fill in the ids of groups that earlier changes of the action have created."""
    created = [change for change in earlier if change.kind is ChangeKind.CREATE and change.new_group]
    ids = {change.new_group: change.group_id for change in created}
    return [change.with_new_group(ids.get(change.new_group)) for change in changes]


def _leave(action: Action, rest: list[Change]) -> tuple[Action, list[Change]]:
    """Leave changes to a job, or skip them if the store fails."""
    try:
        job = jobs.hand_over(action.id, rest)
    except StoreError as error:
        log.error("not handed over", extra={"action": action.id, "reason": str(error)})
        skipped = [change.skipped(NO_TIME) for change in rest]
        records.record_results(skipped)
        return action, skipped
    return replace(action, job=job), [replace(change, outcome=Outcome.PLANNED) for change in rest]


def _not_run(error: Exception) -> Exception:
    if isinstance(error, PhonebookError):
        log_failure(error)
        return NotRun(error=error)
    return error if isinstance(error, NotRun) else StoreError("an action has gone")


def _find_result(form: OnceForm, action: Action) -> Action:
    """Wait for the request that runs an action, and return the action with its outcome.

    Raises:
        NotRun: when the form was submitted with other fields.
        StillRunning: when the action has not ended in time.

    """
    if action.job:
        form.renew_token()
        if action.content and action.content != form.content:
            raise NotRun(FORM_REUSED)
        return replace(action, is_repeat=True)
    pause, longest = POLL_SECONDS
    while action.is_running and (left := time_left(Budget.CHANGE)):
        time.sleep(min(pause, left))
        pause = min(2 * pause, longest)
        current = records.find_by_form(form.key)
        if current is None:
            raise StoreError("an action has gone")
        action = current
    if not action.is_running:
        form.renew_token()
    if action.content and action.content != form.content:
        raise NotRun(FORM_REUSED)
    if action.is_running:
        raise StillRunning
    crashed = [change for change in action.changes if change.is_undecided and not change.error]
    decided = {change.id: change for change in reconcile(crashed, phonebook(Budget.LOOK_UP), confirm_only=True)}
    return replace(action, is_repeat=True, changes=tuple(decided.get(each.id, each) for each in action.changes))
