"""Counts which of the dashboard's own modules and functions a request enters, and how deep their calls go."""

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import webapp

PACKAGE = f"{Path(webapp.__file__).parent}/"
SANDBOX = f"{PACKAGE}sandbox/"


class EnteredCode:
    """The dashboard's own calls, in their order. Comprehensions and generator expressions don't count."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.functions: set[tuple[str, str]] = set()
        self.depth = 0
        self._stacks = threading.local()

    @property
    def modules(self) -> set[str]:
        return {module for module, _ in self.functions}

    def __str__(self) -> str:
        counts = f"{len(self.modules)} modules, {len(self.functions)} functions, {self.depth} calls deep"
        return "\n".join([counts, *self.lines])

    def profile(self, frame: FrameType, event: str, _argument: Any) -> None:
        """Note a call or a return: a function for `sys.setprofile`."""
        code = frame.f_code
        is_own = code.co_filename.startswith(PACKAGE) and not code.co_filename.startswith(SANDBOX)
        if not is_own or code.co_name in {"<module>", "<genexpr>", "<listcomp>", "<setcomp>", "<dictcomp>"}:
            return
        stack: list[FrameType] = self._stacks.__dict__.setdefault("stack", [])
        if event == "call":
            stack.append(frame)
            module = code.co_filename.removeprefix(PACKAGE).removesuffix(".py")
            self.functions.add((module, code.co_qualname))
            self.depth = max(self.depth, len(stack))
            self.lines.append(f"{'  ' * len(stack)}{module}: {code.co_qualname}")
        elif event == "return" and stack and stack[-1] is frame:
            stack.pop()


@contextmanager
def entered_code() -> Iterator[EnteredCode]:
    """Note the calls of this thread, and of threads that start, in the `with` block."""
    found = EnteredCode()
    threading.setprofile(found.profile)
    sys.setprofile(found.profile)
    try:
        yield found
    finally:
        sys.setprofile(None)
        threading.setprofile(None)
