"""Notices: messages about a change, shown once on the next page."""

from typing import Any

from flask import session

from webapp.text import MAX_TEXT_CHARS

_KEY = "notice"


def notify(template: str, title: str, **values: Any) -> None:
    """Show a notice on the next page, in place of an earlier one that was not shown.

    Args:
        template: renders the notice.
        title: a few words for the page's title, such as "Group deleted".
        values: JSON-serializable variables of the template. Long texts are cut, because they are stored in a cookie.

    """
    cut = {
        key: f"{value[:MAX_TEXT_CHARS]}…"
        for key, value in values.items()
        if isinstance(value, str) and len(value) > MAX_TEXT_CHARS
    }
    session[_KEY] = values | cut | {"template": template, "title": title}


def is_pending() -> bool:
    """Whether there is a notice to show."""
    return _KEY in session


def take_notice() -> dict[str, Any] | None:
    """Return the notice and remove it; None if there is none."""
    # `pop` would always mark the session as changed and send a new cookie.
    notice = session.pop(_KEY) if _KEY in session else None
    return notice if isinstance(notice, dict) else None  # earlier versions stored another type
