"""Marks by which a view says who may use it, and how. Without one it is closed to strangers, its forms to viewers."""

from collections.abc import Callable
from typing import Any, TypeVar

from flask import current_app

View = TypeVar("View", bound=Callable[..., Any])

OPEN, EDITORS, VIEWERS, LONG = "open_to_strangers", "for_editors", "for_viewers_too", "takes_long_forms"


def open_to_strangers(view: View) -> View:
    """Mark a view that asks nobody to sign in."""
    setattr(view, OPEN, True)
    return view


def for_editors(view: View) -> View:
    """Mark a view that only leads to a change, so that it is of no use to people who may only look."""
    setattr(view, EDITORS, True)
    return view


def for_viewers_too(view: View) -> View:
    """Mark a view that changes nothing but one's own session, although it takes a form."""
    setattr(view, VIEWERS, True)
    return view


def takes_long_forms(view: View) -> View:
    """Mark a view whose form holds what the phonebook holds, which may be longer than what people type."""
    setattr(view, LONG, True)
    return view


def is_marked(endpoint: str | None, mark: str) -> bool:
    """Whether the view of an endpoint bears a mark."""
    return bool(endpoint) and getattr(current_app.view_functions.get(endpoint or ""), mark, False)
