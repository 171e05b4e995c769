"""Faults to order: answers that come late, broken, refused or not at all.

A fault is a line of text, `METHOD PATH FAULT [once]`:

    POST /v1/phonebook/groups cut-after once
    GET /v1/phonebook/groups* status:503
    * * slow:3

METHOD may be `*`, and PATH is a pattern as of file names. The first fault that fits a request acts on it; one that is
marked `once` is gone then.

Faults in which the request is not carried out:

- `cut-before`: the connection is cut.
- `status:NNN`: the answer is a refusal with this status.

Faults in which it is:

- `cut-after`: the connection is cut without an answer.
- `cut-body`: the connection is cut in the middle of the answer's body.
- `slow:SECONDS`: the answer comes late.
- `drip-headers:SECONDS`, `drip-body:SECONDS`: that part of the answer comes byte by byte, so far apart.
- `malformed`: the body is half of what it should be.
- `html`: the body is a page of HTML.
- `status-after:NNN`: the answer is a refusal with this status all the same.

An answer without a body, such as the 204 of a deletion, has none that could drip, be cut or be malformed.
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
    """What goes wrong with some requests."""

    method: str
    path: str
    kind: str
    number: float = 0
    """The seconds or the status, for kinds that have one."""
    once: bool = False

    @classmethod
    def parse(cls, line: str) -> Self:
        """Read a line.

        Raises:
            ValueError: if it can't be read.

        """
        match = LINE.fullmatch(line.strip())
        if not match:
            raise ValueError(f"{line!r} is not of the form {GRAMMAR}.")
        kind, _, number = match["fault"].partition(":")
        return cls(match["method"], match["path"], kind, float(number or 0), bool(match["once"]))

    @property
    def cuts(self) -> bool:
        """Whether the connection ends with what is sent of the answer."""
        return self.kind.startswith("cut-")

    def fits(self, method: str, path: str) -> bool:
        """Tell whether this fault is about such a request."""
        return self.method in ("*", method) and fnmatchcase(path, self.path)

    def answer(self, app: "WSGIApplication", environ: "WSGIEnvironment") -> Response:
        """Carry out the request, unless the fault comes before that, and return the answer."""
        if self.kind == "cut-before":
            return Response()  # of which `pieces` sends nothing
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
        return Response.from_app(response, environ)  # leaves the body out where HTTP allows none

    def pieces(self, head: bytes, body: bytes) -> Iterator[tuple[float, bytes]]:
        """Yield what is sent of an answer, each piece after the seconds to wait before it."""
        match self.kind:
            case "slow":
                yield self.number, head + body
            case "drip-headers":
                yield from self._drip(head)
                yield 0, body
            case "drip-body":
                yield 0, head
                yield from self._drip(body)
            case "cut-body":
                yield 0, head + body[: len(body) // 2]
            case "cut-before" | "cut-after":
                pass
            case _:
                yield 0, head + body

    def _drip(self, data: bytes) -> Iterator[tuple[float, bytes]]:
        return ((self.number, bytes([byte])) for byte in data)


NO_FAULT = Fault("*", "*", "none")


class Faults:
    """The faults in force: those given, and after them those of a control file. Safe to share between threads."""

    def __init__(self, *lines: str, file: Path | None = None) -> None:
        """Read the lines, and the file: blank lines in it and lines that begin with # mean nothing.

        The file is read again whenever it has changed. A file that can't be opened has no faults. If a line can't be
        read later, that is told on standard error and the faults from before stay.

        Raises:
            ValueError: if a line can't be read.

        """
        self._lock = threading.Lock()
        self._file = file
        self._file_version: tuple[int, ...] = ()
        self._from_file: list[Fault] = []
        self.replace(*lines)
        if file:
            with suppress(OSError):  # it may be written later
                self._read(file)

    def replace(self, *lines: str) -> None:
        """Put other lines in the place of those given before.

        Raises:
            ValueError: if one can't be read.

        """
        given = _parse(lines)
        with self._lock:
            self._given = given

    def take(self, method: str, path: str) -> Fault:
        """Return the fault that acts on this request, which may be none."""
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
                self._file_version = version  # even if it can't be read: that is told once
                self._from_file = _parse(line for line in file if line.strip() and not line.lstrip().startswith("#"))


def _parse(lines: Iterable[str]) -> list[Fault]:
    return [Fault.parse(line) for line in lines]


def _refusal(status: float) -> Response:
    error = HTTPException("This fault was ordered.")
    error.code = int(status)
    return refuse(error)
