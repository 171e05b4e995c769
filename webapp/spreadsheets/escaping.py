"""Apostrophes that keep spreadsheets from running a CSV file's text as a formula, or from converting it."""

import re

from webapp.spreadsheets.values import is_value

_UNSEEN = r"\s\ufeff\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u206f"

_FORMULA_START = r"[=+\-@＝＋－＠]"

_FORMULA = re.compile(f'[{_UNSEEN}"]*{_FORMULA_START}')
"""The beginning of a formula, also if a spreadsheet removes quotes twice."""

_FORMULA_IN_NEXT_CELL = re.compile(f";(?=[{_UNSEEN}\"']*{_FORMULA_START})")
"""A formula after a semicolon, where spreadsheets of many countries split cells."""

_ESCAPED_IN_NEXT_CELL = {
    separator: re.compile(f"{other}'(?=[{_UNSEEN}\"']*{_FORMULA_START})") for separator, other in (",;", ";,")
}
"""By the file's separator; earlier versions wrote files with semicolons, too."""

_CONTROLS = re.compile(r"[\0-\x08\x0e-\x1b\x7f-\x84\x86-\x9f]")

_SURROGATES = re.compile(r"[\ud800-\udfff]")

_PLAIN = re.compile(r"(?:[^\W\d_](?:[^\s,;\0-\x1f\x7f-\x9f\ud800-\udfff]| (?=\S))*)?")
"""Fast path: text that needs no escaping, like most of up to a million cells."""


def escape_cell(text: str) -> str:
    """Put a cell on one line, and prefix an apostrophe if a spreadsheet would run it as a formula or change it."""
    if not text:
        return text
    if _PLAIN.fullmatch(text):
        return f"'{text}" if is_value(text) else text
    text = " ".join(_SURROGATES.sub("\ufffd", _CONTROLS.sub("", text)).split())
    text = _FORMULA_IN_NEXT_CELL.sub(r"\g<0>'", text)
    return f"'{text}" if _FORMULA.match(text) or is_value(text) or is_escaped(text) else text


def unescape_cell(text: str, separator: str) -> str:
    """Return the text that `escape_cell` was given, or the number that a `NumberText` has."""
    if "'" not in text:
        return text
    text = text[1:] if is_escaped(text) else text
    inside = _ESCAPED_IN_NEXT_CELL.get(separator)
    return inside.sub(lambda match: match[0][0], text) if inside else text


def is_escaped(text: str) -> bool:
    """Whether a text looks as if it had an apostrophe for spreadsheets; such a text gets another one."""
    rest = text.lstrip("'")
    return rest != text and (bool(_FORMULA.match(rest)) or is_value(rest) or rest.isdigit())
