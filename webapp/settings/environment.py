"""Reading of environment variables: trims values, collects problems, and finds misspelt names."""

import difflib
import logging
import re
from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

T = TypeVar("T")

log = logging.getLogger(__name__)

KNOWN_VARIABLES = (
    "MESSENTE_API_USERNAME",
    "MESSENTE_API_PASSWORD",
    "MESSENTE_API_URL",
    "SANDBOX",
    "SECRET_KEY",
    "SECRET_KEY_FALLBACKS",
    "DASHBOARD_USERS",
    "OIDC_ISSUER",
    "OIDC_CLIENT_ID",
    "OIDC_CLIENT_SECRET",
    "OIDC_ALLOWED_DOMAINS",
    "OIDC_EDITORS",
    "OIDC_DEFAULT_ROLE",
    "DATABASE_URL",
    "ACTIVITY_DAYS",
    "UNDO_DAYS",
    "BACKGROUND_WORK",
    "API_RATE",
    "TEAM_NAME",
    "TIME_ZONE",
    "DEFAULT_REGION",
    "SUPPORT_CONTACT",
    "CUSTOM_FIELD_NAMES",
    "TRUSTED_HOSTS",
    "PROXY_HOPS",
    "SCRIPT_NAME",
    "LOG_LEVEL",
    "PORT",
    "WEB_CONCURRENCY",
)
"""Every variable that the dashboard reads."""

_AROUND = re.compile(r"\A[\s\ufeff\u200b\u2060]+|[\s\ufeff\u200b\u2060]+\Z")
"""White space, byte order marks and zero-width spaces, which copying or Windows editors may add around a value."""

_QUOTES = ('""', "''", "``", "“”", "‘’", "„“", "„”", "«»")
_HAS_QUOTES = "has quotes around it, which count as part of it: remove them"

_CLOSE = 0.88
"""Similarity, from 0 to 1, at which a name counts as misspelt. AWS_DEFAULT_REGION stays below it."""
_SHORTEST_NAME = 6
"""Characters. Too many shorter names resemble PORT."""


class Environment:
    """Reads variables and collects messages about invalid ones in `problems`."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self.problems: list[str] = []
        self._variables = variables
        self._not_text: set[str] = set()

    def text(self, name: str) -> str:
        """Return a variable, trimmed; "" if it is missing. If it isn't UTF-8, add a problem and return ""."""
        value = trimmed(self._variables.get(name, ""))
        if any("\udc80" <= character <= "\udcff" for character in value):  # escaped bytes, not UTF-8
            if name not in self._not_text:
                self.problems.append(f"{name} is not UTF-8 text: set it anew, in UTF-8.")
            self._not_text.add(name)
            return ""
        return value

    def is_set(self, name: str) -> bool:
        """Whether a variable is not empty, even if it isn't valid UTF-8."""
        return bool(self.text(name)) or name in self._not_text

    def read(self, name: str, parse: Callable[[str], T], default: T) -> T:
        """Parse a variable; return the default if it is missing. If it is invalid, add a problem as well."""
        value = self.text(name)
        if not value:
            return default
        try:
            return parse(value)
        except ValueError as error:
            hint = f" It {_HAS_QUOTES}." if is_quoted(value) else ""
            self.problems.append(f"{name} {error}.{hint}")
            return default

    def need(self, name: str, why: str) -> str:
        """Return a variable. If it is missing, add a problem with the reason `why` it is needed."""
        if not self.is_set(name):
            self.problems.append(f"{name} is missing: {why}.")
        return self.text(name)


def trimmed(value: str) -> str:
    """Strip white space, byte order marks and zero-width spaces from a value."""
    return _AROUND.sub("", value)


def is_quoted(value: str) -> bool:
    """Whether a value is in quotes, probably because they were typed into a file or form that needs none."""
    return len(value) > 1 and value[0] + value[-1] in _QUOTES


def quoted_variables(variables: Mapping[str, str]) -> list[str]:
    """Return a message for each known variable whose value is in quotes."""
    return [f"{name} {_HAS_QUOTES}." for name in KNOWN_VARIABLES if is_quoted(trimmed(variables.get(name, "")))]


def misspelt_variables(names: Iterable[str]) -> list[tuple[str, str]]:
    """Find names that are probably misspelt settings: they resemble one, or have the same prefix.

    Returns:
        Pairs of the name and the setting that may be meant.

    """
    quoted = []
    for name in sorted(set(names) - set(KNOWN_VARIABLES)):
        cutoff = 0.5 if _begins_as_ours(name) else _CLOSE
        if len(name) >= _SHORTEST_NAME and (
            close := difflib.get_close_matches(_plain(name), KNOWN_VARIABLES, 1, cutoff)
        ):
            quoted.append((name, close[0]))
    return quoted


def log_misspelt(names: Iterable[str]) -> None:
    """Log each name that `misspelt_variables` finds."""
    for name, meant in misspelt_variables(names):
        log.warning("setting not known", extra={"variable": name, "meant": meant})


def _begins_as_ours(name: str) -> bool:
    first = _plain(name).partition("_")[0]
    return first == "OIDC" or bool(difflib.get_close_matches(first, ["MESSENTE"], 1, 0.85))


def _plain(name: str) -> str:
    return name.upper().replace("-", "_")
