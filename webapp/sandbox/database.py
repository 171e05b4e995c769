"""The sandbox's phonebook in SQLite. Each method is named like the operation of the API that it implements."""

import json
import sqlite3
import threading
import uuid
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from webapp.sandbox.sql import (
    INSERT_BLACKLISTED,
    INSERT_CONTACT,
    INSERT_GROUP,
    INSERT_MEMBERSHIP,
    SCHEMA,
    SELECT_CONTACTS_AT,
    SELECT_PLACES,
    SELECT_PLACES_OF,
    UPDATE_CONTACT,
)

CONTACT_DETAILS = ("email", "firstName", "lastName", "company", "title", "custom", "custom2", "custom3", "custom4")

NO_SUCH_GROUP = "No group has this id."

PIECE = 5_000
"""How many contacts of a list are written at once: about 1.2 MB."""

Record = dict[str, Any]
"""A group or contact in the API's format."""


class Missing(Exception):
    """The requested group, contact or membership doesn't exist."""


class AlreadyExists(Exception):
    """The contact, membership or blacklist entry exists already."""


class SampleData(NamedTuple):
    """Contents for a new phonebook."""

    groups: Sequence[Record]
    contacts: Iterable[Record]
    memberships: Iterable[tuple[str, str]]
    """Pairs of a group's id and a phone number."""
    blacklist: Sequence[str]


class Database:
    """A phonebook, in a file or in memory. Thread-safe."""

    def __init__(self, path: Path | str = ":memory:") -> None:
        """Open the phonebook at `path`, and create it if it doesn't exist."""
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(path, check_same_thread=False)
        self._connection.row_factory = sqlite3.Row
        self._connection.execute("PRAGMA foreign_keys = ON")
        self._connection.executescript(SCHEMA)

    def close(self) -> None:
        """Close the database. It can't be used afterwards."""
        self._connection.close()

    @property
    def filled(self) -> bool:
        """Whether `fill` has been called, even if everything was deleted afterwards."""
        with self._transaction() as connection:
            return bool(connection.execute("PRAGMA user_version").fetchone()[0])

    def fill(self, contents: SampleData) -> None:
        """Add all contents in one transaction."""
        with self._transaction() as connection:
            connection.execute("PRAGMA defer_foreign_keys = ON")
            connection.executemany(INSERT_GROUP, contents.groups)
            # Before the contacts, so that these are written once, with or without a deletion date.
            connection.executemany(INSERT_MEMBERSHIP, contents.memberships)
            connection.executemany(INSERT_CONTACT, contents.contacts)
            connection.executemany(INSERT_BLACKLISTED, _rows(contents.blacklist))
            connection.execute("PRAGMA user_version = 1")

    def fetch_groups(self) -> list[Record]:
        """Return all groups, oldest first."""
        with self._transaction() as connection:
            return _records(connection.execute("SELECT * FROM counted_groups"))

    def create_group(self, name: str) -> Record:
        """Create a group. Duplicate names are allowed."""
        created_on = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        group = {"id": str(uuid.uuid4()), "name": name, "createdOn": created_on}
        with self._transaction() as connection:
            connection.execute(INSERT_GROUP, group)
        return {**group, "contactsCount": 0}

    def fetch_group(self, group_id: str) -> Record:
        """Return one group."""
        with self._transaction() as connection:
            return _group(connection, group_id)

    def update_group(self, group_id: str, name: str) -> Record:
        """Rename a group."""
        with self._transaction() as connection:
            connection.execute("UPDATE groups SET name = ? WHERE id = ?", (name, group_id))
            return _group(connection, group_id)

    def delete_group(self, group_id: str) -> None:
        """Delete a group. Its contacts stay, but those in no other group are deleted after 30 days."""
        with self._transaction() as connection:
            _check_group(connection, group_id)
            connection.execute("DELETE FROM groups WHERE id = ?", (group_id,))

    def fetch_contacts(self, group_ids: Sequence[str] = ()) -> Iterator[str]:
        """Yield all contacts, or those in any of the groups, as pieces of a JSON list.

        Messente doesn't document whether several groups mean "any of" or "all of"; here they mean "any of". A group
        that doesn't exist has no contacts.

        A list of up to `PIECE` contacts is one piece. A longer one has the contacts that were there at its first piece,
        without those deleted before their own; their details are as of their piece.
        """
        query, values = (SELECT_PLACES_OF, (json.dumps(group_ids),)) if group_ids else (SELECT_PLACES, ())
        with self._transaction() as connection:
            places = array("q", (place for (place,) in connection.execute(query, values)))
            text = _written(connection, places[:PIECE])
        yield f"[{text}" if len(places) > PIECE else f"[{text}]"
        for start in range(PIECE, len(places), PIECE):
            with self._transaction() as connection:
                text = _written(connection, places[start : start + PIECE])
            yield (text and f",{text}") + ("]" if start + PIECE >= len(places) else "")

    def create_contact(self, phone: str, details: Mapping[str, str | None]) -> Record:
        """Create a contact in no group. Missing details are null."""
        contact = {**dict.fromkeys(CONTACT_DETAILS), **details, "phoneNumber": phone, "scheduledDeletionDate": None}
        with self._transaction() as connection:
            _insert(connection, INSERT_CONTACT, contact, "A contact with this phone number exists already.")
            return _contact(connection, phone)

    def fetch_contact(self, phone: str) -> Record:
        """Return one contact."""
        with self._transaction() as connection:
            return _contact(connection, phone)

    def update_contact(self, phone: str, details: Mapping[str, str | None]) -> Record:
        """Update the given details; None clears one."""
        with self._transaction() as connection:
            contact = {**_contact(connection, phone), **details}
            connection.execute(UPDATE_CONTACT, contact)
        return contact

    def delete_contact(self, phone: str) -> None:
        """Delete a contact and its memberships. Its number stays on the blacklist."""
        with self._transaction() as connection:
            _contact(connection, phone)
            connection.execute("DELETE FROM contacts WHERE phoneNumber = ?", (phone,))

    def fetch_contact_groups(self, phone: str) -> list[Record]:
        """Return the groups that a contact is in."""
        query = "SELECT * FROM counted_groups WHERE id IN (SELECT groupId FROM memberships WHERE phoneNumber = ?)"
        with self._transaction() as connection:
            _contact(connection, phone)
            return _records(connection.execute(query, (phone,)))

    def add_contact_to_group(self, group_id: str, phone: str) -> None:
        """Add a contact to a group."""
        with self._transaction() as connection:
            _check_group(connection, group_id)
            _contact(connection, phone)
            _insert(connection, INSERT_MEMBERSHIP, (group_id, phone), "The contact is in this group already.")

    def remove_contact_from_group(self, group_id: str, phone: str) -> None:
        """Remove a contact from a group."""
        query = "DELETE FROM memberships WHERE groupId = ? AND phoneNumber = ?"
        with self._transaction() as connection:
            if not connection.execute(query, (group_id, phone)).rowcount:
                raise Missing("No such contact is in such a group.")

    def fetch_blacklist(self) -> list[str]:
        """Return all blacklisted phone numbers."""
        with self._transaction() as connection:
            return [phone for (phone,) in connection.execute("SELECT phoneNumber FROM blacklist ORDER BY rowid")]

    def add_to_blacklist(self, phone: str) -> None:
        """Blacklist a phone number, which doesn't have to be a contact's."""
        with self._transaction() as connection:
            _insert(connection, INSERT_BLACKLISTED, (phone,), "The phone number is blacklisted already.")

    def is_blacklisted(self, phone: str) -> bool:
        """Return whether a phone number is blacklisted."""
        with self._transaction() as connection:
            return bool(connection.execute("SELECT 1 FROM blacklist WHERE phoneNumber = ?", (phone,)).fetchone())

    def delete_from_blacklist(self, phone: str) -> None:
        """Remove a phone number from the blacklist."""
        with self._transaction() as connection:
            if not connection.execute("DELETE FROM blacklist WHERE phoneNumber = ?", (phone,)).rowcount:
                raise Missing("The phone number is not in the blacklist.")

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        """Open a transaction, one at a time.

        Contacts whose deletion date has passed are deleted first, so that no response contains them.
        """
        with self._lock, self._connection as connection:
            connection.execute("DELETE FROM contacts WHERE scheduledDeletionDate < date('now')")
            yield connection


