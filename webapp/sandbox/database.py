"""The phonebook in SQLite: its schema, and one method for each operation of the API, called as the vendor calls it."""

import json
import sqlite3
import threading
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

CONTACT_DETAILS = ("email", "firstName", "lastName", "company", "title", "custom", "custom2", "custom3", "custom4")

# Columns are called as the API calls its fields, so a row is an answer's object. The triggers hold the rule of the 30
# days for every way into a group and out of it: membership, and the deletion of a group.
SCHEMA = """
CREATE TABLE IF NOT EXISTS groups (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    createdOn TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS contacts (
    phoneNumber TEXT PRIMARY KEY,
    email TEXT, firstName TEXT, lastName TEXT, company TEXT, title TEXT,
    custom TEXT, custom2 TEXT, custom3 TEXT, custom4 TEXT,
    scheduledDeletionDate TEXT
);
CREATE INDEX IF NOT EXISTS contacts_by_deletion ON contacts (scheduledDeletionDate);
CREATE TABLE IF NOT EXISTS memberships (
    groupId TEXT NOT NULL REFERENCES groups ON DELETE CASCADE,
    phoneNumber TEXT NOT NULL REFERENCES contacts ON DELETE CASCADE,
    PRIMARY KEY (groupId, phoneNumber)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS memberships_by_contact ON memberships (phoneNumber);
CREATE TABLE IF NOT EXISTS blacklist (phoneNumber TEXT PRIMARY KEY);

CREATE VIEW IF NOT EXISTS counted_groups AS
SELECT id, name, createdOn, (SELECT count(*) FROM memberships WHERE groupId = groups.id) AS contactsCount
FROM groups ORDER BY rowid;

CREATE VIEW IF NOT EXISTS written_contacts AS
SELECT rowid AS place, phoneNumber, json_object(
    'phoneNumber', phoneNumber, 'email', email, 'firstName', firstName, 'lastName', lastName, 'company', company,
    'title', title, 'custom', custom, 'custom2', custom2, 'custom3', custom3, 'custom4', custom4,
    'scheduledDeletionDate', scheduledDeletionDate
) AS text FROM contacts;

CREATE TRIGGER IF NOT EXISTS contact_joined AFTER INSERT ON memberships BEGIN
    UPDATE contacts SET scheduledDeletionDate = NULL
    WHERE phoneNumber = NEW.phoneNumber AND scheduledDeletionDate IS NOT NULL;
END;
CREATE TRIGGER IF NOT EXISTS contact_left AFTER DELETE ON memberships
WHEN NOT EXISTS (SELECT 1 FROM memberships WHERE phoneNumber = OLD.phoneNumber) BEGIN
    UPDATE contacts SET scheduledDeletionDate = date('now', '+30 days') WHERE phoneNumber = OLD.phoneNumber;
END;
"""

INSERT_GROUP = "INSERT INTO groups VALUES (:id, :name, :createdOn)"
INSERT_CONTACT = """
INSERT INTO contacts VALUES (
    :phoneNumber, :email, :firstName, :lastName, :company, :title, :custom, :custom2, :custom3, :custom4,
    coalesce(:scheduledDeletionDate, date('now', '+30 days'))
)
"""
UPDATE_CONTACT = """
UPDATE contacts SET
    email = :email, firstName = :firstName, lastName = :lastName, company = :company, title = :title,
    custom = :custom, custom2 = :custom2, custom3 = :custom3, custom4 = :custom4
WHERE phoneNumber = :phoneNumber
"""
# SQLite writes the list itself: of tens of thousands, Python would take twice as long, and no other thread would run.
SELECT_CONTACTS = "SELECT coalesce(group_concat(text), '') FROM (SELECT text FROM written_contacts ORDER BY place)"
SELECT_CONTACTS_OF = """
SELECT coalesce(group_concat(text), '') FROM (
    SELECT text FROM written_contacts WHERE phoneNumber IN (
        SELECT phoneNumber FROM memberships WHERE groupId IN (SELECT value FROM json_each(?))
    ) ORDER BY place
)
"""
INSERT_MEMBERSHIP = "INSERT INTO memberships VALUES (?, ?)"
INSERT_BLACKLISTED = "INSERT INTO blacklist VALUES (?)"

Record = dict[str, Any]
"""A group or a contact as the API shows it."""


class Missing(Exception):
    """What the request names is not in the phonebook."""


class AlreadyExists(Exception):
    """What the request makes is in the phonebook already."""


class SampleData(NamedTuple):
    """A whole phonebook, to fill a new one with."""

    groups: Sequence[Record]
    contacts: Sequence[Record]
    memberships: Sequence[tuple[str, str]]
    """Pairs of a group's id and a phone number."""
    blacklist: Sequence[str]


