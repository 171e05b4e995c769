"""Rate limit for password guesses. Attempts are counted in the store, so that all workers and machines share them.

After five wrong guesses within 60 seconds, for one account or from one IP address, further ones have to wait. For an
address from which an account was signed in to before, that account's guesses are counted separately, so that strangers
can't lock the owner out.
"""

import hashlib
import ipaddress
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, and_, delete, exists, insert, not_, or_, select, text, update

from webapp.store.schema import attempts
from webapp.web.current import store

MAX_WRONG_GUESSES = 5
GUESS_WINDOW = timedelta(seconds=60)
CLOCK_TOLERANCE = timedelta(seconds=60)
"""Tolerance if the store's clock was set back since an attempt."""
MAX_KNOWN_ADDRESS_AGE = timedelta(days=30)
"""How long the address of a successful sign-in is remembered."""


def record_attempt(name: str, address: str) -> tuple[int, int]:
    """Record an attempt as a failure first; `mark_succeeded` corrects it.

    Returns:
        The attempt's id, and the seconds to wait. If these are more than 0, the password must not be verified.

    Raises:
        StoreError: if the attempt can't be recorded. Then the password must not be verified either.

    """
    account, address, now = _hash(name), _network(address), store().now()

    def count(connection: Connection) -> tuple[int, int]:
        _lock_table(connection)
        connection.execute(delete(attempts).where(or_(_is_over(now), _is_this(account, address, now))))
        known = exists().where(and_(attempts.c.account == account, attempts.c.address == address, attempts.c.succeeded))
        wrong = and_(
            attempts.c.at > now - GUESS_WINDOW, attempts.c.at <= now + CLOCK_TOLERANCE, not_(attempts.c.succeeded)
        )
        from_here = wrong & (attempts.c.address == address)
        at_this = wrong & (attempts.c.account == account)
        if connection.execute(select(known)).scalar():
            at_this &= attempts.c.address == address
        waits = [_wait(connection, condition, now) for condition in (from_here, at_this)]
        if any(waits):
            return 0, max(waits)
        row = {"account": account, "address": address, "at": now, "succeeded": False}
        return int(connection.execute(insert(attempts).values(row).returning(attempts.c.id)).scalar_one()), 0

    return store().write_repeatedly(count)


def mark_succeeded(attempt: int) -> None:
    """Record that an attempt succeeded."""
    change = update(attempts).where(attempts.c.id == attempt).values(succeeded=True)
    store().write_repeatedly(lambda connection: connection.execute(change))


def forget_attempt(attempt: int) -> None:
    """Delete an attempt whose password was not verified."""
    change = delete(attempts).where(attempts.c.id == attempt)
    store().write_repeatedly(lambda connection: connection.execute(change))


def _is_over(now: datetime) -> ColumnElement[bool]:
    wrong = and_(attempts.c.at <= now - GUESS_WINDOW, not_(attempts.c.succeeded))
    return or_(attempts.c.at < now - MAX_KNOWN_ADDRESS_AGE, wrong)


def _is_this(account: str, address: str, now: datetime) -> ColumnElement[bool]:
    """Match this attempt itself, in case a retried transaction has recorded it already."""
    return and_(attempts.c.account == account, attempts.c.address == address, attempts.c.at == now)


def _wait(connection: Connection, condition: ColumnElement[bool], now: datetime) -> int:
    """Return the seconds until fewer than `MAX_WRONG_GUESSES` are left in the window."""
    latest = select(attempts.c.at).where(condition).order_by(attempts.c.at.desc()).limit(MAX_WRONG_GUESSES)
    times = list(connection.execute(latest).scalars())
    return int((min(times[-1], now) + GUESS_WINDOW - now).total_seconds()) + 1 if len(times) >= MAX_WRONG_GUESSES else 0


def _lock_table(connection: Connection) -> None:
    """Lock the table, so that parallel attempts can't exceed the limit. SQLite has one writer at a time anyway."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("LOCK TABLE attempts IN SHARE ROW EXCLUSIVE MODE"))


def _network(address: str) -> str:
    """Return an IPv4 address, or the /64 network of an IPv6 address, without the port that some proxies add."""
    if address.startswith("["):
        address = address[1:].partition("]")[0]
    elif address.count(":") == 1:
        address = address.partition(":")[0]
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if parsed.version == 4:
        return address
    return str(parsed.ipv4_mapped or ipaddress.ip_network((parsed, 64), strict=False))


def _hash(name: str) -> str:
    return hashlib.sha256(name.casefold().encode("utf-8", "surrogatepass")).hexdigest()
