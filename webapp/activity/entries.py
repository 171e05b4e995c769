"""One entry for each change: written before Messente is asked, settled when the outcome is known.

The entry also claims the form that asked for the change, across all workers and machines: whoever writes it first sends
the change, and nobody else does.
"""

import logging
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Self
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, and_, delete, insert, select, true, update

from webapp.activity import late
from webapp.phonebook import Group
from webapp.phonebook import errors as phonebook_errors
from webapp.phonebook.errors import Changed, NotAsked, PhonebookError
from webapp.site.context import CLAIM, person, settings, store, time_left
from webapp.site.search import searchable
from webapp.store import AlreadyThere, StoreError
from webapp.store.engine import BRIEFLY
from webapp.store.schema import activity

LARGEST_ID = 2**63 - 1

CLOCKS = timedelta(seconds=60)
"""By which the store's clock may have been set back since something was recorded."""

PRUNED_AT_ONCE = 200
"""Entries, so that no change waits for long because nobody has made one for a year."""

log = logging.getLogger(__name__)


class Kind(StrEnum):
    """What was to be done to a group, to a contact, or to who is in a group."""

    CREATE = "create"
    RENAME = "rename"
    DELETE = "delete"
    ADD = "add"
    REMOVE = "remove"
    CREATE_CONTACT = "create contact"
    CHANGE_CONTACT = "change contact"
    DELETE_CONTACT = "delete contact"


OF_GROUPS = (Kind.CREATE, Kind.RENAME, Kind.DELETE)


class Outcome(StrEnum):
    """How it ended."""

    STARTED = "started"
    DONE = "done"
    REFUSED = "refused"
    """Messente refused it or could not be reached: nothing was changed."""
    KEPT_BACK = "kept back"
    """The dashboard did not send it; the entry's `detail` says why."""
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
    number: str | None = None
    batch: str | None = None

    @classmethod
    def of(cls, row: Any) -> Self:
        """Make an entry of a row with COLUMNS."""
        values = {name: getattr(row, name) for name in cls.__dataclass_fields__}
        return cls(**values | {"kind": Kind(row.kind), "outcome": Outcome(row.outcome)})

    @property
    def is_under_way(self) -> bool:
        """Whether whoever began it may still be at it: no page takes longer than its deadline."""
        age = store().now() - self.began
        # Where a clock was set back by far, nobody knows how long ago that was.
        young = -CLOCKS < age < timedelta(seconds=settings().page_deadline)
        return self.outcome is Outcome.STARTED and young

    @property
    def is_of_contact(self) -> bool:
        """Whether its number was a contact's, before it or afterwards."""
        if self.outcome is Outcome.KEPT_BACK or self.error == phonebook_errors.NotFound.__name__:
            return False
        if self.kind is not Kind.CREATE_CONTACT or self.error == phonebook_errors.Conflict.__name__:
            return True
        return self.outcome in {Outcome.DONE, Outcome.CONFIRMED}

    @property
    def failure(self) -> PhonebookError | None:
        """What Messente's answer was, if it was not a plain yes; a crash in between leaves no answer at all."""
        if self.error:
            kind: type[PhonebookError] = getattr(phonebook_errors, self.error)
            return kind(changed=Changed(self.changed), detail=self.detail or "", retry_after=self.retry_after)
        if self.outcome in {*UNDECIDED, Outcome.ABSENT} and not self.is_under_way:
            return phonebook_errors.NoClearAnswer(changed=Changed.UNKNOWN)
        return None


COLUMNS = [activity.c[name] for name in Entry.__dataclass_fields__]


def find(form: str) -> Entry | None:
    """Return what a form has begun; None where it has begun nothing yet."""
    with store().read() as connection:
        row = connection.execute(select(*COLUMNS).where(activity.c.form == form)).first()
    return Entry.of(row) if row else None


@dataclass(frozen=True, kw_only=True)
class Intent:
    """A change that somebody asks for."""

    kind: Kind
    group: Group | None = None
    """To which, as it was before."""
    number: str | None = None
    """Of the contact."""
    asked: str | None = None
    """The name that the group is to have."""
    twins: Iterable[Group] = ()
    """The groups that have that name already."""
    kept_back: str = ""
    """Why it is recorded and not sent, in a sentence without its full stop."""


def begin(form: str, intent: Intent) -> Entry:
    """Claim a form, and record what it is about to do; see `begin_all`."""
    return begin_all(form, [intent])[0]


def begin_all(form: str, intents: Sequence[Intent], *, digest: str | None = None) -> list[Entry]:
    """Claim a form, and record all that it is about to do. Entries that have been kept long enough go.

    Args:
        form: which form it is.
        intents: what it does, at least one; each gets an entry.
        digest: of what stands in the form, where that is more than a name.

    Raises:
        AlreadyBegun: by another request with the same form.
        NotRecorded: it must then not be done.

    """
    now, who = store().now(), person()
    batch = form if len(intents) > 1 else None
    rows = [
        _row(intent)
        | {
            "form": f"{form}/{place}" if place else form,
            "batch": batch,
            "person": who,
            "began": now,
            "settled": now if intent.kept_back else None,
            "asked": intent.asked or digest,
        }
        for place, intent in enumerate(intents)
    ]
    return _claim(form, rows)


