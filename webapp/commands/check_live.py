"""Compare the API behind the configured credentials with what the client expects.

By default this only reads. With `write` it also creates, renames and deletes a test group.
"""

import re
import secrets
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar
from uuid import uuid4

import msgspec

from webapp.phonebook import Group, PhonebookClient, Transport
from webapp.phonebook.errors import (
    AccessRefused,
    ConnectionLost,
    NotFound,
    NotSent,
    OutOfTime,
    PhonebookError,
    RateLimited,
    Refused,
    ServerFailed,
    TimedOut,
    TooManyRequests,
    UnreadableAnswer,
)

# A pattern for each field, from Messente's API documentation.
GROUP_SHAPE = {
    "id": r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}",
    "name": r"(?s).+",
    "contactsCount": r"[0-9]+",
    "createdOn": r"None|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z",
}
FREE_TEXT = ("email", "firstName", "lastName", "company", "title", "custom", "custom2", "custom3", "custom4")
CONTACT_SHAPE = dict.fromkeys(FREE_TEXT, r"(?s).*") | {
    "phoneNumber": r"\+[1-9]\d{6,14}",
    "scheduledDeletionDate": r"None|\d{4}-\d\d-\d\d",
}

MEANINGS: dict[type[PhonebookError], str] = {
    RateLimited: "Messente lets nobody ask just now: try again in a minute.",
    OutOfTime: "Nothing was sent: the time for it was over.",
    NotSent: "No connection could be made: look at the network, at MESSENTE_API_URL, and at the server's certificate.",
    AccessRefused: "The credentials were refused: look at MESSENTE_API_USERNAME and MESSENTE_API_PASSWORD, and whether"
    " Messente lets this machine's address in.",
    TooManyRequests: "Messente asks to slow down: try again in a minute.",
    Refused: "The request was refused.",
    TimedOut: "No complete answer came in time.",
    ConnectionLost: "The connection broke before the answer was complete.",
    ServerFailed: "Messente failed to answer: try again in a minute.",
    UnreadableAnswer: "The answer is not one of the Phonebook API's: look at MESSENTE_API_URL.",
}
"""Explanations of errors for the operator. An error that is not listed has its parent class's explanation."""

T = TypeVar("T")

_LISTS = msgspec.json.Decoder(dict[str, list[dict[str, Any]]])


class CheckLive:
    """Compares one phonebook with what the client expects, and counts the `differences`."""

    def __init__(self, transport: Transport) -> None:
        self.client = PhonebookClient(transport)
        self.transport = transport
        self.differences = 0

    def run(self, *, write: bool = False) -> Iterator[str]:
        """Run the check, and yield each finding as a line of text."""
        try:
            yield from self._read()
            if write:
                yield from self._write()
        except PhonebookError as error:
            yield self._differs(_meaning(error))
        if self.differences:
            yield "1 difference." if self.differences == 1 else f"{self.differences} differences."
        else:
            yield "All is as the dashboard expects."

    def _differs(self, line: str) -> str:
        self.differences += 1
        return f"DIFFERS: {line}"

    def _read(self) -> Iterator[str]:
        groups, seconds = _timed(self.client.list_groups)
        yield f"{len(groups.rows)} groups, read in {seconds:.2f} s."
        if groups.unreadable:
            yield self._differs(f"{groups.unreadable} groups could not be read.")
        yield from self._shapes("group", self._rows("groups", "groups"), GROUP_SHAPE)
        try:
            self.client.get_group(uuid4())
            yield self._differs("a group that can't exist was found.")
        except NotFound as error:
            yield f"A group that doesn't exist is refused with HTTP status {error.status}, code {error.code}."

        contacts = self._rows("contacts", "contacts")
        yield f"{len(contacts)} contacts."
        yield from self._shapes("contact", contacts, CONTACT_SHAPE)
        filled = min((group for group in groups.rows if group.contacts_count), key=_size, default=None)
        if filled:
            yield from self._one_group(filled)

    def _one_group(self, group: Group) -> Iterator[str]:
        if self.client.get_group(group.id) != group:
            yield self._differs(f"group {group.id} reads otherwise by itself than in the list.")
        members = len(self._rows(f"contacts?groupIds={group.id}", "contacts"))
        if members != group.contacts_count:
            yield self._differs(f"group {group.id} counts {group.contacts_count} contacts, and lists {members}.")
        else:
            yield f"The smallest group with contacts lists as many as it counts: {members}."

    def _write(self) -> Iterator[str]:
        name = f"Dashboard check {secrets.token_hex(4)}"
        yield f"Creating the group “{name}”; if this breaks off, delete it by hand."
        group = self.client.create_group(name)
        try:
            yield f"Created the group “{group.name}”."
            if group.name != name or group.contacts_count:
                yield self._differs(f"it was to be called “{name}” and to be empty.")
            renamed = self.client.rename_group(group.id, f"{name} Õ")
            yield f"Renamed it to “{renamed.name}”."
            if self.client.get_group(group.id).name != f"{name} Õ":
                yield self._differs("it reads otherwise afterwards.")
        finally:
            self.client.delete_group(group.id)
        yield "Deleted it."
        if any(each.id == group.id for each in self.client.list_groups().rows):
            yield self._differs("it is still in the list.")

    def _rows(self, path: str, key: str) -> list[dict[str, Any]]:
        body = self.transport.get(f"/phonebook/{path}")
        try:
            return _LISTS.decode(body)[key]
        except (msgspec.MsgspecError, ValueError, KeyError, RecursionError) as error:
            raise UnreadableAnswer(status=200) from error

    def _shapes(self, what: str, rows: Iterable[dict[str, Any]], shape: dict[str, str]) -> Iterator[str]:
        """Yield the fields that don't match their patterns, with the count of rows, but never their values."""
        counts: dict[str, int] = {}
        for row in rows:
            odd = [f"has an unknown field “{field}”" for field in row.keys() - shape.keys()]
            odd += [
                f"has a field “{field}” of another shape"
                for field, pattern in shape.items()
                if not re.fullmatch(pattern, str(row.get(field)))
            ]
            for each in odd:
                counts[each] = counts.get(each, 0) + 1
        for each, count in sorted(counts.items()):
            yield self._differs(f"{count} times a {what} {each}.")


def _meaning(error: PhonebookError) -> str:
    """Explain an error, with the HTTP status and the API's message if there are any."""
    meaning = next(MEANINGS[kind] for kind in type(error).__mro__ if kind in MEANINGS)
    status = f" (HTTP status {error.status})" if error.status else ""
    said = f" Messente said: {error.detail}" if error.detail.isprintable() and error.detail else ""
    return f"{meaning}{status}{said}"


def _timed(call: Callable[[], T]) -> tuple[T, float]:
    started = time.monotonic()
    return call(), time.monotonic() - started


def _size(group: Group) -> int:
    return group.contacts_count
