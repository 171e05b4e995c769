"""Cleaning, comparing, searching and sorting of text: pure functions, which import nothing else of the dashboard."""

import re
import unicodedata
from functools import lru_cache
from itertools import groupby, islice

MAX_TEXT_CHARS = 250
"""Limit of names and other typed text. The API documents no limit."""

MAX_NORMALIZED_CHARS = 4 * MAX_TEXT_CHARS
"""Longer text isn't composed (NFC), which makes one character of at most four, because no form accepts it anyway."""

MAX_SHOWN_CHARS = 1000
"""Longer text is shortened on pages."""

MAX_MARKS = 30
"""Consecutive combining marks that a page shows, as in UAX #15's stream-safe text. No language needs as many."""

_SPACES = re.compile(r"[ \t\n\v\f\r\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+")

_REFUSED = re.compile(
    r"[\x00-\x1f\x7f-\x9f"  # control characters
    r"\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # marks that change the direction of text (Bidi_Control)
    r"\ufdd0-\ufdef\ufffe\uffff\ud800-\udfff]"  # noncharacters and surrogates
)

# Letters and symbols, by Unicode's categories, that are invisible.
_BLANK = frozenset("\u115f\u1160\u2800\u3164\uffa0")

# Not "Cn" (unassigned): new emoji are unassigned in an older Python.
_UNSEEN_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Zs", "Zl", "Zp", "Mn", "Me"})


def normalize_spaces(text: str) -> str:
    """Trim a text, collapse white space to single spaces, and compose its characters (NFC) if it isn't too long."""
    text = _SPACES.sub(" ", text).strip(" ")
    return text if len(text) > MAX_NORMALIZED_CHARS else unicodedata.normalize("NFC", text)


def shorten(text: str) -> str:
    """Shorten a text for display: `MAX_SHOWN_CHARS` characters, and `MAX_MARKS` consecutive combining marks."""
    if len(text) > MAX_SHOWN_CHARS:
        text = f"{text[:MAX_SHOWN_CHARS]}…"
    if len(text) <= MAX_MARKS or text.isascii():
        return text
    runs = groupby(text, key=lambda character: unicodedata.category(character)[0] == "M")
    return "".join(character for are_marks, run in runs for character in islice(run, MAX_MARKS if are_marks else None))


def initials(name: str) -> str:
    """Return the first letters of a name's first and last words; "#" if it has none."""
    letters = [letter for word in name.split() if (letter := next(filter(str.isalnum, word), ""))]
    return "".join(letters[:1] + letters[1:][-1:]).upper() or "#"


def remove_hidden_characters(text: str) -> str:
    """Remove control characters, direction marks and noncharacters, and normalize spaces."""
    return normalize_spaces(_REFUSED.sub("", text))


def is_blank(text: str) -> bool:
    """Whether a text has no visible character."""
    if text[:1].isalnum() and text[0] not in _BLANK:  # most texts
        return False
    return all(character in _BLANK or unicodedata.category(character) in _UNSEEN_CATEGORIES for character in text)


def is_same_text(one: str, other: str) -> bool:
    """Whether two texts are equal apart from what submitting a form in a browser may change."""
    return _as_submitted(one) == _as_submitted(other)


def is_duplicate_name(one: str, other: str) -> bool:
    """Whether two names look the same to a person: they are equal after `fold`."""
    return fold(one) == fold(other)


def _as_submitted(text: str) -> str:
    return remove_hidden_characters(text).replace("\ufffd", "")  # browsers replace characters that they can't send


def fold(text: str) -> str:
    """Normalize text for comparing and searching.

    Case, accents, soft hyphens, zero-width characters and variation selectors are removed, and white space is collapsed
    to single spaces. Letters with a stroke become plain letters; typographic quotes and dashes become ASCII.
    """
    return " ".join(fold_lines(text).split())


def fold_lines(text: str) -> str:
    """Normalize text like `fold`, but keep line breaks and the number of spaces."""
    if text.isascii():
        return text.lower()
    lines = [line.lower() if line.isascii() else _fold_line(line) for line in text.split("\n")]
    return "\n".join(lines)


