"""Texts that people type: how they are tidied, what of them can be seen, and how they are searched."""

import re
import unicodedata

LONGEST = 250
"""Characters of a name, or of what else people type; the API itself names no limit."""

_SPACES = re.compile(r"[ \t\n\v\f\r\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+")
_REFUSED = re.compile(
    r"[\x00-\x1f\x7f-\x9f"  # control characters
    r"\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # marks that turn the direction of text (Bidi_Control)
    r"\ufdd0-\ufdef\ufffe\uffff\ud800-\udfff]"  # no characters at all
)
# Characters that count as letters or symbols in Unicode, but show nothing.
_BLANK = frozenset("\u115f\u1160\u2800\u3164\uffa0")
_JOINERS = "\u200c\u200d"  # ZWNJ and ZWJ: they show in how their neighbours are drawn
# Unassigned ("Cn") is not among them: a new emoji is unassigned to an older Python.
_UNSEEN_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Zs", "Zl", "Zp", "Mn", "Me"})


def fold_spaces(text: str) -> str:
    """Trim a text, make every run of white space one space, and compose its characters (NFC)."""
    return unicodedata.normalize("NFC", _SPACES.sub(" ", text).strip(" "))


def without_refused(text: str) -> str:
    """Take out the characters that a text for people may not have: nobody sees them."""
    return fold_spaces(_REFUSED.sub("", text))


def same(one: str, other: str) -> bool:
    """Whether two texts are one and the same, but for what a browser's form may have done to them."""
    return _carried(one) == _carried(other)


def alike(one: str, other: str) -> bool:
    """Whether a person would take two names for the same: case, white space and what shows nothing don't count."""
    return _without_marks(one) == _without_marks(other)


def _without_marks(name: str) -> str:
    seen = "".join(each for each in name if each in _JOINERS or unicodedata.category(each) != "Cf")
    return fold_spaces(fold_spaces(seen).casefold())


def _carried(text: str) -> str:
    return without_refused(text).replace("\ufffd", "")  # by which browsers replace what they can't send


def is_blank(text: str) -> bool:
    """Whether nothing in a text can be seen."""
    return all(character in _BLANK or unicodedata.category(character) in _UNSEEN_CATEGORIES for character in text)


def fold(text: str) -> str:
    """Make text comparable for search: case and accents don't count, and white space is one space."""
    text = " ".join(text.split())
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(character for character in decomposed if not unicodedata.combining(character))
