"""Sessions, saved in the store. The user's cookie contains a random token, the store its hash."""

import hashlib
import json
import logging
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import g, session
from sqlalchemy import (
    ColumnElement,
    Connection,
    Delete,
    Update,
    and_,
    bindparam,
    delete,
    insert,
    or_,
    select,
    true,
    update,
)

from webapp.settings.users import Person
from webapp.store import Store, StoreError
from webapp.store.engine import SHORT_TIMEOUT
from webapp.store.schema import sessions
from webapp.web.current import settings, store

log = logging.getLogger(__name__)

MAX_IDLE, MAX_SESSION_AGE = timedelta(hours=2), timedelta(hours=12)
SEEN_INTERVAL = timedelta(minutes=1)

_SIGNED_IN, _ASIDE, _WAS_HERE = "token", "aside", "was_here"
MAX_SAVED_FORM_AGE = timedelta(minutes=30)

_BY_TOKEN = select(sessions).where(sessions.c.token == bindparam("known"))


@dataclass(frozen=True)
class Session:
    """A session: one browser in which a user has signed in. `saved_form` is empty if there is none."""

    id: int
    account: Person
    address: str
    began: datetime
    seen: datetime
    saved_form: dict[str, Any]


def create_session(account: Person, address: str, saved_form: dict[str, Any]) -> None:
    """Sign a user in with a new session, which takes over nothing from an earlier one.

    Args:
        account: the user's account.
        address: the client's IP address.
        saved_form: a saved form, to be shown again; empty for none.

    Raises:
        StoreError: if the session can't be recorded.

    """
    token, now = secrets.token_urlsafe(32), store().now()
    row = {
        "token": _hash(token),
        "account": account.key,
        "stamp": account.stamp,
        "address": address,
        "began": now,
        "seen": now,
        "kept": json.dumps(saved_form) if saved_form else None,
    }
    earlier = [token, *(session.get(name, "") for name in (_SIGNED_IN, _ASIDE))]

    def replace(connection: Connection) -> None:
        connection.execute(delete(sessions).where(sessions.c.token.in_([_hash(each) for each in earlier])))
        # Sessions from before a change of role, password or e-mail address have ended already.
        stale = and_(sessions.c.account == account.key, sessions.c.stamp != account.stamp)
        connection.execute(delete(sessions).where(stale))
        connection.execute(
            delete(sessions).where(or_(sessions.c.began < now - MAX_SESSION_AGE, sessions.c.seen < now - MAX_IDLE))
        )
        connection.execute(insert(sessions).values(row))

    store().write_repeatedly(replace)
    session.clear()
    session[_SIGNED_IN] = token
    session["csrf_token"] = secrets.token_hex(20)  # now, because pages that load in parallel would each create one


def keep_newer_cookie() -> None:
    """Don't write the cookie if the session has ended during the request, so that a newer one isn't overwritten."""
    if session.modified and "session_row" in g and g.session_row and session.get(_SIGNED_IN):
        with suppress(StoreError), store().read() as connection:
            if connection.execute(_BY_TOKEN, {"known": _hash(session[_SIGNED_IN])}).first() is None:
                session.modified = False


def find_session() -> Session | None:
    """Return the request's session, if it has not ended, and record that it was used.

    Raises:
        StoreError: if the session can't be looked up.

    """
    token = session.get(_SIGNED_IN)
    if not token:
        return None
    with store().read() as connection:
        row = connection.execute(_BY_TOKEN, {"known": _hash(token)}).first()
    if row is None:
        return None
    now, account = store().now(), settings().person(row.account, row.stamp)
    if now - row.seen > MAX_IDLE or now - row.began > MAX_SESSION_AGE or account is None or account.stamp != row.stamp:
        with _best_effort():
            _delete(sessions.c.id == row.id, patience=SHORT_TIMEOUT)
        return None
    if now - row.seen > SEEN_INTERVAL:
        with _best_effort():
            _change(update(sessions).where(sessions.c.id == row.id).values(seen=now), patience=SHORT_TIMEOUT)
    return Session(row.id, account, row.address, row.began, row.seen, json.loads(row.kept) if row.kept else {})


def forget_cookie() -> bool:
    """Remove an expired token from the cookie, and return whether there was one."""
    if session.pop(_SIGNED_IN, None) is None:
        return False
    session[_WAS_HERE] = True
    return True


def was_here() -> bool:
    """Whether this browser had a session that has expired."""
    return _WAS_HERE in session


