"""What a group may be called, and when two names are the same to a person."""

import re
import unicodedata

LONGEST = 250
"""Characters; the API itself names no limit."""

_SPACES = re.compile(r"[ \t\n\v\f\r\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+")
_REFUSED = re.compile(
    r"[\x00-\x1f\x7f-\x9f"  # control characters
    r"\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # marks that turn the direction of text (Bidi_Control)
    r"\ufdd0-\ufdef\ufffe\uffff\ud800-\udfff]"  # no characters at all
)
_JOINERS = "\u200c\u200d"  # ZWNJ and ZWJ: they show in how their neighbours are drawn


def fold_spaces(name: str) -> str:
    """Trim a name, make every run of white space one space, and compose its characters (NFC)."""
    return unicodedata.normalize("NFC", _SPACES.sub(" ", name).strip(" "))


def without_refused(name: str) -> str:
    """Take out the characters that a name may not have."""
    return fold_spaces(_REFUSED.sub("", name))


def same(one: str, other: str) -> bool:
    """Whether two names are one and the same, but for what a browser's form may have done to them."""
    return _carried(one) == _carried(other)


def _carried(name: str) -> str:
    return without_refused(name).replace("\ufffd", "")  # by which browsers replace what they can't send


def alike(one: str, other: str) -> bool:
    """Whether a person would take two names for the same: case, white space and what shows nothing don't count."""
    return _folded(one) == _folded(other)


def _folded(name: str) -> str:
    seen = "".join(each for each in name if each in _JOINERS or unicodedata.category(each) != "Cf")
    return fold_spaces(fold_spaces(seen).casefold())
