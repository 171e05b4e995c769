"""What is in a cell: a number, a detail, a full name, groups, or yes or no."""

import re
from collections.abc import Container

from webapp.contacts.details import DetailRefused, check_detail, tidy
from webapp.contacts.emails import NotAnAddress
from webapp.phone_numbers.numbering_plans import E164, exists
from webapp.phone_numbers.pasted import read_several
from webapp.phone_numbers.reading import NO_COUNTRY_CODE, UnreadableNumber, check_number, read_number
from webapp.phone_numbers.several import MORE_NUMBERS
from webapp.text import MAX_TEXT_CHARS, fold, is_blank, normalize_spaces, remove_hidden_characters

CLEAR = "--"
"""A cell that empties the contact's field."""

MIN_DIGITS_WITH_CODE = 11
"""Digits from which a number may have its country code and lack only the +."""

SHORTENED = "A spreadsheet has shortened this number: import the .xlsx file, which has all its digits"
HIDDEN = "It has invisible characters in it: type it again"
TOO_LONG = f"It must be {MAX_TEXT_CHARS} characters or fewer"
DATE = "It looks like a date: format the cell as text and type the name again"
SEVERAL_ROWS = "There are several rows in it: look for a missing or extra quotation mark"
ERROR = "The cell has a spreadsheet error: correct the formula, or empty the cell"
NO_RESULT = "The file has no result for this formula: open it in a spreadsheet program, save it and choose it again"
NEITHER = "It says neither yes nor no"

_SHORTENED = re.compile(r"[+-]?[0-9]+(?:[.,][0-9]+)?e[+-]?[0-9]+", re.IGNORECASE)
_WITH_ZEROS = re.compile(r"(\+?[0-9]{7,15})[.,]0{1,2}")
_PLAIN_TEXT = re.compile(r"[!-~À-ɏЀ-џ]+(?: [!-~À-ɏЀ-џ]+)*")
_LABELS = "[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*"
_PLAIN_EMAIL = re.compile(rf"[A-Za-z0-9]+(?:[._+-][A-Za-z0-9]+)*@(?:{_LABELS}\.)+[A-Za-z]{{2,}}")
"""Fast paths: nearly all cells of up to a million. They mean what is in them."""
_GROUPED_DIGITS = re.compile(r"[1-9][0-9]*(?:[ \u00a0-][0-9]+)*")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?: [0-9:]{8})?")
_ERROR = re.compile(r"#(?:N/A|REF!|VALUE!|NAME\?|DIV/0!|NULL!|NUM!|SPILL!|CALC!|NO RESULT)")
_PHONE_ON_A_LINE = re.compile(r"[\r\n].*\+?[0-9][0-9 ]{5,}[0-9]", re.DOTALL)
_WORDS_BEFORE_NAMES = "van von der den de da dos del della di du la le bin ibn al el zu zur ter ten af av"
_PARTICLES = frozenset(_WORDS_BEFORE_NAMES.split())
_PATRONYMIC = re.compile(r".+(?:вич|вна|чна|ьич|кызы|оглы)", re.IGNORECASE)
_BETWEEN_GROUPS = re.compile(r"[,;\r\n]+")

_YES = "yes y true 1 x jah j tõene да д истина jā taip t tiesa kyllä k tosi ja wahr blacklisted blocked + ✓ ✔"
_NO = "no n false 0 ei e väär нет н ложь nē ne netiesa epätosi nein falsch - –"
_UNKNOWN = "not known"
"""What our downloads say when the blacklist couldn't be read."""
_ANSWERS = dict.fromkeys(map(fold, _YES.split()), True) | dict.fromkeys(map(fold, _NO.split()), False)