def _check_group(connection: sqlite3.Connection, group_id: str) -> None:
    """Raise Missing if there is no such group. `_group` would count its contacts, which takes long for many."""
    if not connection.execute("SELECT 1 FROM groups WHERE id = ?", (group_id,)).fetchone():
        raise Missing(NO_SUCH_GROUP)


def _group(connection: sqlite3.Connection, group_id: str) -> Record:
    row = connection.execute("SELECT * FROM counted_groups WHERE id = ?", (group_id,)).fetchone()
    if row is None:
        raise Missing(NO_SUCH_GROUP)
    return dict(row)


def _contact(connection: sqlite3.Connection, phone: str) -> Record:
    row = connection.execute("SELECT * FROM contacts WHERE phoneNumber = ?", (phone,)).fetchone()
    if row is None:
        raise Missing("No contact has this phone number.")
    return dict(row)


def _written(connection: sqlite3.Connection, places: "array[int]") -> str:
    text: str | None = connection.execute(SELECT_CONTACTS_AT, (json.dumps(places.tolist()),)).fetchone()[0]
    return text or ""


def _insert(connection: sqlite3.Connection, query: str, row: Record | tuple[str, ...], conflict: str) -> None:
    try:
        connection.execute(query, row)
    except sqlite3.IntegrityError as error:
        raise AlreadyExists(conflict) from error


def _records(rows: Iterable[sqlite3.Row]) -> list[Record]:
    return [dict(row) for row in rows]


def _rows(values: Iterable[str]) -> Iterator[tuple[str]]:
    return ((value,) for value in values)
