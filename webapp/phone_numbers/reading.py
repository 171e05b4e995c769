"""Parsing of phone numbers that people type or paste.

Parsing accepts every number that the phonebook may hold, so that it can be found. `check_number` is stricter: it
rejects impossible numbers before a contact is created.
"""

import re
import unicodedata
from functools import partial

from webapp.phone_numbers import labels, numbering_plans, several
from webapp.phone_numbers.numbering_plans import E164

MAX_INPUT_CHARS = 200
"""Longer input is refused unread."""

_LINE_BREAKS = "\n\v\f\r\x1c\x1d\x1e\x85\u2028\u2029"
_AROUND = _LINE_BREAKS + " \t'\"`‘’‚‛“”„‟‹›«»<>[],;:="
_DASHES = "\u02d7\u2043\u2212"  # dashes outside Unicode's category Pd
_UNSEEN = "\ufe0e\ufe0f"  # variation selectors, dropped like format characters
_JOINTS = re.compile(r"[ \t\-./()⁄∕·•]")
_TRUNK_ZERO = re.compile(r"\(\s*0\s*\)")

NO_COUNTRY_CODE = "Write the number with + and the country code"
_COPY_AGAIN = "format its column as text and copy it again"
_REFUSED = (
    (re.compile(r"[^0-9]*"), "There is no number in it"),
    (re.compile(f".*[{_LINE_BREAKS}].*", re.DOTALL), "It has more than one line"),
    (re.compile(r".*[\0-\x08\x0e-\x1f\x7f-\x9f].*"), "It has an invisible character in it: type it again"),
    (re.compile(r"[+-]?[0-9]+([.,][0-9]+)?e[+-]?[0-9]+"), f"A spreadsheet has shortened this number: {_COPY_AGAIN}"),
    (re.compile(r"\+?[0-9]{7,}[.,]0{1,2}"), f"A spreadsheet has put a decimal point into this number: {_COPY_AGAIN}"),
    (re.compile(r".*[0-9)] *;?(e?xt[a-z]*|x|#|доб)[ .:=]*[0-9]+#?"), "It has an extension: leave that out"),
)
_TONE = re.compile(r"^8 *[~^] *10")
"""The international prefix of Russia and its neighbours with "~" or "^" for the dial tone."""
_DATE = re.compile(
    r"(0?[1-9]|[12][0-9]|3[01])([./-])(0?[1-9]|1[0-2])\2(19|20)[0-9]{2}|(19|20)[0-9]{2}-[01][0-9]-[0-3][0-9]"
)


class UnreadableNumber(Exception):
    """The text is not a phone number. `reason` says why: a sentence for the user, without a full stop."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def read_number(text: str, region: str) -> str:
    """Parse a phone number and return it in E.164 format.

    A number that is already in E.164 format is returned unchanged, valid or not.

    Args:
        text: one number.
        region: two-letter region of numbers without a country code; "" refuses these.

    Raises:
        UnreadableNumber: with the reason.

    """
    return _read_plain(_plain(text), region)


def _read_plain(written: str, region: str) -> str:
    written = _TONE.sub("810", _without_label(written))
    if E164.fullmatch(written):
        return written
    if reason := _why_refused(written):
        raise UnreadableNumber(reason)
    if number := numbering_plans.read_groups(written, region):
        return number
    read = partial(_by_itself, region=region)
    try:
        column = several.only_column(written, read)
        if column != written:
            return _read_plain(column, region)
        several.check_spaces(written, read)
    except ValueError as error:
        raise UnreadableNumber(str(error)) from None
    if several.is_more_than_one(written, read):
        raise UnreadableNumber(several.MORE_NUMBERS)
    return _read_one(written, region)


def _read_one(written: str, region: str) -> str:
    """Parse a text that contains at most one number."""
    if reason := _why_not_one(written):
        raise UnreadableNumber(reason)
    # "(0)" is usually not dialled from abroad, but in some countries it is.
    readings = [_JOINTS.sub("", reading) for reading in (written, _TRUNK_ZERO.sub("", written))]
    if region and (number := _dialled_abroad(written, readings, region)):
        return number
    if readings[0].startswith(("+", "00")):
        return _international([re.sub(r"^(\+|00)", "+", reading) for reading in readings])
    if not region:
        raise UnreadableNumber(NO_COUNTRY_CODE)
    return _national(readings, region)


def _by_itself(written: str, region: str) -> str | None:
    """Parse a part of a text as a number; None if it isn't a possible number."""
    try:
        number = _read_one(_without_label(written.strip(_AROUND)), region)
    except UnreadableNumber:
        return None
    return None if numbering_plans.why_impossible(number) else number


