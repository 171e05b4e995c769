"""Cleaning of text that people type, and detection of blank text."""

import re
import unicodedata
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


def remove_hidden_characters(text: str) -> str:
    """Remove control characters, direction marks and noncharacters, and normalize spaces."""
    return normalize_spaces(_REFUSED.sub("", text))


def is_blank(text: str) -> bool:
    """Whether a text has no visible character."""
    return all(character in _BLANK or unicodedata.category(character) in _UNSEEN_CATEGORIES for character in text)
