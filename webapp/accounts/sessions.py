"""Sessions, saved in the store. The user's cookie contains a random token, the store its hash."""

import hashlib
import logging
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import g, session
from sqlalchemy import (
    ColumnElement,
    Connection,
    Delete,
    Update,
    and_,
    bindparam,
    delete,
    exists,
    insert,
    or_,
    select,
    true,
    update,
)

from webapp.accounts import saved_forms
from webapp.settings.users import Person
from webapp.store import Store, StoreError
from webapp.store.engine import SHORT_TIMEOUT
from webapp.store.schema import jobs, sessions
from webapp.web.current import settings, store

log = logging.getLogger(__name__)

MAX_IDLE, MAX_SESSION_AGE = timedelta(hours=2), timedelta(hours=12)
SEEN_INTERVAL = timedelta(minutes=1)

_SIGNED_IN, _WAS_HERE = "token", "was_here"

_ANY_JOB = exists().where(jobs.c.state == "active").label("any_job")
_BY_TOKEN = select(sessions, _ANY_JOB).where(sessions.c.token == bindparam("known"))


@dataclass(frozen=True)
class Session:
    """A session: one browser in which a user has signed in."""

    id: int
    account: Person
    address: str
    began: datetime
    seen: datetime
    any_job: bool = False
    """Whether a background job is active, of any user: most pages needn't look for the user's own."""


def create_session(account: Person, address: str) -> None:
    """Sign a user in with a new session, which takes over nothing from an earlier one but the browser's saved forms.

    Args:
        account: the user's account.
        address: the client's IP address.

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
    }
    earlier = [token, session.get(_SIGNED_IN, "")]

    def replace(connection: Connection) -> None:
        connection.execute(delete(sessions).where(sessions.c.token.in_([_hash(each) for each in earlier])))
        # Sessions from before a change of role, password or e-mail address have ended already.
        stale = and_(sessions.c.account == account.key, sessions.c.stamp != account.stamp)
        connection.execute(delete(sessions).where(stale))
        connection.execute(
            delete(sessions).where(or_(sessions.c.began < now - MAX_SESSION_AGE, sessions.c.seen < now - MAX_IDLE))
        )
        connection.execute(saved_forms.delete_expired(now))
        connection.execute(insert(sessions).values(row))

    store().write_repeatedly(replace)
    browser = session.get(saved_forms.BROWSER)
    session.clear()
    if browser:
        session[saved_forms.BROWSER] = browser
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
    return Session(row.id, account, row.address, row.began, row.seen, row.any_job)


def forget_cookie() -> bool:
    """Remove an expired token from the cookie, and return whether there was one."""
    if session.pop(_SIGNED_IN, None) is None:
        return False
    session[_WAS_HERE] = True
    return True


def was_here() -> bool:
    """Whether this browser had a session that has ended."""
    return _WAS_HERE in session


def end_session() -> None:
    """Sign out of this session. The token becomes invalid, even if it was copied.

    Raises:
        StoreError: if that can't be recorded. Then the session goes on.

    """
    _delete(sessions.c.token == _hash(session.get(_SIGNED_IN, "")))
    _clear_cookie()


def end_sessions_of(account: Person) -> None:
    """Sign a user out of all sessions. Raises StoreError as `end_session` does."""
    _delete(sessions.c.account == account.key)
    _clear_cookie()


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
    return [Session(row.id, account, row.address, row.began, row.seen) for row in rows]


def _clear_cookie() -> None:
    session.clear()
    session[_WAS_HERE] = True  # forms in other tabs can still be saved


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
