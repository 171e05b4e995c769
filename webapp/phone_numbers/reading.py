"""Phone numbers as people type them, or paste them from wherever they keep them.

Whatever the phonebook may hold can be read, so that it is found. Whether there can be such a number is another
question, asked before a contact is made (`check_number`).
"""

import re
import unicodedata
from dataclasses import dataclass

from webapp.phone_numbers import numbering_plans
from webapp.phone_numbers.numbering_plans import NUMBER
from webapp.site.text import is_blank

LONGEST = 200
"""Characters beyond which nothing is looked at."""
SHOWN = 60
MOST_LINES = 100
"""That are read at once."""

_LINE_BREAKS = "\n\v\f\r\x1c\x1d\x1e\x85\u2028\u2029"
_AROUND = _LINE_BREAKS + " \t'\"`‘’‚‛“”„‟‹›«»,;="
_DASHES = "\u02d7\u2043\u2212"  # those that Unicode doesn't count as such
_UNSEEN = "\ufe0e\ufe0f"  # with the "format" characters: what makes a digit an emoji, or not
_JOINTS = re.compile(r"[ \t\-./()⁄∕·•]")
_TRUNK_ZERO = re.compile(r"\(\s*0\s*\)")

_COPY_AGAIN = "format its column as text and copy it again"
_REFUSED = (
    (re.compile(r"[^0-9]*"), "There is no number in it"),
    (re.compile(f".*[{_LINE_BREAKS}].*", re.DOTALL), "It goes over more than one line"),
    (re.compile(r".*[\0-\x08\x0e-\x1f\x7f-\x9f].*"), "It has a character in it that can't be seen: type it again"),
    (re.compile(r"[+-]?[0-9]+([.,][0-9]+)?e[+-]?[0-9]+"), f"A spreadsheet has shortened this number: {_COPY_AGAIN}"),
    (re.compile(r"\+?[0-9]{7,}[.,]0{1,2}"), f"A spreadsheet has put a decimal point into this number: {_COPY_AGAIN}"),
    (re.compile(r".*[0-9)] *;?(e?xt[a-z]*|x|#|доб)[ .:=]*[0-9]+#?"), "It has an extension: leave that out"),
)
_NEXT_LINE = re.compile(r"[^/]*[0-9] */ *[0-9]{1,2}")
"""A number, and how another one of the same house ends."""


class Unreadable(Exception):
    """It can't be read as a phone number. `reason` says why: a sentence without a full stop."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class TooMany(Exception):
    """There are more lines than are read at once; `count` of them."""

    def __init__(self, count: int) -> None:
        super().__init__(f"{count} lines")
        self.count = count


@dataclass(frozen=True)
class Line:
    """A line that was pasted: either its number, or the reason why there is none to be used."""

    text: str
    """What is shown of it: without what can't be seen, and not all of it if it is long."""
    number: str | None = None
    reason: str | None = None


def read_number(text: str, region: str) -> str:
    """Return the number in E.164 format.

    What is written as the phonebook writes it is taken as it stands. Else what the numbering plans make of it counts.

    Args:
        text: one number.
        region: where a number without a country's code is from: two letters, or nothing.

    Raises:
        Unreadable: saying why.

    """
    written = _plain(text)
    if NUMBER.fullmatch(written):
        return written
    if reason := _why_refused(written):
        raise Unreadable(reason)
    # A zero in brackets is not dialled from abroad; but in some countries it is.
    readings = [_JOINTS.sub("", reading) for reading in (written, _TRUNK_ZERO.sub("", written))]
    if readings[0].startswith(("+", "00")):
        return _international([re.sub(r"^(\+|00)", "+", reading) for reading in readings])
    if not region:
        raise Unreadable("Write it with + and the country's code")
    return _national(readings, region)


def check_number(number: str) -> str | None:
    """Say why no contact should be made of a number in E.164 format, since there can't be such a number.

    None where there can.
    """
    return numbering_plans.why_impossible(number) if NUMBER.fullmatch(number) else "It is no phone number"


def read_lines(text: str, region: str, most: int = MOST_LINES) -> list[Line]:
    """Read what was pasted, one number a line. Lines with nothing to see in them are left out.

    Raises:
        TooMany: when there are more than `most` lines.

    """
    written = [line for line in text.splitlines() if not is_blank(line)]
    if len(written) > most:
        raise TooMany(len(written))
    found: set[str] = set()
    return [_line(each, region, found) for each in written]


def _line(text: str, region: str, found: set[str]) -> Line:
    shown = _shown(text)
    try:
        number = read_number(text, region)
    except Unreadable as error:
        return Line(shown, reason=error.reason)
    if number in found:
        return Line(shown, reason="The same number stands above")
    found.add(number)
    return Line(shown, number)


def _international(readings: list[str]) -> str:
    if fitting := [reading for reading in readings if NUMBER.fullmatch(reading)]:
        return numbering_plans.likeliest(fitting)
    if readings[0][1:2] == "0":
        raise Unreadable("No country's code begins with 0")
    raise Unreadable(f"It is too {'long' if len(readings[0]) > 10 else 'short'} for a phone number")


def _national(readings: list[str], region: str) -> str:
    for reading in readings:
        if number := numbering_plans.read_within(reading, region):
            return number
    raise Unreadable(numbering_plans.why_not_within(readings[-1], region))


def _plain(text: str) -> str:
    """Write it in ASCII, as far as it is a number, without what stands around it."""
    text = text.strip()
    if len(text) > LONGEST:
        raise Unreadable("It is too long for a phone number")
    plain = "".join(map(_plain_character, text)).strip(_AROUND)
    if len(plain) > LONGEST:  # some characters stand for many
        raise Unreadable("It is too long for a phone number")
    return re.sub(r"^tel:", "", plain, flags=re.IGNORECASE).strip(_AROUND)


def _plain_character(character: str) -> str:
    category = unicodedata.category(character)
    if category == "Nd":
        return str(unicodedata.decimal(character))
    if category == "Cf" or character in _UNSEEN:
        return ""
    if category == "Pd" or character in _DASHES:
        return "-"
    if category == "No":  # a footnote's mark is none of its digits
        return character
    return " " if category == "Zs" else unicodedata.normalize("NFKC", character)


def _why_refused(written: str) -> str | None:
    for pattern, reason in _REFUSED:
        if pattern.fullmatch(written.casefold()):
            return reason
    if any(map(str.isalpha, written)):
        return "It has letters in it"
    parts = re.split(r"[/,;|\t+]| {3,}", written)
    if sum(len(re.sub("[^0-9]", "", part)) >= 7 for part in parts) > 1 or _NEXT_LINE.fullmatch(written):
        return "There is more than one number in it: write one a line"
    bare = _JOINTS.sub("", written)
    if re.fullmatch(r"\+?[0-9]+", bare):
        return None
    if "+" in bare[1:]:
        return "Its + belongs at the beginning, and only there"
    other = re.sub("[+0-9]", "", bare)[0]
    odd = f"“{other}”" if other.isascii() else "a character"
    return f"It has {odd} in it, which is in no phone number"


def _shown(text: str) -> str:
    """Make a line fit to be shown back."""
    text = text.strip()
    seen = "".join(" " if each.isspace() else each for each in text[:LONGEST] if each.isspace() or _is_seen(each))
    folded = " ".join(seen.split())
    return folded if len(folded) <= SHOWN and len(text) <= LONGEST else folded[: SHOWN - 1] + "…"


def _is_seen(character: str) -> bool:
    return unicodedata.category(character) not in {"Cc", "Cf", "Co", "Cs"}
