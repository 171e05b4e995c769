"""Pace: when calls to the API may begin, agreed between all processes of this machine.

Messente limits the calls per second from an IP address, so processes that share one have to share the limit. They
keep three times of `time.monotonic()`, a clock of the whole system, in a small file. If a process
is killed, the system releases its lock. If the file can't be used, each process has a pace of its own.
"""

import errno
import fcntl
import logging
import math
import os
import stat
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from webapp.phonebook.errors import RateLimited

UNLIMITED = 1_000_000
"""A rate that no client reaches."""
MAX_AHEAD = 60.0
"""Seconds. A time further ahead is ignored: it may be from before the machine was restarted."""
LOCK_ATTEMPTS = 50
"""Attempts to lock the file, a millisecond apart. Go on without it then: its process must have been suspended."""

_TIMES = struct.Struct("=3d")

log = logging.getLogger(__name__)


@dataclass
class _Times:
    """The shared times, none of them in the past."""

    next: float
    """When the next call would begin if calls were spaced evenly (GCRA's theoretical arrival time)."""
    closed: float
    """Until when no call may begin, because the API has answered 429."""
    booked: float
    """Until when calls are reserved for long look-ups."""


class Pace:
    """Spaces calls so that at most `rate` begin in any second. Thread-safe and fork-safe.

    Pages go before jobs: a page's calls take turns in the order in which they ask, and a few of them may begin at once;
    a job's call begins only while no page's call is waiting.

    Args:
        rate: calls per second.
        path: the file that the processes share; None for a pace of this process only.

    """

    def __init__(self, rate: int, path: Path | None = None) -> None:
        burst = rate // 16  # calls that may begin at once are subtracted, so that no second has more than `rate`
        self._interval = 1 / (rate - burst)
        self._page_slack = burst * self._interval
        self._job_slack = burst // 2 * self._interval  # makes up for late wake-ups
        self._path = path
        self._lock = threading.Lock()
        self._times = _Times(0, 0, 0)
        self._file = -1
        self._process = 0

    def wait(self, latest: float, *, job: bool = False) -> None:
        """Wait until a call may begin.

        Args:
            latest: the latest time to begin, as a time of `time.monotonic()`.
            job: whether the call is part of a background job.

        Raises:
            RateLimited: at once, if the call can't begin by then. `retry_after` says in how many seconds it could.

        """
        slack = self._job_slack if job else self._page_slack
        turn = math.inf
        while True:
            with self._shared() as (times, now):
                if turn <= now and times.closed <= now:
                    return
                begin = max(now, times.closed, times.next - slack)
                if begin > max(latest, now):
                    raise RateLimited(retry_after=math.ceil(begin - now))
                if begin <= now or not job:  # a job takes no turn ahead of time
                    turn, times.next = begin, max(times.next, begin) + self._interval
                if begin <= now:
                    return
            time.sleep(begin - now)

    def close(self, seconds: float) -> None:
        """Let no call of any process begin for some seconds, at most MAX_AHEAD."""
        with self._shared() as (times, now):
            times.closed = max(times.closed, now + min(seconds, MAX_AHEAD))

    @contextmanager
    def book(self, calls: int, expires: float) -> Iterator[None]:
        """Reserve time for a look-up of many calls, after earlier ones: at the same time, all would be too late.

        Args:
            calls: how many calls the look-up needs at most.
            expires: its deadline, as a time of `time.monotonic()`.

        Raises:
            RateLimited: at once, if too little time is left after earlier look-ups.

        """
        with self._shared() as (times, now):
            begin = max(times.booked, times.closed)
            end = begin + calls * self._interval
            if begin > now and end > expires:
                raise RateLimited(retry_after=math.ceil(begin - now))
            end = times.booked = max(begin, min(end, expires))
        try:
            time.sleep(begin - now)
            yield
        finally:
            with self._shared() as (times, now):
                if times.booked == end:  # no later look-up has reserved time
                    times.booked = now

    @contextmanager
    def _shared(self) -> Iterator[tuple[_Times, float]]:
        """Lock the shared times, read them, and write them back unless there is an error."""
        with self._lock:
            file = self._open_file()
            stored = tuple(vars(self._times).values())
            if file is not None:
                with suppress(struct.error):  # the file is new
                    stored = _TIMES.unpack(os.pread(file, _TIMES.size, 0))
            now = time.monotonic()
            self._times = _Times(*(each if now < each < now + MAX_AHEAD else now for each in stored))
            try:
                yield self._times, now
                if file is not None:
                    os.pwrite(file, _TIMES.pack(*vars(self._times).values()), 0)
            finally:
                if file is not None:
                    fcntl.flock(file, fcntl.LOCK_UN)

    def _open_file(self) -> int | None:
        """Open the file and lock it; return None if there is none, or it can't be used."""
        if self._path is None:
            return None
        try:
            # A forked process would share its parent's lock. A clean-up may have deleted the file.
            if self._process != os.getpid() or not os.fstat(self._file).st_nlink:
                self._file, self._process = open_private(self._path), os.getpid()
            for _ in range(LOCK_ATTEMPTS):
                with suppress(BlockingIOError):
                    fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                time.sleep(0.001)
        except OSError as error:
            log.warning("pace not shared", extra={"reason": error.strerror or type(error).__name__})
            self._path = None
            return None
        return self._file


def open_private(path: Path) -> int:
    """Open a file that nobody else may read or write, or raise OSError."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    status = os.fstat(file)
    if status.st_uid != os.geteuid() or not stat.S_ISREG(status.st_mode):
        os.close(file)
        raise PermissionError(errno.EPERM, "the file belongs to another user")
    return file
