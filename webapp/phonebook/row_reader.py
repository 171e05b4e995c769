"""Decode the rows of a long list while its text comes in, so that no more than a piece of it is held.

The text is cut between two rows. Whether it has been is not guessed: only if everything before a cut is a complete JSON
array of rows, the cut is not within a string or a nested value.
"""

import re
from dataclasses import dataclass
from typing import Generic, TypeVar

import msgspec

from webapp.phonebook.decoding import decode_contact_rows, decode_rows, has_no_rows
from webapp.phonebook.errors import AnswerTooLarge, UnreadableAnswer

Row = TypeVar("Row")

_START = re.compile(rb'"contacts"\s*:\s*\[')
_BETWEEN_ROWS = re.compile(rb"\}\s*,\s*\{")
_TOKENS = re.compile(rb'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)|[\[\]{}]', re.DOTALL)
"""Matches every string in JSON, also one that is cut off, and every bracket outside strings."""
_NEAR_END = 16 * 1024
"""Bytes at the end of a text in which a cut is looked for first."""


@dataclass(frozen=True)
class Batch(Generic[Row]):
    """Some rows of a list."""

    rows: tuple[Row, ...] = ()
    unreadable: int = 0
    """Invalid rows, which were skipped."""


class RowReader(Generic[Row]):
    """Decodes the rows of a list of contacts from the pieces of its text.

    Attributes:
        head: the text up to the first row; empty if that has not come yet.
        rest: the text that has not been decoded, such as the beginning of a row.

    """

    def __init__(self, kind: type[Row], max_bytes: int, head: bytes = b"", rest: bytes = b"") -> None:
        """Begin to read.

        Args:
            kind: the type of the rows, a Struct.
            max_bytes: limit for a single row, and for what an answer has besides its rows.
            head: of an earlier reader that is continued.
            rest: of an earlier reader that is continued.

        """
        self._kind, self._max_bytes = kind, max_bytes
        self.head, self.rest = head, rest
        self._needed = 0

    def feed(self, piece: bytes) -> Batch[Row]:
        """Return the rows that have become complete with a piece of the text.

        Raises:
            UnreadableAnswer: if no row ends for too long; AnswerTooLarge if none begins.

        """
        self.rest += piece
        if len(self.rest) > self._max_bytes:
            kind = UnreadableAnswer if self.head else AnswerTooLarge
            raise kind(f"more than {self._max_bytes} bytes without a row", status=200)
        if len(self.rest) < self._needed:
            return Batch()
        if self.head or self._find_start():
            for find in (_guess_last_row, _find_last_row):
                if batch := self._decode_up_to(find(self.rest)):
                    self._needed = 0
                    return batch
        self._needed = 2 * len(self.rest)  # so that a long row takes linear time
        return Batch()

    def end(self) -> Batch[Row]:
        """Return the last rows, after the whole text has come.

        Raises:
            UnreadableAnswer: if it is incomplete or has another shape.

        """
        return Batch(*decode_contact_rows(self.head + self.rest, self._kind))

    def _find_start(self) -> bool:
        for found in _START.finditer(self.rest):
            head = self.rest[: found.end()]
            try:
                is_start = has_no_rows(head + b"]}")
            except (msgspec.MsgspecError, ValueError, RecursionError):
                continue  # within a string or another value
            if is_start:
                self.head, self.rest = head, self.rest[found.end() :]
                return True
        return False

    def _decode_up_to(self, start: int) -> Batch[Row] | None:
        """Decode the rows before the one that seems to begin at an index; None if none begins there."""
        before = self.rest[:start].rstrip()
        if not before.endswith(b","):
            return None
        try:
            batch = Batch(*decode_rows(b"[%b]" % before[:-1], self._kind))
        except (msgspec.MsgspecError, ValueError):
            return None
        except RecursionError as error:
            raise UnreadableAnswer("a row is nested too deeply", status=200) from error
        self.rest = self.rest[start:]
        return batch


def _guess_last_row(text: bytes) -> int:
    """Return where the last row probably begins; 0 if no row seems to begin near the end."""
    return max((found.end() - 1 for found in _BETWEEN_ROWS.finditer(text, max(0, len(text) - _NEAR_END))), default=0)


def _find_last_row(text: bytes) -> int:
    """Return where the last row begins that is an object, by reading the whole text; 0 if it has only one."""
    depth, last = 0, 0
    for token in _TOKENS.finditer(text):
        match text[token.start()]:
            case 0x7B | 0x5B:  # { [
                if depth == 0:
                    last = token.start()
                depth += 1
            case 0x7D | 0x5D:  # } ]
                depth -= 1
                if depth < 0:  # the end of the list
                    break
    return last
