"""Texts from people and from the API: how they are tidied, shown and compared.

Every function here takes time in proportion to a text's length. `unicodedata.normalize` does not: it sorts combining
marks by insertion, and holds the interpreter while it does. So it only gets texts of limited length.
"""

import re
import unicodedata
from itertools import groupby, islice

LONGEST = 250
"""Characters of a name, or of what else people type; the API itself names no limit."""
MAX_NORMALIZED = 4 * LONGEST
"""Characters of a text that is still composed (NFC), which makes one character of up to four. All longer ones are
refused where somebody types them."""
MAX_SHOWN = 1000
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
_JOINERS = "\u200c\u200d"  # ZWNJ and ZWJ: they show in how their neighbours are drawn
# Unassigned ("Cn") is not among them: a new emoji is unassigned to an older Python.
_UNSEEN_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Zs", "Zl", "Zp", "Mn", "Me"})


def fold_spaces(text: str) -> str:
    """Trim a text, make every run of white space one space, and compose its characters (NFC) if it isn't too long."""
    text = _SPACES.sub(" ", text).strip(" ")
    return text if len(text) > MAX_NORMALIZED else unicodedata.normalize("NFC", text)


def shorten(text: str) -> str:
    """Cut a text to what a page shows: `MAX_SHOWN` characters, and `MAX_MARKS` combining marks in a row."""
    if len(text) > MAX_SHOWN:
        text = f"{text[:MAX_SHOWN]}…"
    if len(text) <= MAX_MARKS or text.isascii():
        return text
    runs = groupby(text, key=lambda character: unicodedata.category(character)[0] == "M")
    return "".join(character for are_marks, run in runs for character in islice(run, MAX_MARKS if are_marks else None))


def without_refused(text: str) -> str:
    """Take out the characters that a text for people may not have: nobody sees them."""
    return fold_spaces(_REFUSED.sub("", text))


def same(one: str, other: str) -> bool:
    """Whether two texts are one and the same, but for what a browser's form may have done to them."""
    return _carried(one) == _carried(other)


def alike(one: str, other: str) -> bool:
    """Whether a person may take two names for the same: those that `fold` makes equal."""
    return fold(one) == fold(other)


def _carried(text: str) -> str:
    return without_refused(text).replace("\ufffd", "")  # by which browsers replace what they can't send


def is_blank(text: str) -> bool:
    """Whether nothing in a text can be seen."""
    return all(character in _BLANK or unicodedata.category(character) in _UNSEEN_CATEGORIES for character in text)


def fold(text: str) -> str:
    """Make text comparable: what people don't type alike, or don't see, does not count.

    Case, accents, soft hyphens, zero-width characters and variation selectors don't count, and a run of white space is
    one space. Letters with a stroke count as those without it, typographic quotes and dashes as those on a keyboard.
    """
    return " ".join(fold_lines(text).split())


def fold_lines(text: str) -> str:
    """Do the same for a text of several lines, which stay as they are, and so does the number of spaces."""
    return text.lower() if text.isascii() else text.translate(_FOLDED)


class _Folded(dict[int, str]):
    """What `fold` makes of each character, worked out when it first occurs.

    Character by character, combining marks need no sorting. Only so many are kept that no sender fills the memory.
    """

    def __missing__(self, code: int) -> str:
        folded = _fold_character(chr(code))
        if len(self) < _MOST_FOLDED:
            self[code] = folded
        return folded


_FOLDED = _Folded()
_MOST_FOLDED = 10_000
_BASE_LETTER = re.compile(r"LATIN (?:SMALL|CAPITAL) LETTER (?:DOTLESS )?([A-Z])(?: WITH .+)?")
_LETTERS = {"æ": "ae", "œ": "oe", "ð": "d", "þ": "th", "ŋ": "n", "ə": "e", "ĸ": "k"}
_KEYBOARD = dict.fromkeys("‘’‚‛′‵ʹʻʼʽˈ´＇", "'") | dict.fromkeys("“”„‟″«»＂", '"') | dict.fromkeys("−˗⁃", "-")
# Unicode's Default_Ignorable_Code_Point, but for the "format" characters.
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
    """Return what a letter counts as that Unicode doesn't decompose; nothing for a combining mark."""
    if character.isascii() or character in _LETTERS:
        return _LETTERS.get(character, character)
    if unicodedata.combining(character):
        return ""
    if found := _BASE_LETTER.fullmatch(unicodedata.name(character, "")):
        return found[1].lower()
    return _KEYBOARD.get(character, character)
