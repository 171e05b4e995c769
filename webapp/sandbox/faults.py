"""Faults on demand: answers that come late, in pieces, broken or not at all. No address of the API leads here.

A fault is a line of text, `METHOD PATH FAULT [once]`:

    POST /v1/phonebook/groups cut-after once
    GET /v1/phonebook/groups* status:503
    * * slow:3

METHOD may be `*`; PATH is a pattern as for file names. The first fault that fits acts: every time, or with `once` one
time only.
"""

import math
import sys
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Self

KINDS = {
    "slow": "seconds",
    "drip-headers": "seconds",
    "drip-body": "seconds",
    "status": "status",
    "status-after": "status",
    "cut-before": "",
    "cut-after": "",
    "cut-body": "",
    "malformed": "",
    "html": "",
}
"""The kinds of fault, with what stands behind the colon."""

NOT_CARRIED_OUT = frozenset({"status", "cut-before"})


@dataclass(frozen=True)
class Fault:
    """One thing that goes wrong; `number` is seconds or a status, where the kind takes one."""

    method: str
    path: str
    kind: str
    number: float = 0
    once: bool = False

    @classmethod
    def parse(cls, line: str) -> Self:
        """Read a line.

        Raises:
            ValueError: saying what is wrong with it.

        """
        words = line.split()
        once = words[-1:] == ["once"]
        if len(words) != 3 + once:
            raise ValueError(f"{line!r} is not of the form METHOD PATH FAULT [once]")
        kind, _, argument = words[2].partition(":")
        if kind not in KINDS or bool(argument) != bool(KINDS[kind]):
            known = ", ".join(f"{name}:{takes.upper()}" if takes else name for name, takes in KINDS.items())
            raise ValueError(f"{words[2]!r} is none of {known}")
        return cls(words[0].upper(), words[1], kind, _number(KINDS[kind], argument), once)

    def fits(self, method: str, path: str) -> bool:
        """Whether the fault is about such a request."""
        return self.method in {"*", method} and fnmatchcase(path, self.path)


def _number(takes: str, argument: str) -> float:
    try:
        number = float(argument or 0)
    except ValueError:
        number = math.nan
    if takes == "status" and not (number.is_integer() and 200 <= number <= 599):
        raise ValueError(f"{argument!r} is no status from 200 to 599")
    if not 0 <= number <= 3600 and takes != "status":
        raise ValueError(f"{argument!r} is no number of seconds up to an hour")
    return number


def parse(lines: Iterable[str]) -> list[Fault]:
    """Read lines; blank ones, and those that begin with #, say nothing."""
    return [Fault.parse(line) for line in lines if line.strip() and not line.lstrip().startswith("#")]


class Faults:
    """The faults in force. Safe to share between threads.

    Args:
        faults: those to begin with.
        file: lines that come after them, read again whenever the file changes. No file means none; a change that can't
            be read is told on standard error, and leaves the earlier ones in force.

    """

    def __init__(self, faults: Iterable[Fault] = (), file: Path | None = None) -> None:
        self._lock = threading.Lock()
        self._faults = list(faults)
        self._file = file
        self._from_file: list[Fault] = []
        self._version: tuple[int, int] | None = None
        self._read_file(_raise)

    def replace(self, *faults: Fault) -> None:
        """Put others in the place of those that were given."""
        with self._lock:
            self._faults = list(faults)

    def take(self, method: str, path: str) -> Fault | None:
        """Return the fault that acts on a request, if any; one that acts once is gone by that."""
        with self._lock:
            self._read_file(_tell)
            for faults in (self._faults, self._from_file):
                for fault in faults:
                    if fault.fits(method, path):
                        if fault.once:
                            faults.remove(fault)
                        return fault
        return None

    def _read_file(self, complain: Callable[[ValueError], None]) -> None:
        if self._file is None:
            return
        try:
            found = self._file.stat()
            version = (found.st_mtime_ns, found.st_size)
            if version == self._version:
                return
            lines = self._file.read_text().splitlines()
        except OSError:
            self._version, self._from_file = None, []
            return
        self._version = version
        try:
            self._from_file = parse(lines)
        except ValueError as error:
            complain(error)


def _raise(error: ValueError) -> None:
    raise error


def _tell(error: ValueError) -> None:
    sys.stderr.write(f"{error}\n")
