"""What the next page says of the change that led to it."""

from flask import session
from markupsafe import Markup

_KEY = "notice"


def notify(text: Markup) -> None:
    """Have the next page say `text`. One notice at a time: the cookie that carries it has its limit."""
    session[_KEY] = text


def is_pending() -> bool:
    """Whether the next page has something to say."""
    return _KEY in session


def take_notice() -> Markup | None:
    """Return what is to be said, once."""
    notice: Markup | None = session.pop(_KEY, None)
    return notice
