"""Uploaded files in the store, from the upload until the import has started.

Any editor of the team can go on with an upload, as with everything else. A file is deleted after a day; when its import
starts, only the rows that could not be imported stay.
"""

import hashlib
import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Self

from sqlalchemy import ColumnElement, Connection, Row, delete, insert, select, update

from webapp.store import AlreadyThere
from webapp.store.schema import import_columns, imports
from webapp.web.current import person, store

MAX_AGE = timedelta(days=1)

MAX_COLUMNS_AGE = timedelta(days=400)
"""For which it is remembered what the columns of a file are."""

MAX_UPLOADS = 20
"""Files that wait for their import to start, of up to 10 MB each; the oldest ones go."""

MAX_ID = 2**63 - 1


@dataclass(frozen=True, kw_only=True)
class Choices:
    """What the user has chosen about how to read a file."""

    sheet: str | None = None
    """The sheet of a workbook; None if it has one, or none was chosen yet."""
    encoding: str | None = None
    """The encoding in which the names are right; None if it is certain, or none was chosen yet."""
    has_heading: bool = True
    """Whether the first row is a heading."""
    columns: tuple[str, ...] | None = None
    """What each column is; None if it was not chosen yet."""

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read the choices from the store."""
        values = json.loads(text)
        columns = values.pop("columns")
        return cls(**values, columns=None if columns is None else tuple(columns))


@dataclass(frozen=True, kw_only=True)
class RefusedRow:
    """A row that could not be imported."""

    number: int
    """In the spreadsheet."""
    cells: tuple[str, ...]
    reason: str


@dataclass(frozen=True, kw_only=True)
class Upload:
    """An uploaded file, or pasted cells."""

    id: int
    person: str
    began: datetime
    name: str
    """The file's name; "" if the cells were pasted."""
    data: bytes
    """Empty once the import has started."""
    choices: Choices
    action_id: int | None
    """The action that runs the import; None before it has started."""
    headings: tuple[str, ...] = ()
    """The file's headings, once the import has started."""
    refused: tuple[RefusedRow, ...] = ()
    """The rows that could not be imported, once it has started."""

    @property
    def key(self) -> str:
        """Tells it from all other uploads, also deleted ones: SQLite uses their ids again."""
        return hashlib.sha256(f"import {self.id} {self.began.isoformat()}".encode()).hexdigest()


def save_upload(name: str, data: bytes, choices: Choices) -> int:
    """Save a file, delete expired ones, and return its id.

    Raises:
        StoreError: if it can't be saved.

    """
    row = {
        "person": person(),
        "began": store().now(),
        "name": name,
        "data": data,
        "choices": json.dumps(asdict(choices)),
    }
    with store().write() as connection:
        _delete_expired(connection)
        upload_id: int = connection.execute(insert(imports).values(row).returning(imports.c.id)).scalar_one()
        waiting = imports.c.action_id.is_(None)
        newest = select(imports.c.id).where(waiting).order_by(imports.c.id.desc()).limit(MAX_UPLOADS)
        connection.execute(delete(imports).where(waiting, imports.c.id.not_in(newest)))
    return upload_id


def find_upload(upload_id: int) -> Upload | None:
    """Return an upload; None if there is none, or it has expired."""
    if upload_id > MAX_ID:
        return None
    query = select(imports).where(imports.c.id == upload_id, imports.c.began > store().now() - MAX_AGE)
    with store().read() as connection:
        row = connection.execute(query).one_or_none()
    return _to_upload(row) if row else None


def find_upload_of(action_id: int) -> Upload | None:
    """Return the upload whose import an action runs; None if it has expired."""
    query = select(imports).where(imports.c.action_id == action_id, imports.c.began > store().now() - MAX_AGE)
    with store().read() as connection:
        row = connection.execute(query.limit(1)).one_or_none()
    return _to_upload(row) if row else None


def save_choices(upload_id: int, choices: Choices) -> None:
    """Save how a file is to be read."""
    _update(upload_id, choices=json.dumps(asdict(choices)))


def finish(
    upload_id: int, action_id: int, headings: Sequence[str], refused: Sequence[RefusedRow], *, is_repeat: bool = False
) -> None:
    """Record that an import has started, and delete its data except the rows that could not be imported.

    Args:
        upload_id: the upload's.
        action_id: of the action that runs the import.
        headings: the file's.
        refused: these rows.
        is_repeat: whether another form has started the import. Its choices may be others, so its own rows count.

    """
    rows = {"headings": list(headings), "rows": [asdict(row) for row in refused]}
    not_finished = [imports.c.action_id.is_(None)] if is_repeat else []
    _update(upload_id, *not_finished, action_id=action_id, data=b"", refused=json.dumps(rows))


def _update(upload_id: int, *where: ColumnElement[bool], **values: Any) -> None:
    with store().write() as connection:
        connection.execute(update(imports).where(imports.c.id == upload_id, *where).values(values))


def find_columns(headings: str) -> tuple[str, ...] | None:
    """Return what the columns of a file with the same headings were, by a digest of these; None if there was none."""
    query = select(import_columns.c.columns).where(import_columns.c.headings == headings)
    with store().read() as connection:
        found = connection.execute(query).scalar()
    return tuple(json.loads(found)) if found else None


def remember_columns(headings: str, columns: Sequence[str]) -> None:
    """Remember what the columns of a file are, by a digest of its headings."""
    row = {"headings": headings, "columns": json.dumps(list(columns)), "used": store().now()}
    this = import_columns.c.headings == row["headings"]
    # Another import of such a file may be faster.
    with suppress(AlreadyThere), store().write() as connection:
        if not connection.execute(update(import_columns).where(this).values(row)).rowcount:
            connection.execute(insert(import_columns).values(row))


def prune() -> None:
    """Delete the uploads of more than a day ago, and columns that have not been used for long.

    Raises:
        StoreError: if the store can't be written to.

    """
    with store().write() as connection:
        _delete_expired(connection)


def _delete_expired(connection: Connection) -> None:
    now = store().now()
    connection.execute(delete(imports).where(imports.c.began <= now - MAX_AGE))
    connection.execute(delete(import_columns).where(import_columns.c.used <= now - MAX_COLUMNS_AGE))


def _to_upload(row: Row[Any]) -> Upload:
    refused = json.loads(row.refused or '{"headings": [], "rows": []}')
    return Upload(
        id=row.id,
        person=row.person,
        began=row.began,
        name=row.name,
        data=row.data,
        choices=Choices.from_json(row.choices),
        action_id=row.action_id,
        headings=tuple(refused["headings"]),
        refused=tuple(RefusedRow(**each | {"cells": tuple(each["cells"])}) for each in refused["rows"]),
    )
