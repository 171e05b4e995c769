"""The background worker: a process that runs jobs, and deletes expired records.

Huey provides threads, a timer and a graceful stop. The queue that lasts is the store's table of jobs; Huey's own is in
memory only, since Huey loses the tasks of a worker that dies (https://github.com/coleifer/huey/issues/844).
"""

import logging
import threading
import time
from collections.abc import Callable, Iterable

from flask import Flask
from huey import MemoryHuey
from huey.consumer import Consumer, Scheduler

from webapp.actions import jobs
from webapp.actions.claims import prune
from webapp.actions.job_runner import run_job
from webapp.store import StoreError

MAX_PARALLEL_JOBS = 4
"""Jobs that one worker runs at a time. They share the threads for calls to Messente."""

STOP_SECONDS = 22
"""How long a stopping worker may take: its calls end by then, and platforms kill it after 30 seconds."""

log = logging.getLogger(__name__)


class EveryHour:
    """Says once an hour that a periodic task is due. A `crontab` would say so in each second of a minute."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._next = clock() + 3600

    def __call__(self, _now: object) -> bool:
        """Return whether the task is due."""
        if self._clock() < self._next:
            return False
        self._next = self._clock() + 3600
        return True


class _EverySecond(Scheduler):
    """Checks every second which periodic tasks are due. Huey's default, a minute, is too long for jobs to wait."""

    periodic_task_seconds = 1


class _Consumer(Consumer):
    scheduler_class = _EverySecond

    def start(self) -> None:
        """Handle signals before the first job begins; Huey does so only afterwards."""
        self._set_signal_handlers()
        super().start()


def run_background_worker(app: Flask, hourly: Iterable[Callable[[], object]] = ()) -> None:
    """Run jobs until this process gets SIGTERM or SIGINT. Unfinished jobs are left to another worker.

    Args:
        app: the dashboard.
        hourly: other parts' work, done once an hour and when the worker starts. It may raise StoreError.

    """
    huey = MemoryHuey("phonebook", results=False)
    consumer = _Consumer(
        huey,
        workers=MAX_PARALLEL_JOBS + 1,  # one more for the other tasks
        max_delay=0.2,
        graceful_signal="TERM",
        shutdown_timeout=STOP_SECONDS,
    )
    under_way: set[int] = set()
    store_failing = threading.Event()

    @huey.task()
    def run(action_id: int) -> None:
        try:
            with app.app_context():
                run_job(action_id, consumer.stop_flag.is_set)
        finally:
            under_way.discard(action_id)

    @huey.periodic_task(lambda _now: True)
    def find_jobs() -> None:
        try:
            with app.app_context():
                runnable = jobs.find_runnable()
        except StoreError as error:
            if not store_failing.is_set():  # once, not every second
                log.error("jobs not looked up", extra={"reason": str(error)})
            store_failing.set()
            return
        store_failing.clear()
        for action_id in runnable:
            if action_id not in under_way and len(under_way) < MAX_PARALLEL_JOBS:
                under_way.add(action_id)
                run(action_id)

    @huey.periodic_task(EveryHour())
    def every_hour() -> None:
        for work in (_delete_expired, *hourly):
            try:
                with app.app_context():
                    work()
            except StoreError as error:
                log.error("hourly work failed", extra={"work": work.__qualname__, "reason": str(error)})

    every_hour()
    log.info("background worker started")
    consumer.run()
    log.info("background worker stopped")


def _delete_expired() -> None:
    while prune():
        pass
