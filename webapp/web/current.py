"""Typed access to what the application was made with."""

import math
import time
from typing import cast

from flask import current_app, g, has_app_context, has_request_context, request

from webapp.phonebook import PhonebookClient
from webapp.settings import Settings
from webapp.settings.users import Person
from webapp.store import Store


# The part of a page's time by which a call has to be over. A page that changes something first checks, then sends the
# change, and needs time to look what became of it where the answer is not clear. The rest is for the page itself.
class Budget:
    """Parts of a page's time by which a call has to be over."""

    READ = 0.45
    CHECK = 0.3
    ORPHANS = 0.4
    """For what deleting a group would do: as long when it is done as when it is asked about, or it would be
    asked again.
    """
    CHANGE = 0.65
    LOOK_UP = 0.9


BEGIN = 0.5
"""By when one of several changes has to begin: one that begins later may be cut off, and its outcome is not known."""
CLAIM = 0.5
"""For recording what is about to be sent, where the store makes that wait; Messente needs time after it."""


def phonebook(until: float = Budget.READ) -> PhonebookClient:
    """Return this worker's client of the phonebook, for calls that are over by that part of this page's time."""
    client = cast(PhonebookClient, current_app.extensions["phonebook"])
    return client.until(g.started + until * settings().page_deadline)


def store() -> Store:
    """Return this worker's way to the store."""
    return cast(Store, current_app.extensions["store"])


def account() -> Person | None:
    """Return the account of whoever asks; None where nobody is signed in, or nobody has to."""
    return cast("Person | None", g.get("account"))


def may_change() -> bool:
    """Whether whoever asks may change the phonebook."""
    who = account()
    return who.may_change if who else not settings().must_sign_in


def person() -> str:
    """Return the name of whoever asks, as the record of activity has it."""
    who = account()
    return who.name if who else "Sandbox" if settings().sandbox else "This computer"


def time_left(by: float) -> float:
    """Return the seconds until that part of this page's time is over; not below 0."""
    return max(0.0, float(g.started) + by * settings().page_deadline - time.monotonic())


def default_region() -> str:
    """Return where phone numbers without a country's code are from; "" where the settings name no region."""
    return settings().default_region if has_app_context() else ""


def time_for_store() -> float:
    """Return the seconds that a page may still wait for the store: all that it asks of it together, not each time."""
    if not has_request_context() or "started" not in g:
        return math.inf
    return time_left(Budget.READ if request.method in {"GET", "HEAD"} else Budget.LOOK_UP)


def settings() -> Settings:
    """Return the settings of this deployment."""
    return cast(Settings, current_app.extensions["settings"])