def _claim(form: str, rows: list[dict[str, Any]]) -> list[Entry]:
    """Write the entries, once and for all.

    Where PostgreSQL's last answer is lost, nobody knows whether they are kept. So they are written again: either that
    works, or the database says that they are there.
    """
    pause, tried = 0.1, False
    while True:
        try:
            with store().write(patience=time_left(CLAIM)) as connection:
                query = insert(activity).returning(*COLUMNS, sort_by_parameter_order=True)
                found = [Entry.of(row) for row in connection.execute(query, rows)]
                _prune(connection)
                tried = True
            return found
        except AlreadyThere as error:
            if tried and (ours := _written(rows)):
                return ours
            if find(form):
                raise AlreadyBegun from None
            raise NotRecorded(str(error)) from error
        except StoreError as error:
            left = time_left(CLAIM)
            if not tried or not left:
                if tried:
                    late.record(_these(rows), _ended_with(NotAsked()))
                raise NotRecorded(str(error)) from error
            time.sleep(min(pause, left))
            pause *= 2


def _these(rows: list[dict[str, Any]]) -> ColumnElement[bool]:
    """Find the entries that this very request has written, and not another one with the same form."""
    forms, began = [row["form"] for row in rows], rows[0]["began"]
    return and_(activity.c.form.in_(forms), activity.c.began == began)


def _written(rows: list[dict[str, Any]]) -> list[Entry]:
    with store().read() as connection:
        found = connection.execute(select(*COLUMNS).where(_these(rows)).order_by(activity.c.id))
        return [Entry.of(row) for row in found]


def _row(intent: Intent) -> dict[str, Any]:
    group, before = intent.group, intent.group.name if intent.group else None
    return {
        "kind": intent.kind,
        "group_id": group.id if group else None,
        "before": before,
        "after": intent.asked,
        "contacts": group.contacts_count if group and intent.kind is Kind.DELETE else None,
        "twins": " ".join(str(twin.id) for twin in intent.twins),
        "searched": searched(before, intent.asked, intent.number),
        "outcome": Outcome.KEPT_BACK if intent.kept_back else Outcome.STARTED,
        "number": intent.number,
        "detail": intent.kept_back or None,
    }


def find_all(entry_id: int) -> list[Entry]:
    """Return an entry, and all that its form asked for besides, in the form's order; nothing where there is none."""
    if not 0 < entry_id <= LARGEST_ID:
        return []
    with store().read() as connection:
        batch = connection.execute(select(activity.c.batch).where(activity.c.id == entry_id)).scalar()
        wanted = activity.c.batch == batch if batch else activity.c.id == entry_id
        return [Entry.of(row) for row in connection.execute(select(*COLUMNS).where(wanted).order_by(activity.c.id))]


def settle(entry: Entry, *, group: Group | None = None, error: PhonebookError | None = None) -> Entry:
    """Record how a change ended: with the group as Messente then told of it, or with an error.

    If that can't be recorded, what is returned is true all the same; the entry stays undecided until the phonebook
    shows what became of it.
    """
    return _record((entry, _ended_with(error), group))[0]


def settle_all(ends: Iterable[tuple[Entry, PhonebookError | str | None]]) -> None:
    """Record how several changes ended: well, with an error, or not sent for a reason that is told."""
    _record(*((entry, _kept_back(end) if isinstance(end, str) else _ended_with(end), None) for entry, end in ends))


def _kept_back(reason: str) -> dict[str, Any]:
    return {"outcome": Outcome.KEPT_BACK, "detail": reason}


def _ended_with(error: PhonebookError | None) -> dict[str, Any]:
    if error is None:
        return {"outcome": Outcome.DONE}
    outcome = {Changed.NO: Outcome.REFUSED, Changed.UNKNOWN: Outcome.UNKNOWN, Changed.YES: Outcome.DONE}
    return {
        "outcome": outcome[error.changed],
        "error": type(error).__name__,
        "changed": error.changed.value,
        "detail": error.detail,
        "retry_after": error.retry_after,
    }


def decide(*decisions: tuple[Entry, Outcome, Group | None]) -> list[Entry]:
    """Record what the phonebook has shown since of changes, unless somebody else has recorded how they ended."""
    return _record(*((entry, {"outcome": outcome}, group) for entry, outcome, group in decisions), unchanged=True)


def _record(*news: tuple[Entry, dict[str, Any], Group | None], unchanged: bool = False) -> list[Entry]:
    now = []
    for entry, values, group in news:
        values["settled"] = store().now()
        if group:
            values |= {"group_id": group.id, "after": group.name}
        now.append(Entry(**vars(entry) | values))
    updates = []
    for (entry, values, _), new in zip(news, now, strict=True):
        only = activity.c.outcome == entry.outcome if unchanged else true()
        values |= {"searched": searched(new.before, new.after, new.number)}
        updates.append((and_(activity.c.id == entry.id, only), values))

    def write(connection: Connection) -> None:
        for condition, values in updates:
            connection.execute(update(activity).where(condition).values(values))

    try:
        # What the phonebook has shown, it will show again.
        store().write_repeatedly(write, patience=BRIEFLY if unchanged else None)
    except StoreError as failure:
        log.error("not recorded", extra={"entries": [entry.id for entry in now], "reason": str(failure)})
        if not unchanged:
            for condition, values in updates:
                late.record(condition, values)
    return now


def kept_since() -> datetime:
    """Return when the oldest entries that are still kept began."""
    return store().now() - timedelta(days=settings().activity_days)


def _prune(connection: Connection) -> None:
    old = select(activity.c.id).where(activity.c.began < kept_since()).order_by(activity.c.began).limit(PRUNED_AT_ONCE)
    # Two that prune at once take different entries, and don't wait for each other.
    connection.execute(delete(activity).where(activity.c.id.in_(old.with_for_update(skip_locked=True))))


def searched(*names: str | None) -> str:
    """Prepare what an entry is found by."""
    return searchable("\n".join(filter(None, names)))
