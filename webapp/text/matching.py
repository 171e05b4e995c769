"""Comparing, searching and sorting of text."""

import re
import unicodedata
from functools import lru_cache

from webapp.text.cleaning import remove_hidden_characters


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
    return text.lower() if text.isascii() else text.translate(_FOLDED)


def searchable(*fields: str | None) -> str:
    """Prepare a row's fields for any search: folded, one per line, with the digits of grouped numbers."""
    return with_digits(fold_lines("\n".join(filter(None, fields))))


def with_digits(folded: str) -> str:
    """Append the grouped digits of folded fields without separators, for searches of numbers."""
    grouped = [each for each in _GROUPED_DIGITS.findall(folded) if not each.isdigit()]
    return "\n".join([folded, *(_NO_DIGIT.sub("", each) for each in grouped)]) if grouped else folded


_GROUPED_DIGITS, _NO_DIGIT = re.compile(r"[0-9]++(?:[ ()./-]++[0-9]++)*+"), re.compile(r"[^0-9]+")


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
    if found := _BASE_LETTER.fullmatch(unicodedata.name(character, "")):
        return found[1].lower()
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


def _digits(found: re.Match[str]) -> str:
    # Length first, which needs no int() with its limit of digits; NUL sorts numbers before all other characters.
    number = found[0].lstrip("0")
    return f"\0{chr(len(number))}{number}"
