"""Parsers of environment variables. They raise ValueError with a message that doesn't contain the value."""

import ipaddress
import os
import re
import sys
from collections.abc import Callable
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from webapp.phone_numbers.numbering_plans import is_region

MAX_FIELD_NAMES = 4
MAX_FIELD_NAME_CHARS = 50


def python() -> str:
    """Return the command for the running Python, which may be in a virtual environment."""
    if sys.prefix == sys.base_prefix:
        return "python"
    folder = os.path.relpath(sys.prefix)
    return f"{sys.prefix if folder.startswith('..') else folder}/bin/python"


def is_loopback(host: str) -> bool:
    """Whether a host name or address is a loopback one."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def switch(value: str) -> bool:
    """Parse 1 or 0."""
    if value not in {"0", "1"}:
        raise ValueError("must be 1 or 0")
    return value == "1"


def one_word(value: str) -> str:
    """Parse printable ASCII text without spaces."""
    if not (value.isascii() and value.isprintable() and " " not in value):
        raise ValueError("must be one word, without spaces")
    return value


def field_names(value: str) -> tuple[str, ...]:
    """Parse the names of up to four custom fields, separated by semicolons. A name may be missing."""
    names = tuple(" ".join(name.split()) for name in value.split(";"))
    if len(names) > MAX_FIELD_NAMES:
        raise ValueError(f"must have at most {MAX_FIELD_NAMES} names, separated by semicolons")
    if any(len(name) > MAX_FIELD_NAME_CHARS or not name.isprintable() for name in names):
        raise ValueError(f"must have names of at most {MAX_FIELD_NAME_CHARS} printable characters")
    given = [name.casefold() for name in names if name]
    if len(set(given)) < len(given):
        raise ValueError("must have different names")
    return names


def address(example: str) -> Callable[[str], str]:
    """Return a parser of URLs. They must use HTTPS, except for loopback hosts."""

    def parse(value: str) -> str:
        if any(character.isspace() for character in value):  # urlsplit drops some of them
            raise ValueError(f"must be an address such as {example}, without spaces")
        try:
            parts = urlsplit(value)
            _ = parts.port  # raises ValueError if it is invalid
        except ValueError:  # its message may contain a password
            raise ValueError(f"must be an address such as {example}") from None
        loopback = is_loopback(parts.hostname or "")
        if parts.scheme != "https" and not (parts.scheme == "http" and loopback):
            raise ValueError("must start with https:// (plain http:// only to this machine)")
        if not parts.hostname or parts.username or parts.password or parts.query or parts.fragment:
            raise ValueError(f"must be an address such as {example}, with nothing else in it")
        return value

    return parse


def secret_key(value: str) -> str:
    """Parse a key, and check that it is long and random enough."""
    if len(value.encode()) < 32:
        raise ValueError("is too short: it must have 32 bytes or more")
    if len(set(value)) < 6:
        raise ValueError("is too easy to guess: it must be random")
    return value


def secret_keys(value: str) -> tuple[str, ...]:
    """Parse keys separated by spaces."""
    return tuple(secret_key(key) for key in value.split())


def time_zone(value: str) -> ZoneInfo:
    """Parse the name of a time zone."""
    try:
        return ZoneInfo(value)
    except (KeyError, ValueError, OSError):
        raise ValueError("must be the name of a time zone, such as Europe/Tallinn") from None


def region(value: str) -> str:
    """Parse a two-letter country code."""
    if not is_region(value.upper()):
        raise ValueError("must be the two letters of a country, such as EE or GB")
    return value.upper()


def host_names(value: str) -> tuple[str, ...]:
    """Parse host names separated by spaces or commas."""
    names = tuple(name.removesuffix(".") for name in value.replace(",", " ").lower().split())
    if any("/" in name or ":" in name for name in names):
        raise ValueError("must be host names separated by spaces, without scheme or port")
    return names


def path(value: str) -> str:
    """Parse the path of the dashboard's URL, without a trailing slash; "" for the root of the host."""
    if not re.fullmatch(r"(/(?!\.{1,2}(/|$))[A-Za-z0-9._~-]+)*/?", value):
        raise ValueError("must be a path such as /phonebook, of letters, digits, dots and hyphens")
    return value.removesuffix("/")


def log_level(value: str) -> str:
    """Parse a log level."""
    if value.upper() not in {"DEBUG", "INFO", "WARNING", "ERROR"}:
        raise ValueError("must be DEBUG, INFO, WARNING or ERROR")
    return value.upper()


def whole_number(least: int, most: int) -> Callable[[str], int]:
    """Return a parser of integers in a range, both ends included."""

    def parse(value: str) -> int:
        if not (value.isascii() and value.isdigit() and len(value) < 10 and least <= int(value) <= most):
            raise ValueError(f"must be a whole number from {least} to {most}")
        return int(value)

    return parse