class Database:
    """One phonebook, in a file or for as long as the process lives. Safe to share between threads."""

    def __init__(self, path: Path | str = ":memory:") -> None:
        """Open the phonebook at `path`, and create it there if need be."""
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(path, check_same_thread=False)
        self._connection.row_factory = sqlite3.Row
        self._connection.execute("PRAGMA foreign_keys = ON")
        self._connection.executescript(SCHEMA)

    def close(self) -> None:
        """Close the file. The database can't be used afterwards."""
        self._connection.close()

    @property
    def filled(self) -> bool:
        """Whether `fill` was ever called, even if everything has been deleted since."""
        with self._transaction() as connection:
            return bool(connection.execute("PRAGMA user_version").fetchone()[0])

    def fill(self, contents: SampleData) -> None:
        """Add a whole phonebook at once."""
        with self._transaction() as connection:
            connection.executemany(INSERT_GROUP, contents.groups)
            connection.executemany(INSERT_CONTACT, contents.contacts)
            connection.executemany(INSERT_MEMBERSHIP, contents.memberships)
            connection.executemany(INSERT_BLACKLISTED, _rows(contents.blacklist))
            connection.execute("PRAGMA user_version = 1")

    def fetch_groups(self) -> list[Record]:
        """Return all groups, the oldest first."""
        with self._transaction() as connection:
            return _records(connection.execute("SELECT * FROM counted_groups"))

    def create_group(self, name: str) -> Record:
        """Make a group; another may bear the same name."""
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
        """Delete a group. Its contacts stay, those in no other group for 30 days."""
        with self._transaction() as connection:
            _group(connection, group_id)
            connection.execute("DELETE FROM groups WHERE id = ?", (group_id,))

    def fetch_contacts(self, group_ids: Sequence[str] = ()) -> str:
        """Return all contacts, or those in any of the groups, as a list in JSON.

        The vendor does not state whether several groups mean "any of" or "all of"; here they mean "any of". A group
        that does not exist has no contacts.
        """
        with self._transaction() as connection:
            query, values = (SELECT_CONTACTS_OF, (json.dumps(group_ids),)) if group_ids else (SELECT_CONTACTS, ())
            text: str = connection.execute(query, values).fetchone()[0]
        return f"[{text}]"

    def create_contact(self, phone: str, details: Mapping[str, str | None]) -> Record:
        """Make a contact, in no group. Details that aren't given are null."""
        contact = {**dict.fromkeys(CONTACT_DETAILS), **details, "phoneNumber": phone, "scheduledDeletionDate": None}
        with self._transaction() as connection:
            _insert(connection, INSERT_CONTACT, contact, "A contact with this phone number exists already.")
            return _contact(connection, phone)

    def fetch_contact(self, phone: str) -> Record:
        """Return one contact."""
        with self._transaction() as connection:
            return _contact(connection, phone)

    def update_contact(self, phone: str, details: Mapping[str, str | None]) -> Record:
        """Change the details that are given; null empties one."""
        with self._transaction() as connection:
            contact = {**_contact(connection, phone), **details}
            connection.execute(UPDATE_CONTACT, contact)
        return contact

    def delete_contact(self, phone: str) -> None:
        """Delete a contact, from its groups too. The blacklist keeps its number."""
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
        """Make a contact a member of a group."""
        with self._transaction() as connection:
            _group(connection, group_id)
            _contact(connection, phone)
            _insert(connection, INSERT_MEMBERSHIP, (group_id, phone), "The contact is in this group already.")

    def remove_contact_from_group(self, group_id: str, phone: str) -> None:
        """End a contact's membership of a group."""
        query = "DELETE FROM memberships WHERE groupId = ? AND phoneNumber = ?"
        with self._transaction() as connection:
            if not connection.execute(query, (group_id, phone)).rowcount:
                raise Missing("No such contact is in such a group.")

    def fetch_blacklist(self) -> list[str]:
        """Return all blacklisted phone numbers."""
        with self._transaction() as connection:
            return [phone for (phone,) in connection.execute("SELECT phoneNumber FROM blacklist ORDER BY rowid")]

    def add_to_blacklist(self, phone: str) -> None:
        """Blacklist a phone number, whether or not it is a contact's."""
        with self._transaction() as connection:
            _insert(connection, INSERT_BLACKLISTED, (phone,), "The phone number is blacklisted already.")

    def is_blacklisted(self, phone: str) -> bool:
        """Tell whether a phone number is blacklisted."""
        with self._transaction() as connection:
            return bool(connection.execute("SELECT 1 FROM blacklist WHERE phoneNumber = ?", (phone,)).fetchone())

    def delete_from_blacklist(self, phone: str) -> None:
        """Take a phone number off the blacklist."""
        with self._transaction() as connection:
            if not connection.execute("DELETE FROM blacklist WHERE phoneNumber = ?", (phone,)).rowcount:
                raise Missing("The phone number is not in the blacklist.")

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        """Let one thread at a time read or change the phonebook, all or nothing.

        Contacts whose day has passed go first, so that nobody ever sees one.
        """
        with self._lock, self._connection as connection:
            connection.execute("DELETE FROM contacts WHERE scheduledDeletionDate < date('now')")
            yield connection


def _group(connection: sqlite3.Connection, group_id: str) -> Record:
    row = connection.execute("SELECT * FROM counted_groups WHERE id = ?", (group_id,)).fetchone()
    if row is None:
        raise Missing("No group has this id.")
    return dict(row)


def _contact(connection: sqlite3.Connection, phone: str) -> Record:
    row = connection.execute("SELECT * FROM contacts WHERE phoneNumber = ?", (phone,)).fetchone()
    if row is None:
        raise Missing("No contact has this phone number.")
    return dict(row)


def _insert(connection: sqlite3.Connection, query: str, row: Record | tuple[str, ...], conflict: str) -> None:
    try:
        connection.execute(query, row)
    except sqlite3.IntegrityError as error:
        raise AlreadyExists(conflict) from error


def _records(rows: Iterable[sqlite3.Row]) -> list[Record]:
    return [dict(row) for row in rows]


def _rows(values: Iterable[str]) -> Iterator[tuple[str]]:
    return ((value,) for value in values)
