"""One entry for each change: written before Messente is asked, settled when the outcome is known.

The entry also claims the form that asked for the change, across all workers and machines: whoever writes it first sends
the change, and nobody else does.
"""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Self
from uuid import UUID

from sqlalchemy import Connection, and_, delete, func, insert, or_, select, true, update

from webapp.phonebook import Group
from webapp.phonebook import errors as phonebook_errors
from webapp.phonebook.errors import Changed, PhonebookError
from webapp.site.context import person, settings, store
from webapp.site.text import fold
from webapp.store import AlreadyThere, StoreError
from webapp.store.schema import activity

PRUNED_AT_ONCE = 200
"""Entries, so that no change waits for long because nobody has made one for a year."""

log = logging.getLogger(__name__)


class Kind(StrEnum):
    """What was to be done to a group."""

    CREATE = "create"
    RENAME = "rename"
    DELETE = "delete"


class Outcome(StrEnum):
    """How it ended."""

    STARTED = "started"
    DONE = "done"
    REFUSED = "refused"
    """Messente refused it or could not be reached: nothing was changed."""
    UNKNOWN = "unknown"
    CONFIRMED = "confirmed"
    """Unknown at first; the phonebook has shown it since."""
    ABSENT = "absent"
    """Unknown at first; the phonebook did not show it an hour later or more."""


UNDECIDED = (Outcome.STARTED, Outcome.UNKNOWN)


class AlreadyBegun(Exception):
    """The form has been sent before."""


class NotRecorded(StoreError):
    """A change could not be recorded before it was to be sent."""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One change, as it is recorded. Moments are in UTC."""

    id: int
    person: str
    kind: Kind
    group_id: UUID | None
    before: str | None
    asked: str | None
    after: str | None
    contacts: int | None
    twins: str
    began: datetime
    settled: datetime | None
    outcome: Outcome
    error: str | None
    changed: str | None
    detail: str | None
    retry_after: int | None

    @classmethod
    def of(cls, row: Any) -> Self:
        """Make an entry of a row with COLUMNS."""
        values = {name: getattr(row, name) for name in cls.__dataclass_fields__}
        return cls(**values | {"kind": Kind(row.kind), "outcome": Outcome(row.outcome)})

    @property
    def is_under_way(self) -> bool:
        """Whether whoever began it may still be at it: no page takes longer than its deadline."""
        young = datetime.now(UTC) - self.began < timedelta(seconds=settings().page_deadline)
        return self.outcome is Outcome.STARTED and young

    @property
    def failure(self) -> PhonebookError | None:
        """What Messente's answer was, if it was not a plain yes; a crash in between leaves no answer at all."""
        if self.error:
            kind = getattr(phonebook_errors, self.error)
            return kind(  # type: ignore[no-any-return]
                changed=Changed(self.changed), detail=self.detail or "", retry_after=self.retry_after
            )
        if self.outcome in {*UNDECIDED, Outcome.ABSENT} and not self.is_under_way:
            return phonebook_errors.NoClearAnswer(changed=Changed.UNKNOWN)
        return None


COLUMNS = [activity.c[name] for name in Entry.__dataclass_fields__]


def find(form: str) -> Entry | None:
    """Return what a form has begun; None where it has begun nothing yet."""
    with store().read() as connection:
        row = connection.execute(select(*COLUMNS).where(activity.c.form == form)).first()
    return Entry.of(row) if row else None


