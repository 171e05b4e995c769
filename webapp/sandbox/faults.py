"""Fault injection: late, broken, refused or missing responses on request.

A fault is a line of text, `METHOD PATH FAULT [once]`:

    POST /v1/phonebook/groups cut-after once
    GET /v1/phonebook/groups* status:503
    * * slow:3

METHOD may be `*`, and PATH is a pattern like those for file names. The first fault that matches a request is applied; a
fault with `once` is then removed.

With these faults, the request is not executed:

- `cut-before`: the connection is closed.
- `status:NNN`: the response is an error with this status.

With these faults, the request is executed:

- `cut-after`: the connection is closed without a response.
- `cut-body`: the connection is closed in the middle of the response's body.
- `slow:SECONDS`: the response is delayed.
- `drip-headers:SECONDS`, `drip-body:SECONDS`: that part of the response is sent byte by byte, with this delay.
- `malformed`: the second half of the body is missing.
- `html`: the body is an HTML page.
- `status-after:NNN`: the response is an error with this status.

Faults of the body don't affect a response without one, such as the 204 of a deletion.
"""

import os
import re
import sys
import threading
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from fnmatch import fnmatchcase
from http import HTTPMethod
from pathlib import Path
from typing import TYPE_CHECKING, Self

from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from webapp.sandbox.app import refuse

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication, WSGIEnvironment

GRAMMAR = (
    "METHOD PATH FAULT [once], where FAULT is slow:SECONDS, drip-headers:SECONDS, drip-body:SECONDS, cut-before, "
    "cut-after, cut-body, malformed, html, status:NNN or status-after:NNN"
)
LINE = re.compile(
    rf"""
    (?P<method>\*|{"|".join(HTTPMethod)}) \s+
    (?P<path>[/*]\S*) \s+
    (?P<fault>
        (slow|drip-headers|drip-body) : [0-9]{{1,5}}(\.[0-9]{{1,5}})?
        | status(-after)? : [2-9][0-9]{{2}}
        | cut-(before|after|body) | malformed | html
    )
    (\s+(?P<once>once))?
    """,
    re.VERBOSE,
)


@dataclass(frozen=True)
class Fault:
    """A fault, and the requests that it matches."""

    method: str
    path: str
    kind: str
    number: float = 0
    """The seconds or the status, for kinds that have one."""
    once: bool = False

    @classmethod
    def parse(cls, line: str) -> Self:
        """Parse a line.

        Raises:
            ValueError: if it is invalid.

        """
        match = LINE.fullmatch(line.strip())
        if not match:
            raise ValueError(f"{line!r} is not of the form {GRAMMAR}.")
        kind, _, number = match["fault"].partition(":")
        return cls(match["method"], match["path"], kind, float(number or 0), bool(match["once"]))

    @property
    def cuts(self) -> bool:
        """Whether the connection is closed after the fault."""
        return self.kind.startswith("cut-")

    def fits(self, method: str, path: str) -> bool:
        """Return whether this fault matches a request."""
        return self.method in ("*", method) and fnmatchcase(path, self.path)

    def answer(self, app: "WSGIApplication", environ: "WSGIEnvironment") -> Response:
        """Execute the request, unless the fault prevents that, and return the response."""
        if self.kind == "cut-before":
            return Response()  # `pieces` sends nothing of it
        if self.kind == "status":
            return Response.from_app(_refusal(self.number), environ)
        response = Response.from_app(app, environ)
        match self.kind:
            case "malformed":
                response.set_data(response.get_data()[: len(response.get_data()) // 2])
            case "html":
                response.content_type = "text/html; charset=utf-8"
                response.set_data("<!doctype html><title>Sandbox</title><p>A page where JSON should be.")
            case "status-after":
                response.close()
                response = _refusal(self.number)
            case _:
                return response
        return Response.from_app(response, environ)  # drops the body where HTTP forbids one

    def pieces(self, head: bytes, body: Iterator[bytes]) -> Iterator[tuple[float, bytes]]:
        """Yield the pieces of the response to send, each with the seconds to wait before it."""
        match self.kind:
            case "slow":
                yield self.number, head + next(body, b"")
            case "drip-headers":
                yield from self._drip(head)
            case "drip-body":
                yield 0, head
                yield from self._drip(b"".join(body))
            case "cut-body":
                whole = b"".join(body)
                yield 0, head + whole[: len(whole) // 2]
                return
            case "cut-before" | "cut-after":
                return
            case _:
                yield 0, head + next(body, b"")
        for piece in body:
            yield 0, piece

    def _drip(self, data: bytes) -> Iterator[tuple[float, bytes]]:
        return ((self.number, bytes([byte])) for byte in data)


NO_FAULT = Fault("*", "*", "none")


class Faults:
    """The active faults: first those given as lines, then those of a control file. Thread-safe."""

    def __init__(self, *lines: str, file: Path | None = None) -> None:
        """Parse the lines and the file. In the file, blank lines and lines that begin with # are ignored.

        The file is read again whenever it has changed. If it can't be opened, it has no faults. If it has an invalid
        line by then, an error is written to standard error and the earlier faults stay.

        Raises:
            ValueError: if a line is invalid.

        """
        self._lock = threading.Lock()
        self._file = file
        self._file_version: tuple[int, ...] = ()
        self._from_file: list[Fault] = []
        self.replace(*lines)
        if file:
            with suppress(OSError):  # it may be created later
                self._read(file)

    def replace(self, *lines: str) -> None:
        """Replace the faults given as lines.

        Raises:
            ValueError: if a line is invalid.

        """
        given = _parse(lines)
        with self._lock:
            self._given = given

    def take(self, method: str, path: str) -> Fault:
        """Return the first fault that matches a request, or NO_FAULT."""
        with self._lock:
            if self._file:
                self._read_again(self._file)
            for faults in (self._given, self._from_file):
                for fault in faults:
                    if fault.fits(method, path):
                        if fault.once:
                            faults.remove(fault)
                        return fault
        return NO_FAULT

    def _read_again(self, path: Path) -> None:
        try:
            self._read(path)
        except OSError:
            self._file_version, self._from_file = (), []
        except ValueError as error:
            sys.stderr.write(f"The faults from before stay, for {path} can't be read: {error}\n")

    def _read(self, path: Path) -> None:
        with path.open(encoding="utf-8") as file:
            stat = os.fstat(file.fileno())
            version = (stat.st_ino, stat.st_mtime_ns, stat.st_size)
            if version != self._file_version:
                self._file_version = version  # before parsing, so that an error is reported once
                self._from_file = _parse(line for line in file if line.strip() and not line.lstrip().startswith("#"))


def _parse(lines: Iterable[str]) -> list[Fault]:
    return [Fault.parse(line) for line in lines]


def _refusal(status: float) -> Response:
    error = HTTPException("This fault was ordered.")
    error.code = int(status)
    return refuse(error)
