"""How text that people type is cleaned, and whether any of it can be seen."""

import re
import unicodedata
from itertools import groupby, islice

MAX_TEXT_CHARS = 250
"""Characters of a name, or of what else people type; the API itself names no limit."""

MAX_NORMALIZED_CHARS = 4 * MAX_TEXT_CHARS
"""Characters of a text that is still composed (NFC), which makes one character of up to four. All longer ones are
refused where somebody types them."""

MAX_SHOWN_CHARS = 1000
"""Characters of a text that a page shows."""

MAX_MARKS = 30
"""Combining marks in a row that a page shows, as in UAX 15's stream-safe text; no language needs as many."""

_SPACES = re.compile(r"[ \t\n\v\f\r\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+")

_REFUSED = re.compile(
    r"[\x00-\x1f\x7f-\x9f"  # control characters
    r"\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # marks that turn the direction of text (Bidi_Control)
    r"\ufdd0-\ufdef\ufffe\uffff\ud800-\udfff]"  # no characters at all
)

# Characters that count as letters or symbols in Unicode, but show nothing.
_BLANK = frozenset("\u115f\u1160\u2800\u3164\uffa0")

# Unassigned ("Cn") is not among them: a new emoji is unassigned to an older Python.
_UNSEEN_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Zs", "Zl", "Zp", "Mn", "Me"})


def normalize_spaces(text: str) -> str:
    """Trim a text, make every run of white space one space, and compose its characters (NFC) if it isn't too long."""
    text = _SPACES.sub(" ", text).strip(" ")
    return text if len(text) > MAX_NORMALIZED_CHARS else unicodedata.normalize("NFC", text)


def shorten(text: str) -> str:
    """Cut a text to what a page shows: `MAX_SHOWN` characters, and `MAX_MARKS` combining marks in a row."""
    if len(text) > MAX_SHOWN_CHARS:
        text = f"{text[:MAX_SHOWN_CHARS]}…"
    if len(text) <= MAX_MARKS or text.isascii():
        return text
    runs = groupby(text, key=lambda character: unicodedata.category(character)[0] == "M")
    return "".join(character for are_marks, run in runs for character in islice(run, MAX_MARKS if are_marks else None))


def remove_hidden_characters(text: str) -> str:
    """Take out the characters that a text for people may not have: nobody sees them."""
    return normalize_spaces(_REFUSED.sub("", text))


def is_blank(text: str) -> bool:
    """Whether nothing in a text can be seen."""
    return all(character in _BLANK or unicodedata.category(character) in _UNSEEN_CATEGORIES for character in text)
