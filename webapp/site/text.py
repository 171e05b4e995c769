"""What can be seen in a text, and by what it is found."""

import unicodedata

# Characters that count as letters or symbols in Unicode, but show nothing.
_BLANK = frozenset("\u115f\u1160\u2800\u3164\uffa0")
# Unassigned ("Cn") is not among them: a new emoji is unassigned to an older Python.
_UNSEEN_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Zs", "Zl", "Zp", "Mn", "Me"})


def is_blank(text: str) -> bool:
    """Whether nothing in a text can be seen."""
    return all(character in _BLANK or unicodedata.category(character) in _UNSEEN_CATEGORIES for character in text)


def fold(text: str) -> str:
    """Make text comparable for search: case and accents don't count, and white space is one space."""
    decomposed = unicodedata.normalize("NFKD", " ".join(text.split()).casefold())
    return "".join(character for character in decomposed if not unicodedata.combining(character))
