"""How it is decided what became of changes whose outcome is not known, and what the record itself tells of them."""

from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

from sqlalchemy import and_, func, not_, or_, select

from webapp.activity.entries import CLOCKS, COLUMNS, UNDECIDED, Entry, Kind, Outcome, searched
from webapp.site.context import settings, store
from webapp.store.schema import activity

LONG_AGO = timedelta(hours=1)
"""After so long a change that the phonebook does not show counts as not made."""

AT_ONCE = 50
"""Changes that are looked up for one page."""


def verdict(entry: Entry, happened: bool | None) -> Outcome | None:
    """Say how a change ended, by whether the phonebook shows it; None as long as that is open."""
    if happened:
        return Outcome.CONFIRMED
    is_old = store().now() - entry.began > LONG_AGO
    return Outcome.ABSENT if happened is False and is_old else None


def undecided(*, kinds: Iterable[Kind], group_id: UUID | None = None, number: str | None = None) -> list[Entry]:
    """Return changes whose outcome is not known, and that nobody is at any more; the latest first.

    Args:
        kinds: of what was to be done.
        group_id: of what was done to a group.
        number: of what was done to a contact.

    Raises:
        StoreError: when they can't be read.

    """
    now = store().now()
    is_over = not_(activity.c.began.between(now - timedelta(seconds=settings().page_deadline), now + CLOCKS))
    query = select(*COLUMNS).where(activity.c.outcome.in_(UNDECIDED), is_over, activity.c.kind.in_(list(kinds)))
    if group_id:
        query = query.where(activity.c.group_id == group_id)
    if number:
        query = query.where(activity.c.number == number)
    with store().read() as connection:
        return [Entry.of(row) for row in connection.execute(query.order_by(activity.c.id.desc()).limit(AT_ONCE))]


def known_before(entry: Entry, ids: Iterable[UUID]) -> set[UUID]:
    """Return which of these groups can't have been created by an entry: others have, or were told of them before."""
    others = or_(activity.c.kind == Kind.CREATE, activity.c.id < entry.id)
    query = select(activity.c.group_id).where(activity.c.group_id.in_(list(ids)), activity.c.id != entry.id, others)
    with store().read() as connection:
        return set(connection.execute(query).scalars())


def rivals(entry: Entry) -> int:
    """Return how many others were to create a group of that name, and are not known to have done so."""
    query = select(func.count()).where(
        activity.c.kind == Kind.CREATE,
        activity.c.searched == searched(entry.after),
        or_(activity.c.outcome.in_(UNDECIDED), and_(activity.c.outcome == Outcome.DONE, activity.c.group_id.is_(None))),
        activity.c.id != entry.id,
    )
    with store().read() as connection:
        return int(connection.execute(query).scalar_one())


def names_found_later(entry: Entry) -> list[str]:
    """Return what a group was called when something was done to it after an entry."""
    query = select(activity.c.before).where(activity.c.group_id == entry.group_id, activity.c.id > entry.id)
    with store().read() as connection:
        return [name for name in connection.execute(query).scalars() if name is not None]
