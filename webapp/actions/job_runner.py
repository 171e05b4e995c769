"""Run a job: claim a block of its changes, make their calls, record the outcomes, and repeat until no change is left.

A worker may die at any moment. The worker that takes the job over looks up in the phonebook which of the claimed
changes have happened, and sends only the others again.
"""

import contextvars
import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from itertools import groupby
from typing import cast

from flask import current_app

from webapp.actions import jobs
from webapp.actions.calls import STEP_FAILED, run_step
from webapp.actions.jobs import LeaseLost
from webapp.actions.models import Change, Job, JobState, Outcome
from webapp.actions.reconcile import look_up
from webapp.actions.records import record_results, record_verdicts
from webapp.phonebook import PhonebookClient
from webapp.phonebook.errors import AccessRefused, NoClearAnswer, NotSent, PhonebookError, RateLimited, TooManyRequests
from webapp.phonebook.parallel import MAX_PARALLEL_CALLS
from webapp.store import StoreError
from webapp.web.current import store
from webapp.web.error_pages import log_failure

RENEW_SECONDS = 10.0
"""Seconds between two renewals of the lease."""

RECORD_SECONDS = 1
"""Seconds between two records of outcomes within a block, so that the page shows the progress."""

MAX_TRIES = 3
"""How often a change is sent if it gets no clear answer and the phonebook does not show it afterwards."""

FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=5), timedelta(minutes=15)
"""Limits of a job's pauses while Messente can't be used. Each pause is as long as the time since the first error."""

GIVE_UP_AFTER = timedelta(days=1)
"""A job for which every call has failed for so long is stopped."""

_NOT_TRIED = (NotSent, TooManyRequests, AccessRefused, NoClearAnswer)
"""Errors after which a refused change is sent again later. Without a clear answer nothing was changed if the call was
a read: see `merge_check`."""

log = logging.getLogger(__name__)


class Paused(Exception):
    """Messente can't be used at the moment: the job has to wait."""

    def __init__(self, error: PhonebookError) -> None:
        super().__init__(type(error).__name__)
        self.error = error


def run_job(action_id: int, is_stopping: Callable[[], bool] = lambda: False) -> None:
    """Run a job until it ends, has to wait, or this worker stops; do nothing if another worker runs it.

    Args:
        action_id: the job's action.
        is_stopping: returns whether this worker is being stopped. Then the job is left to another one.

    """
    owner = jobs.new_owner()
    job = jobs.take(action_id, owner)
    if job is None:
        return
    log.info("job taken", extra={"action": action_id})
    try:
        with _renewed_lease(action_id, owner) as is_lost:
            run = _Run(job, owner, lambda: is_stopping() or is_lost())
            state = run.run_blocks()
        jobs.release(action_id, owner, state)
        log.info("job left", extra={"action": action_id, "state": state.value})
    except Paused as pause:
        _wait(run, pause.error)
    except LeaseLost:
        log.warning("job lost", extra={"action": action_id})
    except StoreError as error:  # when the lease has run out, a worker takes the job again
        log.error("job interrupted", extra={"action": action_id, "reason": str(error)})


