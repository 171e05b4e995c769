"""Decorators that say who may use a view. By default it requires sign-in, and POST requires an editor."""

from collections.abc import Callable
from typing import Any, TypeVar

from flask import current_app

View = TypeVar("View", bound=Callable[..., Any])

PUBLIC, EDITORS_ONLY, VIEWERS_MAY_POST = "public", "editors_only", "viewers_may_post"


def public(view: View) -> View:
    """Let everybody use a view without signing in."""
    setattr(view, PUBLIC, True)
    return view


def editors_only(view: View) -> View:
    """Let only editors use a view, even by GET, because its page is only for making changes."""
    setattr(view, EDITORS_ONLY, True)
    return view


def viewers_may_post(view: View) -> View:
    """Let viewers submit a form that changes nothing but their own session."""
    setattr(view, VIEWERS_MAY_POST, True)
    return view


def is_marked(endpoint: str | None, mark: str) -> bool:
    """Whether the view of an endpoint has the decorator of that name."""
    return bool(endpoint) and getattr(current_app.view_functions.get(endpoint or ""), mark, False)
