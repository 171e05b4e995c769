"""The figures of each day: how large the phonebook was. One row a day, whichever machine or process writes it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import and_, delete, insert, or_, select, update

from webapp.phonebook import Contact, Group, Rows
from webapp.phonebook.models import find_in_no_group
from webapp.store import AlreadyThere
from webapp.store.schema import daily_figures
from webapp.web.current import settings, store

KEPT_DAYS = 400
SHOWN_DAYS = 366

COMPARING = timedelta(minutes=50)
"""After this time, a comparison of members that has not ended is begun again: its worker must have died."""


@dataclass(frozen=True)
class DayFigures:
    """The figures of one day."""

    day: date
    contacts: int
    groups: int
    in_no_group: int
    blacklisted: int


@dataclass(frozen=True)
class SameMembers:
    """Groups that have the same members, as they were when they were compared last."""

    compared: datetime
    groups: Sequence[Sequence[UUID]]
    """The ids of groups that have the same members."""


def today() -> date:
    """Return the day in the team's time zone, by the store's clock.

    Raises:
        StoreError: see `Store.now`.

    """
    return store().now().astimezone(settings().time_zone).date()


def count_today(contacts: Rows[Contact], groups: Rows[Group], blacklist: frozenset[str]) -> DayFigures | None:
    """Return today's figures; None if some rows could not be read, since they would be too low."""
    if contacts.unreadable or groups.unreadable:
        return None
    in_no_group = len(find_in_no_group(contacts).rows)
    return DayFigures(today(), len(contacts.rows), len(groups.rows), in_no_group, len(blacklist))


def record(figures: DayFigures) -> None:
    """Record the figures of a day, unless they are recorded, and delete those that are too old.

    Raises:
        StoreError: when they can't be recorded.

    """
    if has_day(figures.day):
        return
    try:
        with store().write() as connection:
            connection.execute(insert(daily_figures).values(vars(figures)))
            oldest = figures.day - timedelta(days=KEPT_DAYS)
            connection.execute(delete(daily_figures).where(daily_figures.c.day < oldest))
    except AlreadyThere:
        return  # another machine was faster


def has_day(day: date) -> bool:
    """Whether the figures of a day are recorded."""
    with store().read() as connection:
        found = connection.execute(select(daily_figures.c.day).where(daily_figures.c.day == day)).first()
    return found is not None


def is_complete(day: date) -> bool:
    """Whether the figures of a day are recorded, and the groups' members were compared."""
    query = select(daily_figures.c.same_members).where(daily_figures.c.day == day)
    with store().read() as connection:
        return connection.execute(query).scalar() is not None


def read_year() -> list[DayFigures]:
    """Return the figures of the last 12 months, the oldest first."""
    columns = [daily_figures.c[name] for name in ("day", "contacts", "groups", "in_no_group", "blacklisted")]
    since = today() - timedelta(days=SHOWN_DAYS)
    query = select(*columns).where(daily_figures.c.day >= since).order_by(daily_figures.c.day)
    with store().read() as connection:
        return [DayFigures(*row) for row in connection.execute(query)]


def begin_comparing(day: date) -> bool:
    """Take on the comparison of all groups' members for a day; return whether no other machine does it or has done it.

    The day's figures have to be recorded.
    """
    now = store().now()
    free = or_(
        daily_figures.c.compared.is_(None),
        and_(daily_figures.c.same_members.is_(None), daily_figures.c.compared < now - COMPARING),
    )
    taking = update(daily_figures).where(daily_figures.c.day == day, free).values(compared=now)
    with store().write() as connection:
        return connection.execute(taking).rowcount == 1


def record_same_members(day: date, same: Sequence[Sequence[UUID]]) -> None:
    """Record which groups have the same members."""
    found = json.dumps([[str(group_id) for group_id in each] for each in same])
    recording = update(daily_figures).where(daily_figures.c.day == day)
    with store().write() as connection:
        connection.execute(recording.values(compared=store().now(), same_members=found))


def read_same_members() -> SameMembers | None:
    """Return the groups that have the same members, by the last comparison; None if there was none yet."""
    query = select(daily_figures.c.compared, daily_figures.c.same_members)
    query = query.where(daily_figures.c.same_members.is_not(None)).order_by(daily_figures.c.day.desc()).limit(1)
    with store().read() as connection:
        row = connection.execute(query).one_or_none()
    if row is None:
        return None
    return SameMembers(row.compared, [[UUID(group_id) for group_id in each] for each in json.loads(row.same_members)])
