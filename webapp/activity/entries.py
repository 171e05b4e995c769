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

from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from webapp.phonebook import Group
from webapp.phonebook import errors as phonebook_errors
from webapp.phonebook.errors import Changed, PhonebookError
from webapp.site.context import person, settings, store
from webapp.site.text import fold
from webapp.store import StoreError
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


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One change, as it is recorded. Moments are in UTC."""

    id: int
    person: str
    kind: Kind
    group_id: UUID | None
    before: str | None
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
    after: str | None = None,
    twins: Iterable[Group] = (),
) -> Entry:
    """Claim a form, and record what it is about to do. Entries that have been kept long enough go.

    Args:
        form: which form it is.
        kind: what it does.
        group: to what, as the group was before.
        after: the name that the group is to have.
        twins: the groups that have that name already.

    Raises:
        AlreadyBegun: by another request with the same form.
        StoreError: when it can't be recorded. It must then not be done.

    """
    values = {
        "form": form,
        "person": person(),
        "kind": kind,
        "group_id": group.id if group else None,
        "before": group.name if group else None,
        "after": after,
        "contacts": group.contacts_count if group and kind is Kind.DELETE else None,
        "twins": " ".join(str(twin.id) for twin in twins),
        "searched": _searched(group.name if group else None, after),
        "began": datetime.now(UTC),
        "outcome": Outcome.STARTED,
    }
    with store().write() as connection:
        try:
            row = connection.execute(insert(activity).values(values).returning(*COLUMNS)).one()
        except IntegrityError:
            raise AlreadyBegun from None
        _prune(connection)
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
    return _update(entry, values, group)


def decide(entry: Entry, outcome: Outcome, group: Group | None = None) -> Entry:
    """Record what the phonebook has shown since of a change whose outcome was not known."""
    return _update(entry, {"outcome": outcome}, group)


def _update(entry: Entry, values: dict[str, Any], group: Group | None) -> Entry:
    values["settled"] = datetime.now(UTC)
    if group:
        values |= {"group_id": group.id, "after": group.name, "searched": _searched(entry.before, group.name)}
    try:
        with store().write() as connection:
            changed = update(activity).where(activity.c.id == entry.id).values(values).returning(*COLUMNS)
            row = connection.execute(changed).one_or_none()
    except StoreError as failure:
        log.error("not recorded", extra={"entry": entry.id, "reason": str(failure)})
        row = None
    if row is None:
        values.pop("searched", None)
        return Entry(**vars(entry) | values)
    return Entry.of(row)


def undecided(connection: Connection, group_id: UUID | None = None, *, limit: int = 50) -> list[Entry]:
    """Return changes whose outcome is not known, and that nobody is at any more; the latest first."""
    over = datetime.now(UTC) - timedelta(seconds=settings().page_deadline)
    query = select(*COLUMNS).where(activity.c.outcome.in_(UNDECIDED), activity.c.began < over)
    if group_id:
        query = query.where(activity.c.group_id == group_id)
    return [Entry.of(row) for row in connection.execute(query.order_by(activity.c.id.desc()).limit(limit))]


def created(ids: Iterable[UUID], *, but: Entry) -> set[UUID]:
    """Return which of these groups another entry than this one has created."""
    query = select(activity.c.group_id).where(
        activity.c.kind == Kind.CREATE, activity.c.group_id.in_(list(ids)), activity.c.id != but.id
    )
    with store().read() as connection:
        return set(connection.execute(query).scalars())


def kept_since() -> datetime:
    """Return when the oldest entries that are still kept began."""
    return datetime.now(UTC) - timedelta(days=settings().activity_days)


def _prune(connection: Connection) -> None:
    old = select(activity.c.id).where(activity.c.began < kept_since()).order_by(activity.c.began).limit(PRUNED_AT_ONCE)
    # Two that prune at once take different entries, and don't wait for each other.
    connection.execute(delete(activity).where(activity.c.id.in_(old.with_for_update(skip_locked=True))))


def _searched(*names: str | None) -> str:
    return "\n".join(fold(name) for name in names if name)