MAX_CACHED_LINES = 20_000
"""Names occur again and again, and folding one takes long. About 6 MB."""


def _fold_line(line: str) -> str:
    return _cached_fold(line) if len(line) <= MAX_TEXT_CHARS else line.translate(_FOLDED)


@lru_cache(MAX_CACHED_LINES)
def _cached_fold(line: str) -> str:
    return line.translate(_FOLDED)


def searchable(*fields: str | None) -> str:
    """Prepare a row's fields for any search: folded, one per line, with the digits of grouped numbers."""
    return with_digits(fold_lines("\n".join(filter(None, fields))))


def with_digits(folded: str) -> str:
    """Append the grouped digits of folded fields without separators, for searches of numbers."""
    grouped = [each for each in _GROUPED_DIGITS.findall(folded) if not each.isdigit()]
    return "\n".join([folded, *(_NO_DIGIT.sub("", each) for each in grouped)]) if grouped else folded


BETWEEN_DIGITS = r"[ ()./-]*+"
"""A pattern of what may stand between a number's digits."""

_GROUPED_DIGITS, _NO_DIGIT = re.compile(rf"[0-9](?:{BETWEEN_DIGITS}[0-9])*+"), re.compile(r"[^0-9]+")


class _Folded(dict[int, str]):
    """A cache of folded characters for `str.translate`. Its size is limited, so that no input can exhaust memory."""

    def __missing__(self, code: int) -> str:
        folded = _fold_character(chr(code))
        if len(self) < _MAX_FOLDED:
            self[code] = folded
        return folded


_FOLDED = _Folded()

_MAX_FOLDED = 10_000

_BASE_LETTER = re.compile(r"LATIN (?:SMALL|CAPITAL) LETTER (?:DOTLESS )?([A-Z])(?: WITH .+)?")

_LETTERS = {"æ": "ae", "œ": "oe", "ð": "d", "þ": "th", "ŋ": "n", "ə": "e", "ĸ": "k"}

_KEYBOARD = dict.fromkeys("‘’‚‛′‵ʹʻʼʽˈ´＇", "'") | dict.fromkeys("“”„‟″«»＂", '"') | dict.fromkeys("−˗⁃", "-")

# Unicode's Default_Ignorable_Code_Point without format characters (category Cf).
_IGNORABLE = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0000-\U000e0fff]")


def _fold_character(character: str) -> str:
    category = unicodedata.category(character)
    if character.isspace():
        return "\n" if character == "\n" else " "
    if category in {"Cc", "Cf"} or _IGNORABLE.match(character):
        return ""
    if category == "Pd" or character in _KEYBOARD:
        return _KEYBOARD.get(character, "-")
    if category == "Nd":
        return str(unicodedata.decimal(character))
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", character).casefold())
    return "".join(map(_base_letter, decomposed))


def _base_letter(character: str) -> str:
    """Return the base letter of one that Unicode doesn't decompose, such as "o" for "ø"; "" for a combining mark."""
    if character.isascii() or character in _LETTERS:
        return _LETTERS.get(character, character)
    if unicodedata.combining(character):
        return ""
    if match := _BASE_LETTER.fullmatch(unicodedata.name(character, "")):
        return match[1].lower()
    return _KEYBOARD.get(character, character)


MAX_SORTED = 1000
"""Leading characters that count for sorting."""

MAX_CACHED_SORT_KEYS = 20_000
"""A list that has changed has mostly the same names as before. About 8 MB."""

_NUMBER = re.compile(r"[0-9]+")


def sort_key(text: str) -> str:
    """Return a natural sort key: folded, with "Group 2" before "Group 10"."""
    return _cached_sort_key(text[:MAX_SORTED])


@lru_cache(MAX_CACHED_SORT_KEYS)
def _cached_sort_key(text: str) -> str:
    return _NUMBER.sub(_digits, fold(text))


def _digits(match: re.Match[str]) -> str:
    # Length first, which needs no int() with its limit of digits; NUL sorts numbers before all other characters.
    number = match[0].lstrip("0")
    return f"\0{chr(1 + len(number))}{number}"
