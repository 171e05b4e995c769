"""Calls side by side, where a page needs many."""

import contextvars
import os
import time
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextlib import suppress
from typing import TypeVar

from webapp.phonebook.errors import PhonebookError

MAX_PARALLEL_CALLS = 8
"""Calls of one process, whoever has asked for them, besides those that pages make one after another."""

Item = TypeVar("Item")
T = TypeVar("T")


class Parallel:
    """Makes calls side by side. Safe between threads and across forks."""

    def __init__(self) -> None:
        self._process = 0

    def begin(self, call: Callable[[], T]) -> Callable[[], T]:
        """Begin a call beside others; what is returned waits for it, and returns or raises what came of it.

        Where all threads have been busy until then, whoever waits makes the call instead.
        """
        future = self._threads_of_this_process().submit(contextvars.copy_context().run, call)
        return lambda: call() if future.cancel() else future.result()

    def each(
        self, call: Callable[[Item], T], items: Iterable[Item], expires: float | None = None
    ) -> Generator[tuple[Item, T | PhonebookError]]:
        """Call a function with each item, and return the items with what came of it, in the order in which it came.

        Whoever stops asking before the end spares the calls that have not begun.

        Args:
            call: makes one call, which ends in time by itself once it has begun.
            items: what it is called with.
            expires: a time of `time.monotonic()`. What has not begun by then, because others' calls came first, waits
                no longer: it is called here and now, to find that its time is over.

        """

        def attempt(item: Item) -> T | PhonebookError:
            try:
                return call(item)
            except PhonebookError as error:
                return error

        threads = self._threads_of_this_process()
        # In a copy of the context each, so that log lines bear the request's id.
        begun: dict[Future[T | PhonebookError], Item] = {
            threads.submit(contextvars.copy_context().run, attempt, item): item for item in items
        }
        left = dict(begun)
        try:
            for future in _finished(begun, expires):
                yield left.pop(future), future.result()
            for future, item in left.items():
                yield item, attempt(item) if future.cancel() else future.result()
        finally:
            for future in begun:
                future.cancel()

    def _threads_of_this_process(self) -> ThreadPoolExecutor:
        if self._process != os.getpid():
            self._threads, self._process = (
                ThreadPoolExecutor(MAX_PARALLEL_CALLS, thread_name_prefix="phonebook"),
                os.getpid(),
            )
        return self._threads


def _finished(begun: Iterable[Future[T]], expires: float | None) -> Iterator[Future[T]]:
    """Wait for what has begun, and return each as it ends, as long as there is time."""
    with suppress(TimeoutError):
        yield from as_completed(begun, None if expires is None else expires - time.monotonic())
