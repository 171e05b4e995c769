"""A line of those who ask for long answers, so that what they hold meanwhile stays little."""

import threading
from collections.abc import Callable
from itertools import count

INSIDE = 2
"""How many ask at a time where an answer has changed: one takes it in, the next has theirs on the way."""


class Line:
    """Two queues: to ask at all, and for one's turn to hold an answer whole. Safe between threads.

    As long as nothing changes, everybody may ask at once. But whoever waits for their turn holds the last answer that
    there was when they asked, and where every answer is another, so are these: then few may ask.
    """

    def __init__(self) -> None:
        self._moved = threading.Condition()
        self._numbers = count()
        self.outside, self.waiting = set[int](), set[int]()
        self._inside, self._taken = 0, False

    def enter(self, seconds: float | None) -> bool:
        """Wait until one may ask, for so many seconds at most, and then count as inside. Return whether it came."""
        with self._moved:
            came = self._queue(self.outside, self._may_enter, seconds)
            self._inside += 1
            self._moved.notify_all()
        return came

    def take(self, seconds: float) -> bool:
        """Wait for one's turn, for so many seconds at most. Return whether it came."""
        with self._moved:
            came = self._queue(self.waiting, lambda: not self._taken, seconds)
            self._taken = self._taken or came
            self._moved.notify_all()
        return came

    def leave(self, *, entered: bool, taken: bool) -> None:
        """Make way for others."""
        with self._moved:
            self._inside -= entered
            self._taken = self._taken and not taken
            self._moved.notify_all()

    def _may_enter(self) -> bool:
        return self._inside < INSIDE or not (self._taken or self.waiting)

    def _queue(self, queue: set[int], may: Callable[[], bool], seconds: float | None) -> bool:
        number = next(self._numbers)
        queue.add(number)
        came = self._moved.wait_for(lambda: may() and number == min(queue), seconds)
        queue.remove(number)
        return came
