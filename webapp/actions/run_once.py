"""The only way to change the phonebook: run what a form asks for, once, however often the form is sent."""

import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

from webapp.actions import records
from webapp.actions.calls import run_step
from webapp.actions.models import Action, Change, Plan
from webapp.actions.not_run import NotRun, StillRunning
from webapp.actions.reconcile import reconcile
from webapp.actions.records import AlreadyClaimed, NotRecorded
from webapp.phonebook.errors import PhonebookError
from webapp.store import StoreError
from webapp.web.current import Budget, phonebook, time_left
from webapp.web.error_pages import log_failure
from webapp.web.failures import Failure
from webapp.web.forms import OnceForm

log = logging.getLogger(__name__)

POLL_SECONDS = (0.02, 0.5)
"""Seconds between two looks at an action that another request is running: the first pause, and the longest."""

NOT_RECORDED = Failure(
    "We could not record this",
    "What can't be recorded is not sent to Messente, so nothing was changed by it. Try again in a minute.",
    503,
)
NOT_LOOKED_UP = Failure(
    "We could not look whether this form was sent before",
    "It was not sent to Messente now. Look at your groups before you try again.",
    503,
)
FORM_REUSED = Failure(
    "This form was sent before, with something else in it",
    "Nothing more was changed. Look at what is in it now, and send it again if you still want that.",
    409,
)


def run_once(form: OnceForm, plan: Callable[[], Plan]) -> Action:
    """Run what a form asks for; if it was sent before, return what became of that instead.

    Args:
        form: a valid form.
        plan: reads the phonebook and works out the changes. It is not called for a form that was sent before. It may
            raise NotRun to ask the user something.

    Raises:
        NotRun: nothing was sent.
        StillRunning: by another request.

    """
    form.keep_token()  # until it is known to have acted, it stays the same form
    try:
        action = records.find_by_form(form.key)
        if action is None:
            try:
                return _run(form, plan)
            except (AlreadyClaimed, NotRun, PhonebookError) as error:
                # What this request saw in the phonebook may be the work of another one with the same form.
                action = records.find_by_form(form.key)
                if action is None:
                    raise _reason(error) from error
        return _find_result(form, action)
    except NotRecorded as error:
        log.error("not recorded", extra={"reason": str(error)})
        raise NotRun(NOT_RECORDED) from error
    except StoreError as error:
        log.error("not looked up", extra={"reason": str(error)})
        raise NotRun(NOT_LOOKED_UP) from error


def _run(form: OnceForm, plan: Callable[[], Plan]) -> Action:
    planned = plan()
    if not planned.steps:
        return Action()
    action = records.claim(form.key, form.content, planned)
    changes = {change.id: change for change in action.changes}
    for results in _run_steps(planned, action):
        records.record_results(results)
        changes |= {change.id: change for change in results}
    form.renew_token()
    return replace(action, changes=tuple(changes.values()))


def _run_steps(plan: Plan, action: Action) -> Iterator[list[Change]]:
    """Run the steps of a plan side by side, and return the results of each as it ends."""
    client, recorded = phonebook(Budget.CHANGE), iter(action.changes)
    steps = [[(planned, next(recorded)) for planned in step] for step in plan.steps]
    if len(steps) == 1:
        yield list(run_step(steps[0], client))
        return
    for _, results in client.each(lambda place: list(run_step(steps[place], client)), range(len(steps))):
        if isinstance(results, list):  # run_step raises no PhonebookError: each change has its own
            yield results


def _reason(error: AlreadyClaimed | NotRun | PhonebookError) -> Exception:
    if isinstance(error, PhonebookError):
        log_failure(error)
        return NotRun(error=error)
    return error if isinstance(error, NotRun) else StoreError("an action has gone")


def _find_result(form: OnceForm, action: Action) -> Action:
    """Wait for the request that runs an action, as long as a page may, and return the action with its outcome."""
    pause, longest = POLL_SECONDS
    while action.is_running and (left := time_left(Budget.CHANGE)):
        time.sleep(min(pause, left))
        pause = min(2 * pause, longest)
        found = records.find_by_form(form.key)
        if found is None:
            raise StoreError("an action has gone")
        action = found
    if not action.is_running:
        form.renew_token()
    if action.content and action.content != form.content:
        raise NotRun(FORM_REUSED)
    if action.is_running:
        raise StillRunning
    crashed = [change for change in action.changes if change.is_undecided and not change.error]
    decided = {change.id: change for change in reconcile(crashed, phonebook(Budget.LOOK_UP), confirm_only=True)}
    return replace(action, is_repeat=True, changes=tuple(decided.get(each.id, each) for each in action.changes))
