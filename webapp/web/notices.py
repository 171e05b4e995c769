"""What the next page says of the change that led to it."""

from typing import Any

from flask import session

from webapp.text.cleaning import MAX_TEXT_CHARS

_KEY = "notice"


def notify(template: str, **values: Any) -> None:
    """Have the next page say something. One notice at a time: the cookie that carries it has its limit.

    Args:
        template: says it, in words that may hold a link or a button.
        values: what it needs to know, as JSON can hold it. Two names as long as people may write them fit; the
            phonebook may have longer ones, which are cut.

    """
    session[_KEY] = {key: _cut(value) for key, value in values.items()} | {"template": template}


def is_pending() -> bool:
    """Whether the next page has something to say."""
    return _KEY in session


def take_notice() -> dict[str, Any] | None:
    """Return what is to be said, once."""
    # Only what is there is taken out: that alone makes another cookie.
    notice = session.pop(_KEY) if _KEY in session else None
    return notice if isinstance(notice, dict) else None  # an earlier version kept something else there


def _cut(value: Any) -> Any:
    return f"{value[:MAX_TEXT_CHARS]}…" if isinstance(value, str) and len(value) > MAX_TEXT_CHARS else value