def begin(
    form: str,
    kind: Kind,
    *,
    group: Group | None = None,
    asked: str | None = None,
    twins: Iterable[Group] = (),
) -> Entry:
    """Claim a form, and record what it is about to do. Entries that have been kept long enough go.

    Args:
        form: which form it is.
        kind: what it does.
        group: to what, as the group was before.
        asked: the name that the group is to have.
        twins: the groups that have that name already.

    Raises:
        AlreadyBegun: by another request with the same form.
        NotRecorded: it must then not be done.

    """
    values = {
        "form": form,
        "person": person(),
        "kind": kind,
        "group_id": group.id if group else None,
        "before": group.name if group else None,
        "asked": asked,
        "after": asked,
        "contacts": group.contacts_count if group and kind is Kind.DELETE else None,
        "twins": " ".join(str(twin.id) for twin in twins),
        "searched": _searched(group.name if group else None, asked),
        "began": datetime.now(UTC),
        "outcome": Outcome.STARTED,
    }
    try:
        with store().write() as connection:
            row = connection.execute(insert(activity).values(values).returning(*COLUMNS)).one()
            _prune(connection)
    except StoreError as error:
        if isinstance(error, AlreadyThere) and find(form):
            raise AlreadyBegun from None
        raise NotRecorded(str(error)) from error
    return Entry.of(row)


def settle(entry: Entry, *, group: Group | None = None, error: PhonebookError | None = None) -> Entry:
    """Record how a change ended: with the group as Messente then told of it, or with an error.

    If that can't be recorded, what is returned is true all the same; the entry stays undecided until the phonebook
    shows what became of it.
    """
    values: dict[str, Any] = {"outcome": Outcome.DONE}
    if error:
        outcome = {Changed.NO: Outcome.REFUSED, Changed.UNKNOWN: Outcome.UNKNOWN, Changed.YES: Outcome.DONE}
        values = {
            "outcome": outcome[error.changed],
            "error": type(error).__name__,
            "changed": error.changed.value,
            "detail": error.detail,
            "retry_after": error.retry_after,
        }
    return _record((entry, values, group))[0]


def decide(*decisions: tuple[Entry, Outcome, Group | None]) -> list[Entry]:
    """Record what the phonebook has shown since of changes, unless somebody else has recorded how they ended."""
    return _record(*((entry, {"outcome": outcome}, group) for entry, outcome, group in decisions), unchanged=True)


def _record(*news: tuple[Entry, dict[str, Any], Group | None], unchanged: bool = False) -> list[Entry]:
    now = []
    for entry, values, group in news:
        values["settled"] = datetime.now(UTC)
        if group:
            values |= {"group_id": group.id, "after": group.name}
        now.append(Entry(**vars(entry) | values))
    try:
        with store().write() as connection:
            for (entry, values, _), new in zip(news, now, strict=True):
                only = activity.c.outcome == entry.outcome if unchanged else true()
                values |= {"searched": _searched(new.before, new.after)}
                connection.execute(update(activity).where(activity.c.id == entry.id, only).values(values))
    except StoreError as failure:
        log.error("not recorded", extra={"entries": [entry.id for entry in now], "reason": str(failure)})
    return now


def undecided(connection: Connection, group_id: UUID | None = None, *, limit: int = 50) -> list[Entry]:
    """Return changes whose outcome is not known, and that nobody is at any more; the latest first."""
    over = datetime.now(UTC) - timedelta(seconds=settings().page_deadline)
    query = select(*COLUMNS).where(activity.c.outcome.in_(UNDECIDED), activity.c.began < over)
    if group_id:
        query = query.where(activity.c.group_id == group_id)
    return [Entry.of(row) for row in connection.execute(query.order_by(activity.c.id.desc()).limit(limit))]


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
        activity.c.searched == _searched(entry.after),
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


def kept_since() -> datetime:
    """Return when the oldest entries that are still kept began."""
    return datetime.now(UTC) - timedelta(days=settings().activity_days)


def _prune(connection: Connection) -> None:
    old = select(activity.c.id).where(activity.c.began < kept_since()).order_by(activity.c.began).limit(PRUNED_AT_ONCE)
    # Two that prune at once take different entries, and don't wait for each other.
    connection.execute(delete(activity).where(activity.c.id.in_(old.with_for_update(skip_locked=True))))


def _searched(*names: str | None) -> str:
    return "\n".join(fold(name) for name in names if name)
