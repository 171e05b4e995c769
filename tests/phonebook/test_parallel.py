"""Parallel calls."""

import threading
import time
from collections.abc import Iterator

import pytest

from webapp.phonebook.errors import NotFound
from webapp.phonebook.parallel import MAX_PARALLEL_CALLS, Parallel


@pytest.fixture
def parallel() -> Parallel:
    return Parallel()


def test_each_item_is_returned_with_its_result(parallel: Parallel) -> None:
    def call(number: int) -> int:
        if number == 3:
            raise NotFound
        return number * 2

    found = dict(parallel.each(call, range(20)))
    assert isinstance(found.pop(3), NotFound)
    assert found == {number: number * 2 for number in range(20) if number != 3}


def test_at_most_eight_calls_run_at_once(parallel: Parallel) -> None:
    lock, now, most, full = threading.Lock(), 0, 0, threading.Barrier(MAX_PARALLEL_CALLS)

    def call(_: int) -> None:
        nonlocal now, most
        with lock:
            now, most = now + 1, max(most, now + 1)
        full.wait(30)  # passes only where eight are under way
        with lock:
            now -= 1

    askers = [threading.Thread(target=lambda: list(parallel.each(call, range(24)))) for _ in range(2)]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join()
    assert most == MAX_PARALLEL_CALLS


def test_closing_the_generator_cancels_the_rest(parallel: Parallel) -> None:
    begun, go_on = [], threading.Event()

    def call(number: int) -> None:
        begun.append(number)
        if number:
            go_on.wait(30)

    answers = parallel.each(call, range(100))
    assert next(answers) == (0, None)
    answers.close()
    go_on.set()
    assert list(parallel.each(str, [7])) == [(7, "7")], "the threads are free again"
    assert len(begun) <= MAX_PARALLEL_CALLS + 1


def test_queued_calls_end_at_their_own_deadline(parallel: Parallel) -> None:
    busy, go_on = threading.Barrier(MAX_PARALLEL_CALLS + 1), threading.Event()

    def hold(_: int) -> None:
        busy.wait(30)
        go_on.wait(30)

    others = threading.Thread(target=lambda: list(parallel.each(hold, range(MAX_PARALLEL_CALLS))))
    others.start()
    busy.wait(30)
    found = dict(parallel.each(lambda _: threading.current_thread(), range(3), time.monotonic() + 0.05))
    assert found == dict.fromkeys(range(3), threading.current_thread())
    go_on.set()
    others.join()
    threads = dict(parallel.each(lambda _: threading.current_thread(), [7], time.monotonic() + 5))
    assert threads[7] != threading.current_thread()


def test_running_calls_are_waited_for(parallel: Parallel) -> None:
    begun, end = threading.Event(), threading.Event()

    def call(_: int) -> str:
        begun.set()
        end.wait(30)
        return "done"

    def items() -> Iterator[int]:
        yield 1
        begun.wait(30)
        threading.Timer(0.05, end.set).start()

    assert dict(parallel.each(call, items(), time.monotonic())) == {1: "done"}
