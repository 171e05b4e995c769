"""Forms that were submitted without a session: saved in the store, and shown again after signing in.

The browser's cookie contains a random token, the store its hash, so that only the same browser finds a form. The
sign-in page contains the form's id, so that each tab goes on with its own form.
"""

import hashlib
import json
import logging
import re
import secrets
from datetime import datetime, timedelta

from flask import session
from sqlalchemy import ColumnElement, Delete, and_, delete, insert, select
from werkzeug.datastructures import MultiDict

from webapp.store import StoreError
from webapp.store.engine import SHORT_TIMEOUT
from webapp.store.schema import saved_forms
from webapp.web.current import store

MAX_SAVED_FORM_AGE = timedelta(hours=12)
"""As long as the sign-in page's own form is accepted."""
MAX_SAVED_FORMS = 1_000
"""Limit of the saved forms of browsers that were signed in before, and of those of all others; the oldest ones go."""
MAX_STRANGERS_FORM_BYTES = 4 * 1024
"""Limit of a form of a browser that was never signed in. This is enough for two group names of the maximum length."""
MAX_TARGET_CHARS = 300
"""Limit of a saved form's URL. It is part of a cookie while the user signs in with a work account."""

BROWSER = "browser"
"""Key in the session cookie of the browser's token. It is kept when a user signs in, for the forms of other tabs."""
_NEXT_SHOWN = "saved_form"
"""Key in the session cookie of the id of the form that is to be shown now."""

_ID = re.compile(r"[0-9]{1,18}")

log = logging.getLogger(__name__)

Fields = MultiDict[str, str]


class TooLong(Exception):
    """The form is too long to be saved for a browser that was never signed in."""


def save_form(address: str, sent: Fields, *, was_signed_in: bool) -> int | None:
    """Save the fields of a form, without its token, and return its id; None if it has no fields.

    Args:
        address: the URL that shows the form.
        sent: the submitted fields.
        was_signed_in: whether the browser was signed in before.

    Raises:
        TooLong: if a browser that was never signed in sends a long form.
        StoreError: if it can't be saved.

    """
    fields = {name: values for name, values in sent.lists() if name != "csrf_token"}
    if not fields:
        return None
    content = json.dumps(fields, ensure_ascii=False)
    if not was_signed_in and len(content.encode()) > MAX_STRANGERS_FORM_BYTES:
        raise TooLong
    token, now = session.get(BROWSER) or secrets.token_urlsafe(32), store().now()
    row = {
        "token": _hash(token),
        "was_signed_in": was_signed_in,
        "address": address,
        "fields": content,
        "began": now,
    }
    alike = saved_forms.c.was_signed_in == was_signed_in
    newest = select(saved_forms.c.id).where(alike).order_by(saved_forms.c.id.desc())
    first_beyond = newest.offset(MAX_SAVED_FORMS).limit(1).scalar_subquery()
    with store().write() as connection:
        connection.execute(delete_expired(now))
        made: int = connection.execute(insert(saved_forms).values(row).returning(saved_forms.c.id)).scalar_one()
        connection.execute(delete(saved_forms).where(alike, saved_forms.c.id <= first_beyond))
    session[BROWSER] = token
    return made


def delete_expired(now: datetime) -> Delete:
    """Return the statement that deletes expired forms."""
    return delete(saved_forms).where(saved_forms.c.began < now - MAX_SAVED_FORM_AGE)


def read_form_id(text: str | None) -> int | None:
    """Return a saved form's id from a sign-in page; None if it is invalid."""
    return int(text) if text and _ID.fullmatch(text) else None


def show_next(form_id: int | None) -> None:
    """Let the page that the user goes on to show a saved form again."""
    if form_id is not None:
        session[_NEXT_SHOWN] = form_id


def find_form(address: str) -> Fields:
    """Return the fields of the form that a page is to show again; empty if there is none.

    Raises:
        StoreError: if it can't be looked up.

    """
    if _NEXT_SHOWN not in session:
        return MultiDict()
    query = select(saved_forms.c.fields).where(_is_next_shown(), saved_forms.c.address == address)
    with store().read() as connection:
        stored = connection.execute(query).scalar()
    return MultiDict(json.loads(stored) if stored else {})


def delete_form() -> None:
    """Delete the form that a page has shown again."""
    shown = _is_next_shown()
    session.pop(_NEXT_SHOWN)
    try:
        store().write_repeatedly(
            lambda connection: connection.execute(delete(saved_forms).where(shown)), patience=SHORT_TIMEOUT
        )
    except StoreError as error:  # it expires
        log.error("saved form not deleted", extra={"reason": str(error)})


def forget_forms() -> None:
    """Remove this browser's reference to its saved forms: they may be another user's."""
    session.pop(BROWSER, None)


def _is_next_shown() -> ColumnElement[bool]:
    token = _hash(session.get(BROWSER, ""))
    return and_(saved_forms.c.token == token, saved_forms.c.id == session[_NEXT_SHOWN])


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
