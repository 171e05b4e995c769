"""Typed access to the application's client, store and settings, and to the current request's account and time."""

import math
import time
from dataclasses import replace
from typing import cast

from flask import current_app, g, has_app_context, has_request_context, request

from webapp.phonebook import PhonebookClient
from webapp.settings import Settings
from webapp.settings.users import Person
from webapp.store import Store
from webapp.web.time_budget import Budget


def phonebook(until: float = Budget.READ) -> PhonebookClient:
    """Return this worker's client of the phonebook; its calls end by that part of the request's time."""
    client = cast(PhonebookClient, current_app.extensions["phonebook"])
    return replace(client, expires=g.started + until * g.page_deadline)


def store() -> Store:
    """Return this worker's store."""
    return cast(Store, current_app.extensions["store"])


def account() -> Person | None:
    """Return the account that is signed in; None if there is none."""
    return cast("Person | None", g.get("account"))


def may_change() -> bool:
    """Whether the user may change the phonebook."""
    user = account()
    return user.may_change if user else not settings().must_sign_in


def person() -> str:
    """Return the user's name for the record of activity."""
    user = account()
    return user.name if user else "Sandbox" if settings().sandbox else "This computer"


def time_left(by: float) -> float:
    """Return the seconds that calls of this part of the request may still take, at least 0."""
    return max(0.0, float(g.started + by * g.page_deadline) - time.monotonic())


def default_region() -> str:
    """Return the region of phone numbers without a country code: two letters, or "" if none is configured."""
    return settings().default_region if has_app_context() else ""


def time_for_store() -> float:
    """Return the seconds that this request may still wait for the store, over all calls."""
    if not has_request_context() or "started" not in g:
        return math.inf
    return time_left(Budget.READ if request.method in {"GET", "HEAD"} else Budget.LOOK_UP)


def settings() -> Settings:
    """Return the settings of this deployment."""
    return cast(Settings, current_app.extensions["settings"])
