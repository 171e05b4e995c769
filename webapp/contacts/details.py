"""What a contact's details may be, wherever they come from: a form or a file."""

from webapp.contacts.emails import read_email, without_hidden
from webapp.text import MAX_TEXT_CHARS, is_blank, normalize_spaces, remove_hidden_characters

MAX_PASTED_CHARS = 4 * MAX_TEXT_CHARS
"""Longest text, in characters, that is searched for an e-mail address."""


class DetailRefused(ValueError):
    """A text that can't be a detail: it is too long, or else has hidden characters.

    `cleaned` is the text without hidden characters.
    """

    def __init__(self, cleaned: str, *, is_too_long: bool) -> None:
        super().__init__(cleaned)
        self.cleaned = cleaned
        self.is_too_long = is_too_long


def tidy(value: str | None) -> str:
    """Normalize white space; blank text becomes "". Text with hidden characters stays, to be refused by validation."""
    folded = normalize_spaces(value or "")
    return "" if is_blank(folded) and remove_hidden_characters(folded) == folded else folded


def check_detail(name: str, text: str) -> str:
    """Return the detail that a tidied text means.

    Args:
        name: its name in `Contact`.
        text: returned as it is, except for an e-mail address.

    Raises:
        NotAnAddress: if an e-mail address can't be found in it.
        DetailRefused: if it is too long or has hidden characters.

    """
    if name == "email":
        text = read_email(text) if text and len(text) <= MAX_PASTED_CHARS else text
        cleaned = without_hidden(text)
    else:
        cleaned = tidy(remove_hidden_characters(text))
    is_too_long = cleaned == text and len(cleaned) > MAX_TEXT_CHARS
    if cleaned != text or is_too_long:
        raise DetailRefused(cleaned, is_too_long=is_too_long)
    return text