def end_session() -> None:
    """Sign out of this session. The token becomes invalid, even if it was copied.

    Raises:
        StoreError: if that can't be recorded. Then the session goes on.

    """
    _delete(sessions.c.token == _hash(session.get(_SIGNED_IN, "")))
    session.clear()


def end_sessions_of(account: Person) -> None:
    """Sign a user out of all sessions. Raises StoreError as `end_session` does."""
    _delete(sessions.c.account == account.key)
    session.clear()


def end_sessions_named(name: str | None, where: Store) -> int:
    """Sign out all users with a name, or everybody, and return the number of sessions ended.

    Args:
        name: of an account, or the e-mail address of a work account, ignoring case; None for everybody.
        where: the store.

    Raises:
        StoreError: if that can't be recorded. Then nobody has been signed out.

    """
    address = sessions.c.stamp.endswith(f" {(name or '').lower()}", autoescape=True)
    whose = true() if name is None else or_(sessions.c.account == name.casefold(), address)
    with where.write() as connection:
        return len(connection.execute(delete(sessions).where(whose).returning(sessions.c.id)).all())


def list_sessions(account: Person) -> list[Session]:
    """Return a user's current sessions, newest first."""
    now = store().now()
    query = select(sessions).where(
        sessions.c.account == account.key,
        sessions.c.stamp == account.stamp,
        sessions.c.seen >= now - MAX_IDLE,
        sessions.c.began >= now - MAX_SESSION_AGE,
    )
    with store().read() as connection:
        rows = connection.execute(query.order_by(sessions.c.began.desc())).all()
    return [Session(row.id, account, row.address, row.began, row.seen, {}) for row in rows]


def save_form(of: Session, saved_form: dict[str, Any]) -> None:
    """Save a form in a session, to be shown again; an empty dict deletes the saved form."""
    with _best_effort():
        values = {"kept": json.dumps(saved_form) if saved_form else None}
        _change(
            update(sessions).where(sessions.c.id == of.id).values(values),
            patience=None if saved_form else SHORT_TIMEOUT,
        )


def save_form_for_later(saved_form: dict[str, Any]) -> None:
    """Save a form whose user's session has expired, in a row of its own that signs nobody in."""
    token, now = secrets.token_urlsafe(32), store().now()
    row = {
        "token": _hash(token),
        "account": "",  # so that it signs nobody in
        "stamp": "",
        "address": "",
        "began": now - MAX_SESSION_AGE + MAX_SAVED_FORM_AGE,  # removed with expired sessions
        "seen": now - MAX_IDLE + MAX_SAVED_FORM_AGE,
        "kept": json.dumps(saved_form),
    }
    earlier = [_hash(token), _hash(session.get(_ASIDE, ""))]

    def replace(connection: Connection) -> None:
        connection.execute(delete(sessions).where(sessions.c.token.in_(earlier)))
        connection.execute(insert(sessions).values(row))

    with _best_effort():
        store().write_repeatedly(replace)
        session[_ASIDE] = token


def has_saved_form() -> bool:
    """Whether this browser has a form saved by `save_form_for_later`."""
    return _ASIDE in session


def forget_saved_form() -> None:
    """Remove this browser's reference to its saved form."""
    session.pop(_ASIDE, None)


def find_saved_form(address: str) -> dict[str, Any]:
    """Return this browser's saved form for a URL; empty if there is none, or it has expired.

    Raises:
        StoreError: if it can't be looked up.

    """
    now, token = store().now(), _hash(session.get(_ASIDE, ""))
    lasts = and_(sessions.c.token == token, sessions.c.account == "", sessions.c.began >= now - MAX_SESSION_AGE)
    with store().read() as connection:
        found = connection.execute(select(sessions.c.kept).where(lasts)).scalar()
    saved_form: dict[str, Any] = json.loads(found) if found else {}
    return saved_form if saved_form.get("address") == address else {}


@contextmanager
def _best_effort() -> Iterator[None]:
    """Log write errors and go on: without a writable store, users can still view pages."""
    try:
        yield
    except StoreError as error:
        log.error("session not written", extra={"reason": str(error)})


def _delete(condition: ColumnElement[bool], *, patience: float | None = None) -> None:
    _change(delete(sessions).where(condition), patience=patience)


def _change(statement: Delete | Update, *, patience: float | None = None) -> None:
    store().write_repeatedly(lambda connection: connection.execute(statement), patience=patience)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
