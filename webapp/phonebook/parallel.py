"""Parallel calls, for pages that need many."""

import contextvars
import os
import time
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextlib import suppress
from typing import TypeVar

from webapp.phonebook.errors import PhonebookError

MAX_PARALLEL_CALLS = 8
"""Threads of one process, shared by all its requests. Calls that a page makes one by one don't count."""

Item = TypeVar("Item")
T = TypeVar("T")


class Parallel:
    """A thread pool for calls to the API. Thread-safe and fork-safe."""

    def __init__(self) -> None:
        self._process = 0

    def begin(self, call: Callable[[], T]) -> Callable[[], T]:
        """Start a call in another thread and return a function that waits for its result.

        That function returns the call's result or raises its error. If the call is still queued by then, the function
        makes it in its own thread.
        """
        future = self._threads_of_this_process().submit(contextvars.copy_context().run, call)
        return lambda: call() if future.cancel() else future.result()

    def each(
        self, call: Callable[[Item], T], items: Iterable[Item], expires: float | None = None
    ) -> Generator[tuple[Item, T | PhonebookError]]:
        """Call a function with each item, and yield each item with its result or error as the calls finish.

        Closing the generator early cancels the calls that are still queued.

        Args:
            call: makes one call, and enforces its deadline itself.
            items: the argument of each call.
            expires: deadline, as a time of `time.monotonic()`. A call that is still queued by then runs inline and
                raises OutOfTime at once.

        """

        def attempt(item: Item) -> T | PhonebookError:
            try:
                return call(item)
            except PhonebookError as error:
                return error

        threads = self._threads_of_this_process()
        # Each call gets a copy of the context, so that its log lines have the request's id.
        # Those that are finished are not held: their results may be long lists.
        unfinished: dict[Future[T | PhonebookError], Item] = {
            threads.submit(contextvars.copy_context().run, attempt, item): item for item in items
        }
        try:
            for future in _finished(unfinished, expires):
                yield unfinished.pop(future), future.result()
            for future, item in unfinished.items():
                yield item, attempt(item) if future.cancel() else future.result()
        finally:
            for future in unfinished:
                future.cancel()

    def _threads_of_this_process(self) -> ThreadPoolExecutor:
        if self._process != os.getpid():
            self._threads, self._process = (
                ThreadPoolExecutor(MAX_PARALLEL_CALLS, thread_name_prefix="phonebook"),
                os.getpid(),
            )
        return self._threads


def _finished(futures: Iterable[Future[T]], expires: float | None) -> Iterator[Future[T]]:
    """Yield futures as they finish, until the deadline."""
    with suppress(TimeoutError):
        yield from as_completed(futures, None if expires is None else expires - time.monotonic())
