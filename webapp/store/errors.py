"""The store's errors, whose messages tell the operator what is wrong."""

import sqlite3
from collections.abc import Mapping

from sqlalchemy.exc import DBAPIError

READ_ONLY = "the store is read-only"
FULL = "the store is full"
STORE_BUSY = "the store is busy"
NO_ANSWER = "the store doesn't answer in time"
UNREACHABLE = "the store can't be reached"
NO_FILE = "the store's file can't be opened or made: the dashboard's user must be allowed to write to its folder"
FILE_GONE = "the store's file was moved or deleted: put it back, or restart the dashboard, which then begins a new one"
FILE_REPLACED = "the store's file was replaced while the dashboard runs: restart the dashboard"
REFUSED = "the store refused the dashboard's user name or password"
NOT_LET_IN = "the store lets nobody of the dashboard's user name in from this machine, or not without TLS"
NO_DATABASE = "the store has no such database"
MAY_NOT_CREATE = (
    "the dashboard's user may not make tables in the store:"
    " run GRANT CREATE ON SCHEMA public TO that user, as the database's owner"
)
NOT_ITS_OWN = "the store's tables belong to another user, who has to bring them up to date"
NO_ROOT_CERTIFICATE = (
    "the store's certificate can't be checked, since there is no root certificate: name its file in DATABASE_URL"
    " (sslrootcert=/path/to/root.crt)"
)
NOT_TRUSTED = "the store's certificate is not trusted: it has to fit the host and sslrootcert in DATABASE_URL"
NO_TLS = "the store takes no connections by TLS, which sslmode in DATABASE_URL asks for"

# Messages by SQLSTATE, or by its first two characters (the class).
_STATES = {
    "08": UNREACHABLE,
    "25006": READ_ONLY,
    "25P03": UNREACHABLE,  # the server ended a transaction that was idle for too long
    "28": NOT_LET_IN,
    "28P01": REFUSED,
    "3D000": NO_DATABASE,
    "40": STORE_BUSY,
    "42501": READ_ONLY,  # some hosts revoke writing when a plan's limit is exceeded
    "53": STORE_BUSY,
    "53100": FULL,
    "55000": UNREACHABLE,
    "55P03": STORE_BUSY,
    "57014": STORE_BUSY,
    "57": UNREACHABLE,
}

# Messages by a part of libpq's own messages, which are always in English.
_TLS = {
    "root certificate file": NO_ROOT_CERTIFICATE,
    "certificate": NOT_TRUSTED,
    "does not support SSL": NO_TLS,
}


class StoreError(Exception):
    """The store failed. The message is for the operator and contains no personal data."""


class AlreadyThere(StoreError):
    """A row with the same unique key exists already."""


class Unreachable(StoreError):
    """The connection failed or broke. If it broke during a commit, it is unknown whether the data was written."""


def explain(error: DBAPIError, states: Mapping[str, str]) -> str:
    """Return the message for a database's error. `states` overrides the messages of some SQLSTATEs."""
    # The parts of the drivers' messages that are passed on contain no personal data.
    said = str(error.orig)
    if isinstance(error.orig, sqlite3.Error):
        known = {"readonly": READ_ONLY, "full": FULL, "locked": STORE_BUSY, "unable to open": NO_FILE}
        return next((words for part, words in known.items() if part in said), f"the store failed ({said})")
    if state := getattr(error.orig, "sqlstate", None):
        states = {**_STATES, **states}
        return states.get(state) or states.get(state[:2]) or f"the store failed ({state})"
    return next((words for part, words in _TLS.items() if part in said), UNREACHABLE)
