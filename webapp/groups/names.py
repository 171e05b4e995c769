"""What a group may be called, and when two names are the same to a person."""

import unicodedata

from webapp.site.text import LONGEST as LONGEST
from webapp.site.text import fold_spaces
from webapp.site.text import same as same

_JOINERS = "\u200c\u200d"  # ZWNJ and ZWJ: they show in how their neighbours are drawn


def alike(one: str, other: str) -> bool:
    """Whether a person would take two names for the same: case, white space and what shows nothing don't count."""
    return _folded(one) == _folded(other)


def _folded(name: str) -> str:
    seen = "".join(each for each in name if each in _JOINERS or unicodedata.category(each) != "Cf")
    return fold_spaces(fold_spaces(seen).casefold())
