"""Where an answer differs from the last one: of a long list in which somebody has changed a row, only that is read.

What the two have in common at the beginning and at the end is cut off between rows. That it was cut there, and nowhere
in a name that looks like JSON, is proven by the parser: each part has to be a list by itself.
"""

from dataclasses import dataclass

import msgspec

STEP = 64 * 1024
"""Bytes that are compared at a time."""


class _Any(msgspec.Struct, gc=False):
    """Any row, whatever is in it."""


@dataclass(frozen=True)
class Difference:
    """Which rows of the last answer are others now: those from `start` to `end`, and what stands there instead."""

    start: int
    end: int
    rows: bytes
    """As a list in JSON."""


def difference(last: bytes, body: bytes, count: int) -> Difference | None:
    """Find the one place where a list has changed; None where it can't be told.

    Args:
        last: an answer: an object in JSON with a list in it.
        body: another one from the same place.
        count: how many rows the last one has.

    """
    opening, closing = last.find(b"[") + 1, last.rfind(b"]")
    if not opening or closing < opening or body[:opening] != last[:opening] or not body.endswith(last[closing:]):
        return None
    cut = max(last.rfind(b"}", 0, _common_start(last, body)) + 1, opening)
    common = _common_end(last, body, min(len(last), len(body)) - cut)
    goes_on = last.find(b"{", len(last) - common, closing)
    if goes_on < 0:
        goes_on = closing
    rest = len(last) - goes_on
    if not opening <= cut <= min(goes_on, len(body) - rest):
        return None
    view = memoryview(last)
    before, after = _rows(view[opening:cut]), _rows(view[goes_on:closing])
    if before is None or after is None:
        return None
    rows = _between(body[cut : len(body) - rest], follows=before > 0, precedes=after > 0)
    return None if rows is None else Difference(before, count - after, b"[%b]" % rows)


def _common_start(last: bytes, body: bytes) -> int:
    """Return how many bytes two answers begin with in common."""
    size = 0
    while size < len(last) and body.startswith(last[size : size + STEP], size):
        size += STEP
    step = STEP
    while step := step // 2:
        if size + step <= len(last) and body.startswith(last[size : size + step], size):
            size += step
    return min(size, len(last), len(body))


def _common_end(last: bytes, body: bytes, most: int) -> int:
    """Return how many bytes, up to a number of them, two answers end with in common."""
    size, step = 0, STEP
    while step:
        part = last[len(last) - size - step : len(last) - size]
        if size + step <= most and body.endswith(part, 0, len(body) - size):
            size += step
        else:
            step //= 2
    return size


def _rows(text: memoryview) -> int | None:
    """Count the rows in a part of a list; None where it is no whole number of them."""
    try:
        return len(msgspec.json.decode(b"".join((b"[", text, b"]")), type=list[_Any]))
    except (msgspec.MsgspecError, RecursionError):
        return None


def _between(text: bytes, *, follows: bool, precedes: bool) -> bytes | None:
    """Take the commas off rows that stand between others; None where they don't fit there."""
    text = text.strip()
    if follows and precedes and text == b",":
        return b""
    if follows and (text or precedes):
        if not text.startswith(b","):
            return None
        text = text[1:].strip()
    if precedes and text:
        return text[:-1] if text.endswith(b",") and len(text) > 1 else None
    return None if precedes and follows else text