class CellRefused(Exception):
    """A cell for which its row can't be imported: `reason`, and the field of `RowOptions` that would import it."""

    def __init__(self, reason: str, option: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.option = option


def read_phone(cell: str, region: str, known: Container[str]) -> str:
    """Return a cell's number in E.164 form.

    Args:
        cell: one number.
        region: two-letter region of numbers without a country code; "" refuses these.
        known: numbers that are accepted though they may be impossible.

    Raises:
        CellRefused: with the reason.

    """
    bare = cell.strip(" \t\r\n\u00a0'")
    if bare in known:
        return bare
    _check_result(bare)
    if _SHORTENED.fullmatch(bare):
        raise CellRefused(SHORTENED)
    if match := _WITH_ZEROS.fullmatch(bare):  # an integer that was written as 37251234567.0
        bare = match[1]
    try:
        number = bare if E164.fullmatch(bare) else read_number(bare, region)
    except UnreadableNumber as error:
        reason = error.reason
    else:
        if number in known or not (reason := check_number(number) or ""):
            return number
    if f"+{bare}" in known:
        return f"+{bare}"
    if _with_plus(bare):
        raise CellRefused(reason, "add_plus")
    if len(read_several(cell, region)) > 1:
        raise CellRefused(MORE_NUMBERS, "split_numbers")
    raise CellRefused(reason, "region" if reason == NO_COUNTRY_CODE else "")


def _check_result(text: str) -> None:
    """Raise CellRefused for a formula's error, or if its result is missing: see `workbook_process.py`."""
    if _ERROR.fullmatch(text):
        raise CellRefused(NO_RESULT if text == "#NO RESULT" else ERROR)


def with_plus(cell: str) -> str:
    """Return the number that a cell has if it lacks only the + before its country code."""
    return _with_plus(cell.strip(" \t\r\n\u00a0'"))


def _with_plus(bare: str) -> str:
    match = _WITH_ZEROS.fullmatch(bare)
    written = match[1] if match else bare
    digits = re.sub("[^0-9]", "", written)
    if not _GROUPED_DIGITS.fullmatch(written) or len(digits) < MIN_DIGITS_WITH_CODE:
        return ""
    try:
        number = read_number(f"+{digits}", "")
    except UnreadableNumber:
        return ""
    return number if exists(number) else ""


def read_detail(name: str, cell: str) -> str | None:
    """Return a detail: "" for a blank cell, None for `CLEAR`.

    Raises:
        CellRefused: if it breaks the rules of the form for contacts.

    """
    is_plain = bool((_PLAIN_EMAIL if name == "email" else _PLAIN_TEXT).fullmatch(cell)) and len(cell) <= MAX_TEXT_CHARS
    text = cell if is_plain else tidy(cell)
    if not text or text == CLEAR:
        return None if text else ""
    _check_result(text)
    if name in {"first_name", "last_name"} and _DATE.fullmatch(text):
        raise CellRefused(DATE)
    if is_plain:
        return text
    if _PHONE_ON_A_LINE.search(cell):
        raise CellRefused(SEVERAL_ROWS)
    try:
        return check_detail(name, text)
    except NotAnAddress as error:
        raise CellRefused(str(error)) from error
    except DetailRefused as error:
        raise CellRefused(TOO_LONG if error.is_too_long else HIDDEN) from error


def read_full_name(cell: str, *, last_name_first: bool) -> dict[str, str | None]:
    """Split a full name into a first and a last name.

    The last word is the last name, with a particle such as "van" before it. A comma, capitals ("TAMM Mari") or a
    Russian patronymic at the end say that the last name comes first.

    Raises:
        CellRefused: as `read_detail` does.

    """
    text = read_detail("first_name", cell)
    if not text:
        return {"first_name": text, "last_name": text}
    before, comma, after = text.partition(",")
    words = text.split()
    if comma and before.strip() and after.strip():
        first, last = after, before
    elif len(words) == 1:
        first, last = text, ""
    elif last_name_first or _is_last_name_first(words):
        count = 1 + next((place for place, word in enumerate(words) if word.casefold() not in _PARTICLES), 0)
        first, last = " ".join(words[count:]), " ".join(words[:count])
    else:
        start = len(words) - 1
        while start > 1 and words[start - 1].casefold() in _PARTICLES and words[start - 1].islower():
            start -= 1
        first, last = " ".join(words[:start]), " ".join(words[start:])
    return {"first_name": first.strip(), "last_name": last.strip()}


def _is_last_name_first(words: list[str]) -> bool:
    is_capitals = [len(word) > 1 and word.isupper() for word in words]
    return (is_capitals[0] and not any(is_capitals[1:])) or (len(words) == 3 and bool(_PATRONYMIC.fullmatch(words[2])))


def read_groups(cell: str) -> tuple[str, ...]:
    """Return the names in a cell, which commas, semicolons or line ends separate, each once.

    Raises:
        CellRefused: if a group can't have such a name, or it is a spreadsheet's error.

    """
    _check_result(cell.strip())
    names: dict[str, None] = {}
    for part in _BETWEEN_GROUPS.split(cell):
        name = normalize_spaces(part)
        if is_blank(name) or name == CLEAR:
            continue
        if remove_hidden_characters(name) != name:
            raise CellRefused(HIDDEN)
        if len(name) > MAX_TEXT_CHARS:
            raise CellRefused(f"A group name must be {MAX_TEXT_CHARS} characters or fewer")
        names[name] = None
    return tuple(names)


def read_yes_or_no(cell: str) -> bool | None:
    """Return what a cell answers; None if it is blank.

    Raises:
        CellRefused: if it is neither yes nor no.

    """
    text = fold(cell)
    if not text or text in {CLEAR, _UNKNOWN}:
        return None
    if text not in _ANSWERS:
        raise CellRefused(NEITHER)
    return _ANSWERS[text]
