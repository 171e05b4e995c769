"""The body of an answer, read with as little memory as it takes."""

import urllib3

from webapp.phonebook.deadline import Call
from webapp.phonebook.kept import SHORT, Turn

PIECE = 128 * 1024
"""Bytes that are compared at a time with the last answer: so many stay in the processor's cache."""


def read_body(response: urllib3.BaseHTTPResponse, most: int, turn: Turn | None, call: Call) -> bytes:
    """Read a body, up to one byte more than is allowed.

    As long as it is the same as the last one, no more than a piece of it is held: most often nobody has changed a long
    list, which then costs no memory, and less time than copying it. From the first difference on it is read whole, if
    it is short. Before more than that is held, the call waits for its turn; by then another call may have fetched the
    very same answer, and so the comparison goes on with that one.
    """
    size, last = 0, turn.last if turn else b""
    while True:
        piece = b""
        while last and (piece := response.read(PIECE, decode_content=True)) and last.startswith(piece, size):
            size += len(piece)
        if last and not piece:
            return last if size == len(last) else last[:size]
        short = min(SHORT, most + 1 - size - len(piece)) if turn else most + 1
        piece += response.read(max(0, short), decode_content=True)
        if not turn or len(piece) < SHORT:
            return b"".join((memoryview(last)[:size], piece))
        if not turn.take(call.remaining):
            raise TimeoutError("other long answers came first")
        if turn.last is last or not (turn.last.startswith(piece, size) and turn.last.startswith(last[:size])):
            rest = response.read(max(0, most + 1 - size - len(piece)), decode_content=True)
            return b"".join((memoryview(last)[:size], piece, rest))
        size, last = size + len(piece), turn.last
