"""Marks by which a view says who may use it, and how. Without one it is closed to strangers, its forms to viewers."""

from collections.abc import Callable
from typing import Any, TypeVar

from flask import current_app

View = TypeVar("View", bound=Callable[..., Any])

PUBLIC, EDITORS_ONLY, VIEWERS_MAY_POST, LONG_FORMS = "public", "editors_only", "viewers_may_post", "accepts_long_forms"


def public(view: View) -> View:
    """Mark a view that asks nobody to sign in."""
    setattr(view, PUBLIC, True)
    return view


def editors_only(view: View) -> View:
    """Mark a view that only leads to a change, so that it is of no use to people who may only look."""
    setattr(view, EDITORS_ONLY, True)
    return view


def viewers_may_post(view: View) -> View:
    """Mark a view that changes nothing but one's own session, although it takes a form."""
    setattr(view, VIEWERS_MAY_POST, True)
    return view


def accepts_long_forms(view: View) -> View:
    """Mark a view whose form holds what the phonebook holds, which may be longer than what people type."""
    setattr(view, LONG_FORMS, True)
    return view


def is_marked(endpoint: str | None, mark: str) -> bool:
    """Whether the view of an endpoint bears a mark."""
    return bool(endpoint) and getattr(current_app.view_functions.get(endpoint or ""), mark, False)
