"""Extract e-mail addresses from text that users paste from mail programs, lists and links."""

import re
import unicodedata
from urllib.parse import unquote

INCOMPLETE = "Enter an e-mail address in full, like name@example.com"
SEVERAL = "This is more than one e-mail address. Enter one"
SPACES = "There is a space in this e-mail address. Write it without, like name@example.com"

MAX_DOMAIN = 253
"""Longest domain that the DNS allows, in characters."""

_AROUND = " .,;:!?|<>()[]{}\"'`´“”„‟‘’‚‛«»‹›…•·"
_QUERY = re.compile(r"\?(?:subject|body|cc|bcc|to)=[^<>\])}]*", re.IGNORECASE)
_IN_BRACKETS = re.compile(r"[<(\[{]([^<>()\[\]{}]*@[^<>()\[\]{}]*)[>)\]}]")
_NAME = re.compile(r"""\([^()@]*\)|\[[^\[\]@]*\]|^\s*(?:"[^"@]*"|“[^”@]*”|'[^'@]*'\s)""")
_LABELLED = re.compile(r"^[^\w@]*[^\W\d_][\w .-]{0,30}:\s*(?=[^\s:])")
_BULLET = re.compile(r"^\s*[-*–—]+\s+")
_WORDS = re.compile(r"[\s;,|]+")
_NAME_PART = r"""[^\s@<>()\[\]{}\\,;:"]+"""
_DOMAIN_PART = r"""[^\s@<>()\[\]{}\\,;:"'`´/?#!$%&*+=^|~.]"""
_ADDRESS = re.compile(rf"{_NAME_PART}@(?:(?!-){_DOMAIN_PART}+\.)+(?![0-9]+$){_DOMAIN_PART}{{2,}}")


class NotAnAddress(ValueError):
    """A text that is not exactly one e-mail address; the message tells the user why."""


def read_email(text: str) -> str:
    """Return the address in a text, without the name, brackets, quotes, "mailto:" or punctuation around it.

    Raises:
        NotAnAddress: when there is no valid address, or more than one.

    """
    text = _QUERY.sub("", text)
    if "mailto:" in text.casefold():
        text = unquote(text)
    in_brackets = _IN_BRACKETS.findall(text)
    rest = _NAME.sub(" ", _IN_BRACKETS.sub(" ", text) if in_brackets else text)
    words = [_bare(word) for part in in_brackets for word in _WORDS.split(part)]
    others = [_bare(word) for word in _WORDS.split(_BULLET.sub("", _LABELLED.sub("", rest)))]
    words += [word for word in others if word and (not in_brackets or "@" in word)]
    addresses = list({word.casefold(): word for word in words if "@" in word}.values())
    if len(addresses) > 1 or any(word.count("@") > 1 for word in addresses):
        raise NotAnAddress(SEVERAL)
    if addresses and any("@" not in word for word in words) and re.search(r"\s", text.strip()):
        raise NotAnAddress(SPACES)
    if len({word.casefold() for word in words}) != 1 or not _ADDRESS.fullmatch(words[0]):
        raise NotAnAddress(INCOMPLETE)
    return as_typed(words[0])


def without_hidden(address: str) -> str:
    """Remove invisible characters, except the two joiners that some scripts need."""
    return "".join(each for each in address if each in "\u200c\u200d" or unicodedata.category(each) not in {"Cc", "Cf"})


def as_typed(address: str) -> str:
    """Decode the domain of an address to Unicode: browsers submit "õun.ee" as "xn--un-bka.ee"."""
    name, at, domain = address.rpartition("@")
    if len(domain) > MAX_DOMAIN:  # decoding takes quadratic time
        return address
    try:
        return f"{name}{at}{domain.encode('ascii').decode('idna')}" if "xn--" in domain.casefold() else address
    except UnicodeError:
        return address


def _bare(word: str) -> str:
    """Remove punctuation, invisible characters and labels such as "E-mail:" from both ends."""
    while (bare := _LABELLED.sub("", _without_ends(word))) != word:
        word = bare
    return word


def _without_ends(word: str) -> str:
    start, end = 0, len(word)
    while start < end and _is_around(word[start]):
        start += 1
    while end > start and _is_around(word[end - 1]):
        end -= 1
    return word[start:end]


def _is_around(character: str) -> bool:
    return character in _AROUND or character.isspace() or unicodedata.category(character) in {"Cc", "Cf", "Co", "So"}
