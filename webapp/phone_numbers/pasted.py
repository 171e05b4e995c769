"""Parsing of pasted lines of phone numbers, and of texts with several numbers."""

import re
import unicodedata
from dataclasses import dataclass

from webapp.phone_numbers.reading import MAX_INPUT_CHARS, UnreadableNumber, check_number, read_number
from webapp.phone_numbers.several import MORE_NUMBERS
from webapp.text import is_blank

MAX_LINES = 100
"""Limit of pasted lines, and of the numbers in them."""
MAX_NUMBERS = 5
"""Numbers that a text may have to be split."""
MAX_SHOWN_CHARS = 60

ONE_PER_LINE = f"{MORE_NUMBERS}: write one per line"
SAME_ABOVE = "This number is already listed above"

_BETWEEN_NUMBERS = re.compile(
    r"[,;/|\r\n\t]+|\s{2,}|(?<=\d)\s+(?=(?:[^\W\d_]+[.:]*\s?)?\+)"
    r"|\s(?:or|and|või|ja|или|и|vai|un|ar|ir|tai|oder|und|&)\s"
)

_ITEM = re.compile(r"\s*([1-9][0-9]{0,2})[.)]\s+(.+)")


class TooManyLines(Exception):
    """There are too many lines: `count` of them."""

    def __init__(self, count: int) -> None:
        super().__init__(f"{count} lines")
        self.count = count


@dataclass(frozen=True)
class NumberLine:
    """A pasted line, or one of several numbers in it, with the number or the reason why it was not accepted."""

    text: str
    """The line as shown to the user: without invisible characters, and shortened if it is long."""
    number: str | None = None
    reason: str | None = None


def read_lines(text: str, region: str, most: int = MAX_LINES) -> list[NumberLine]:
    """Parse pasted lines of phone numbers. Blank lines are skipped.

    Raises:
        TooManyLines: if there are more than `most` lines or numbers.

    """
    written = [line for line in text.splitlines() if not is_blank(line)]
    if len(written) > most:
        raise TooManyLines(len(written))
    seen: set[str] = set()
    lines = [_once(line, seen) for place, each in enumerate(written, 1) for line in _read_line(each, region, place)]
    if len(lines) > most:
        raise TooManyLines(len(lines))
    return lines


def read_several(text: str, region: str) -> list[str]:
    """Return the numbers in a text, each once, if there are several and nothing else; otherwise none."""
    parts = [part for part in _BETWEEN_NUMBERS.split(text) if not is_blank(part)]
    if not 1 < len(parts) <= MAX_NUMBERS:
        return []
    try:
        numbers = [read_number(part, region) for part in parts]
    except UnreadableNumber:
        return []
    return [] if any(map(check_number, numbers)) else list(dict.fromkeys(numbers))


def _read_line(text: str, region: str, place: int) -> list[NumberLine]:
    try:
        return [NumberLine(_shown(text), read_number(text, region))]
    except UnreadableNumber as error:
        if item := _read_item(text, region, place):
            return [NumberLine(_shown(text), item)]
        if error.reason != MORE_NUMBERS:
            return [NumberLine(_shown(text), reason=error.reason)]
    several = [NumberLine(number, number) for number in read_several(text, region)]
    return several or [NumberLine(_shown(text), reason=ONE_PER_LINE)]


def _read_item(text: str, region: str, place: int) -> str | None:
    """Parse an item of a numbered list: "3. 5123 4567". It can't be numbered higher than its place in the text."""
    item = _ITEM.fullmatch(text)
    if item is None or int(item[1]) > place:
        return None
    try:
        number = read_number(item[2], region)
    except UnreadableNumber:
        return None
    return None if check_number(number) else number


def _once(line: NumberLine, seen: set[str]) -> NumberLine:
    if line.number in seen:
        return NumberLine(line.text, reason=SAME_ABOVE)
    if line.number:
        seen.add(line.number)
    return line


def _shown(text: str) -> str:
    """Prepare a line for display: remove invisible characters and shorten it."""
    text = text.strip()
    seen = "".join(
        " " if each.isspace() else each for each in text[:MAX_INPUT_CHARS] if each.isspace() or _is_seen(each)
    )
    folded = " ".join(seen.split())
    return (
        folded
        if len(folded) <= MAX_SHOWN_CHARS and len(text) <= MAX_INPUT_CHARS
        else folded[: MAX_SHOWN_CHARS - 1] + "…"
    )


def _is_seen(character: str) -> bool:
    return unicodedata.category(character) not in {"Cc", "Cf", "Co", "Cs"}