class _Run:
    """One run of a job by one worker."""

    def __init__(self, job: Job, owner: str, is_stopping: Callable[[], bool]) -> None:
        self.action_id, self.owner, self.is_stopping = job.action_id, owner, is_stopping
        self.failing_since = job.failing_since
        self._client = cast(PhonebookClient, current_app.extensions["phonebook"]).for_job()
        self._tries: Counter[int] = Counter()

    def run_blocks(self) -> JobState:
        """Run the job's blocks, and return the state in which it is left.

        Raises:
            Paused: when Messente can't be used.
            LeaseLost: when another worker has taken the job.

        """
        self._reconcile(jobs.find_started(self.action_id))
        phase = 0
        while not self.is_stopping():
            if jobs.is_stop_requested(self.action_id):
                return JobState.STOPPED
            block = jobs.claim_block(self.action_id, self.owner)
            if not block:
                return JobState.FINISHED
            if block[0].phase > phase and jobs.has_failed_before(self.action_id, block[0].phase):
                jobs.unclaim(self.action_id, self.owner, [change.id for change in block])
                jobs.skip_planned(self.action_id, self.owner, STEP_FAILED)
                return JobState.FINISHED
            phase = block[0].phase
            self._run_block(block)
        return JobState.ACTIVE

    def _run_block(self, block: Sequence[Change]) -> None:
        """Make the calls of a block in parallel, record the outcomes, and plan the unsent changes again."""
        left = {change.id: change for change in block}
        done: list[Change] = []
        unclear: list[Change] = []
        failure: PhonebookError | None = None
        is_ending, recorded_at = False, time.monotonic()

        def run(step: Sequence[Change]) -> list[Change]:
            may_begin = not (failure or is_ending or self.is_stopping())
            return list(run_step(step, self._client)) if may_begin else []

        for _, outcomes in self._client.each(run, [list(step) for _, step in groupby(block, lambda each: each.step)]):
            for change in outcomes if isinstance(outcomes, list) else ():
                error = change.failure
                if change.outcome is Outcome.REFUSED and isinstance(error, _NOT_TRIED):
                    # Prefer another error: after a 429, the calls that are not sent fail with RateLimited.
                    failure = error if failure is None or isinstance(failure, RateLimited) else failure
                    break
                if change.outcome is Outcome.UNKNOWN:
                    unclear.append(change)
                    break
                done.append(change)
            if time.monotonic() - recorded_at > RECORD_SECONDS:
                self._record(done, left)
                done, recorded_at = [], time.monotonic()
                is_ending = jobs.is_stop_requested(self.action_id)
        has_answered = len(left) < len(block) or bool(done)
        self._record(done, left)
        if has_answered:
            self.failing_since = None
        unsent = left.keys() - {change.id for change in unclear}
        jobs.unclaim(self.action_id, self.owner, list(unsent))
        self._reconcile(unclear)
        # A few that get no clear answer, while they can be looked up, may be at fault themselves.
        if failure or (not has_answered and len(unclear) > MAX_PARALLEL_CALLS):
            raise Paused(failure or cast(PhonebookError, unclear[0].failure))

    def _record(self, done: Sequence[Change], left: dict[int, Change]) -> None:
        if not done:
            return
        record_results(done)
        for change in done:
            del left[change.id]

    def _reconcile(self, unclear: Sequence[Change]) -> None:
        """Look up claimed changes without an outcome: confirm those that have happened, and plan the others again.

        Raises:
            Paused: when they can't be looked up. They stay claimed, and are looked up when the job goes on.

        """
        confirmed, given_up, again, failure = [], [], [], None
        for change, happened, group in look_up(unclear, self._client):
            self._tries[change.id] += 1
            if isinstance(happened, PhonebookError):
                log_failure(happened)
                failure = happened
            elif happened:
                confirmed.append(change.decided(Outcome.CONFIRMED, group))
            elif self._tries[change.id] < MAX_TRIES:
                again.append(change)
            else:
                given_up.append(replace(change, outcome=Outcome.UNKNOWN))
        record_verdicts(confirmed)
        record_results(given_up)
        jobs.unclaim(self.action_id, self.owner, [change.id for change in again])
        if failure:
            raise Paused(failure)


def _wait(run: _Run, error: PhonebookError) -> None:
    """Pause the job because Messente can't be used; stop it after GIVE_UP_AFTER."""
    now = store().now()
    since = run.failing_since or now
    asked = timedelta(seconds=error.retry_after or 0)  # by Messente, or by this machine's own pace
    pause = min(asked or max(now - since, FIRST_PAUSE), LONGEST_PAUSE)
    gives_up = now - since > GIVE_UP_AFTER
    state, resume_at = (JobState.STOPPED, None) if gives_up else (JobState.ACTIVE, now + pause)
    known = {"action": run.action_id, "kind": type(error).__name__}
    if gives_up:
        log.error("job given up", extra=known)
    else:
        log.warning("job waits", extra=known | {"seconds": round(pause.total_seconds())})
    try:
        reason = type(error).__name__
        jobs.release(run.action_id, run.owner, state, resume_at=resume_at, reason=reason, failing_since=since)
    except StoreError as failed:
        log.error("job interrupted", extra={"action": run.action_id, "reason": str(failed)})


@contextmanager
def _renewed_lease(action_id: int, owner: str) -> Iterator[Callable[[], bool]]:
    """Renew the lease in another thread, and return a function that says whether it was lost."""
    ended, lost = threading.Event(), threading.Event()

    def renew() -> None:
        while not ended.wait(RENEW_SECONDS):
            with suppress(StoreError):  # the next renewal may succeed before the lease runs out
                if not jobs.renew(action_id, owner):
                    lost.set()
                    return

    # The copied context gives the thread access to the application.
    thread = threading.Thread(target=contextvars.copy_context().run, args=(renew,), daemon=True)
    thread.start()
    try:
        yield lost.is_set
    finally:
        ended.set()
        thread.join()
