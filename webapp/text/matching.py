"""How texts are compared, searched and sorted."""

import re
import unicodedata

from webapp.text.cleaning import remove_hidden_characters


def is_same_text(one: str, other: str) -> bool:
    """Whether two texts are one and the same, but for what a browser's form may have done to them."""
    return _carried(one) == _carried(other)


def is_duplicate_name(one: str, other: str) -> bool:
    """Whether a person may take two names for the same: those that `fold` makes equal."""
    return fold(one) == fold(other)


def _carried(text: str) -> str:
    return remove_hidden_characters(text).replace("\ufffd", "")  # by which browsers replace what they can't send


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


MAX_SORTED = 1000
"""Characters by which a text is sorted."""

_NUMBER = re.compile(r"[0-9]+")


def sort_key(text: str) -> str:
    """Make a key that sorts as a person does: folded, and "Group 2" before "Group 10"."""
    return _NUMBER.sub(_digits, fold(text[:MAX_SORTED]))


def _digits(found: re.Match[str]) -> str:
    # By length first they need no int(), which refuses thousands of digits; NUL comes before all that may follow.
    number = found[0].lstrip("0")
    return f"\0{chr(len(number))}{number}"