def _dialled_abroad(written: str, readings: list[str], region: str) -> str | None:
    """Parse a number that begins with the region's international prefix; None if another interpretation is better.

    Raises:
        UnreadableNumber: if no possible number follows the prefix, or the number is also valid with 00 read as "+".

    """
    splits = [numbering_plans.without_international_prefix(reading, region) for reading in readings]
    own = {number: prefix for prefix, number in filter(None, splits) if E164.fullmatch(number)}
    with_plus = [f"+{reading[2:]}" for reading in readings if reading.startswith("00")]
    if not own or not own.keys().isdisjoint(with_plus):
        return None
    number = next(filter(numbering_plans.exists, own), None)
    other = next(filter(numbering_plans.exists, with_plus), None)
    if number and other:
        return _as_grouped(written, own[number], number, other)
    if number or other:
        return number
    if any(numbering_plans.read_within(reading, region) for reading in readings):
        return None
    number = numbering_plans.most_likely(list(own))
    if reason := numbering_plans.why_impossible(number):
        if with_plus:
            raise UnreadableNumber(reason)
        return None
    return number


def _as_grouped(written: str, prefix: str, number: str, other: str) -> str:
    """Choose between two valid interpretations, with the region's own prefix and with 00, by the first digit group."""
    first, *rest = re.findall("[0-9]+", written)
    if first == prefix or (not rest and other.startswith("+1")):  # in most of these regions, 001 is a prefix
        return number
    if first == "00" or (rest and len(first) > len(prefix)):
        return other
    choice = f"{numbering_plans.grouped(number)} or {numbering_plans.grouped(other)}"
    raise UnreadableNumber(f"It could be {choice}: write it with +")


def check_number(number: str) -> str | None:
    """Return the reason why a contact can't have this number; None if the number is possible."""
    return numbering_plans.why_impossible(number) if E164.fullmatch(number) else "It is not a phone number"


def warn_of_number(number: str) -> str | None:
    """Return a warning for a number that is possible but not valid; otherwise None."""
    is_possible = check_number(number) is None
    return numbering_plans.why_doubtful(number) if is_possible else None


def _international(readings: list[str]) -> str:
    if fitting := [reading for reading in readings if E164.fullmatch(reading)]:
        return numbering_plans.most_likely(fitting)
    if readings[0][1:2] == "0":
        raise UnreadableNumber("No country code begins with 0")
    raise UnreadableNumber(f"It is too {'long' if len(readings[0]) > 10 else 'short'} for a phone number")


def _national(readings: list[str], region: str) -> str:
    for reading in readings:
        if number := numbering_plans.read_within(reading, region):
            return number
    raise UnreadableNumber(numbering_plans.why_not_within(readings[-1], region))


def _plain(text: str) -> str:
    """Convert digits, dashes and spaces to ASCII, and strip quotes and punctuation around the number."""
    text = text.strip()
    if len(text) > MAX_INPUT_CHARS:
        raise UnreadableNumber("It is too long for a phone number")
    plain = "".join(map(_plain_character, text))
    signs = "".join(each for each in set(plain) if unicodedata.category(each) in {"So", "Sk"})  # such as ☎
    plain = plain.strip(_AROUND + signs)
    if len(plain) > MAX_INPUT_CHARS:  # NFKC expands some characters
        raise UnreadableNumber("It is too long for a phone number")
    return plain


def _without_label(plain: str) -> str:
    try:
        return labels.take_off(plain).strip(_AROUND)
    except labels.FaxNumber:
        raise UnreadableNumber("It is a fax number, which can't receive messages") from None


def _plain_character(character: str) -> str:
    category = unicodedata.category(character)
    if category == "Nd":
        return str(unicodedata.decimal(character))
    if category == "Cf" or character in _UNSEEN:
        return ""
    if category == "Pd" or character in _DASHES:
        return "-"
    if category == "No":  # a superscript footnote mark must not become a digit
        return character
    return " " if category == "Zs" else unicodedata.normalize("NFKC", character)


def _why_refused(written: str) -> str | None:
    return next((reason for pattern, reason in _REFUSED if pattern.fullmatch(written.casefold())), None)


def _why_not_one(written: str) -> str | None:
    if not re.search("[0-9]", written):
        return "There is no number in it"
    if any(map(str.isalpha, written)):
        return "It has letters in it: leave only the number"
    if _DATE.fullmatch(written):
        return "It looks like a date"
    bare = _JOINTS.sub("", written)
    if re.fullmatch(r"\+?[0-9]+", bare):
        return None
    if "+" in bare[1:]:
        return "The + can only be at the beginning"
    other = re.sub("[+0-9]", "", bare)[0]
    odd = f"“{other}”" if other.isascii() else "a character"
    return f"It has {odd} in it, which is in no phone number"
