"""Sessions, kept in the store: the reader's cookie holds a random token, the store its hash."""

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
    """One browser in which somebody has signed in."""

    id: int
    account: Person
    address: str
    began: datetime
    seen: datetime
    kept: dict[str, Any]


def create_session(account: Person, address: str, kept: dict[str, Any]) -> None:
    """Sign somebody in, in a session with nothing of an earlier one in it.

    Args:
        account: whose it is.
        address: from where.
        kept: what was typed into a form before, to be shown there again.

    Raises:
        StoreError: when it can't be recorded.

    """
    token, now = secrets.token_urlsafe(32), store().now()
    row = {
        "token": _hash(token),
        "account": account.key,
        "stamp": account.stamp,
        "address": address,
        "began": now,
        "seen": now,
        "kept": json.dumps(kept) if kept else None,
    }
    earlier = [token, *(session.get(name, "") for name in (_SIGNED_IN, _ASIDE))]

    def replace(connection: Connection) -> None:
        connection.execute(delete(sessions).where(sessions.c.token.in_([_hash(each) for each in earlier])))
        # Of somebody whose role or address was another: they are over already.
        stale = and_(sessions.c.account == account.key, sessions.c.stamp != account.stamp)
        connection.execute(delete(sessions).where(stale))
        connection.execute(
            delete(sessions).where(or_(sessions.c.began < now - MAX_SESSION_AGE, sessions.c.seen < now - MAX_IDLE))
        )
        connection.execute(insert(sessions).values(row))

    store().write_repeatedly(replace)
    session.clear()
    session[_SIGNED_IN] = token
    session["csrf_token"] = secrets.token_hex(20)  # at once: of pages opened side by side, each would make its own


def keep_newer_cookie() -> None:
    """Write no cookie if the session was ended since the request began: the reader may be in another by now."""
    if session.modified and "session_row" in g and g.session_row and session.get(_SIGNED_IN):
        with suppress(StoreError), store().read() as connection:
            if connection.execute(_BY_TOKEN, {"known": _hash(session[_SIGNED_IN])}).first() is None:
                session.modified = False


def find_session() -> Session | None:
    """Return the session that the request belongs to, while it lasts, and note that it was seen.

    Raises:
        StoreError: when that can't be looked up.

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
    """Take a token that is worth nothing any more out of the cookie; whether there was one."""
    if session.pop(_SIGNED_IN, None) is None:
        return False
    session[_WAS_HERE] = True
    return True


def was_here() -> bool:
    """Whether somebody has been signed in at this browser whose session has ended by itself."""
    return _WAS_HERE in session


def end_session() -> None:
    """Sign out: the token is worth nothing any more, wherever it may have been copied to.

    Raises:
        StoreError: when that can't be recorded. Nobody has then been signed out.

    """
    _delete(sessions.c.token == _hash(session.get(_SIGNED_IN, "")))
    session.clear()


def end_sessions_of(account: Person) -> None:
    """Sign somebody out everywhere; raises as `end` does."""
    _delete(sessions.c.account == account.key)
    session.clear()


def end_sessions_named(name: str | None, where: Store) -> int:
    """Sign out whoever bears a name, or everybody; say how many sessions that were.

    Args:
        name: of an account, or the e-mail address of a work account, in any case; None for everybody.
        where: the store.

    Raises:
        StoreError: when that can't be recorded. Nobody has then been signed out.

    """
    address = sessions.c.stamp.endswith(f" {(name or '').lower()}", autoescape=True)
    whose = true() if name is None else or_(sessions.c.account == name.casefold(), address)
    with where.write() as connection:
        return len(connection.execute(delete(sessions).where(whose).returning(sessions.c.id)).all())


def list_sessions(account: Person) -> list[Session]:
    """Return somebody's sessions that last still, the newest first."""
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


def save_form(of: Session, kept: dict[str, Any]) -> None:
    """Keep what was typed for when its form is shown again; nothing, once it has been."""
    with _best_effort():
        values = {"kept": json.dumps(kept) if kept else None}
        _change(update(sessions).where(sessions.c.id == of.id).values(values), patience=None if kept else SHORT_TIMEOUT)


def save_form_for_later(kept: dict[str, Any]) -> None:
    """Keep what somebody typed whose session has ended, until they are back: in a row that is no session."""
    token, now = secrets.token_urlsafe(32), store().now()
    row = {
        "token": _hash(token),
        "account": "",  # nobody's, so that it signs nobody in
        "stamp": "",
        "address": "",
        "began": now - MAX_SESSION_AGE + MAX_SAVED_FORM_AGE,  # it is removed as sessions are
        "seen": now - MAX_IDLE + MAX_SAVED_FORM_AGE,
        "kept": json.dumps(kept),
    }
    earlier = [_hash(token), _hash(session.get(_ASIDE, ""))]

    def replace(connection: Connection) -> None:
        connection.execute(delete(sessions).where(sessions.c.token.in_(earlier)))
        connection.execute(insert(sessions).values(row))

    with _best_effort():
        store().write_repeatedly(replace)
        session[_ASIDE] = token


def has_saved_form() -> bool:
    """Whether this browser has left something."""
    return _ASIDE in session


def forget_saved_form() -> None:
    """Have this browser leave it there."""
    session.pop(_ASIDE, None)


def find_saved_form(address: str) -> dict[str, Any]:
    """Return what this browser has left that was typed at an address; nothing, once that is too long ago.

    Raises:
        StoreError: when that can't be looked up.

    """
    now, token = store().now(), _hash(session.get(_ASIDE, ""))
    lasts = and_(sessions.c.token == token, sessions.c.account == "", sessions.c.began >= now - MAX_SESSION_AGE)
    with store().read() as connection:
        found = connection.execute(select(sessions.c.kept).where(lasts)).scalar()
    kept: dict[str, Any] = json.loads(found) if found else {}
    return kept if kept.get("address") == address else {}


@contextmanager
def _best_effort() -> Iterator[None]:
    """Go on where the store can be read, but not written to: the groups can be looked at all the same."""
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
