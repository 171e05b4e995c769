"""Messente's Phonebook API as Python methods."""

from typing import TypeVar
from uuid import UUID

import msgspec

from webapp.phonebook.errors import Changed, UnreadableAnswer
from webapp.phonebook.models import Group, GroupList
from webapp.phonebook.transport import Transport, changed_by

GROUPS = "/phonebook/groups"

T = TypeVar("T")


class _GroupEnvelope(msgspec.Struct):
    group: Group


class _Groups(msgspec.Struct):
    groups: tuple[Group, ...]


class _RawGroups(msgspec.Struct):
    groups: list[msgspec.Raw]


class PhonebookClient:
    """The groups of one phonebook.

    Every method makes one call, and raises a `webapp.phonebook.errors.PhonebookError` when it doesn't end as it should;
    the error says whether the change has happened.
    """

    def __init__(self, transport: Transport, expires: float | None = None) -> None:
        """Use a transport; `expires` is when every call has to be over, as a time of `time.monotonic()`."""
        self._transport = transport
        self._expires = expires

    def until(self, expires: float) -> "PhonebookClient":
        """Make a client of the same phonebook whose calls have to be over by then."""
        return PhonebookClient(self._transport, expires)

    def _send(self, method: str, path: str, *, expect: int, json: object = None) -> bytes:
        return self._transport.send(method, path, expect=expect, json=json, expires=self._expires)

    def list_groups(self) -> GroupList:
        """Fetch all groups. Rows that can't be read, or bear another's id, are counted and hide none of the others."""
        body = self._send("GET", GROUPS, expect=200)
        try:
            found = GroupList(msgspec.json.decode(body, type=_Groups).groups)
        except msgspec.ValidationError:
            found = _readable_groups(_decode(body, _RawGroups, Changed.NO).groups)
        except (msgspec.DecodeError, ValueError, RecursionError) as error:
            raise UnreadableAnswer(str(error), status=200) from error
        unique = {group.id: group for group in reversed(found.groups)}  # the first of several stays
        if len(unique) == len(found.groups):
            return found
        repeated = len(found.groups) - len(unique)
        return GroupList(tuple(reversed(unique.values())), found.unreadable + repeated)

    def get_group(self, group_id: UUID) -> Group:
        """Fetch one group. Raises NotFound where there is none."""
        body = self._send("GET", _path(group_id), expect=200)
        return _group(body, group_id, Changed.NO)

    def create_group(self, name: str) -> Group:
        """Create a group. The API allows several of one name, so a repeat makes a second group."""
        body = self._send("POST", GROUPS, expect=201, json={"name": name})
        return _decode(body, _GroupEnvelope, changed_by("POST", 201)).group

    def rename_group(self, group_id: UUID, name: str) -> Group:
        """Give a group another name. Raises NotFound where there is none."""
        body = self._send("PUT", _path(group_id), expect=200, json={"name": name})
        return _group(body, group_id, changed_by("PUT", 200))

    def delete_group(self, group_id: UUID) -> None:
        """Delete a group; its contacts stay in the phonebook. Raises NotFound where there is none."""
        self._send("DELETE", _path(group_id), expect=204)


def _path(group_id: UUID) -> str:
    # Through UUID once more: a stray ".." in a path would reach another address.
    return f"{GROUPS}/{UUID(str(group_id))}"


def _decode(body: bytes, kind: type[T], changed: Changed) -> T:
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise UnreadableAnswer(str(error), changed=changed) from error


def _group(body: bytes, group_id: UUID, changed: Changed) -> Group:
    group = _decode(body, _GroupEnvelope, changed).group
    if group.id != group_id:
        raise UnreadableAnswer(f"asked for group {group_id}, told of {group.id}", changed=changed)
    return group


def _readable_groups(rows: list[msgspec.Raw]) -> GroupList:
    groups = []
    for row in rows:
        try:
            groups.append(msgspec.json.decode(row, type=Group))
        except (msgspec.MsgspecError, ValueError, RecursionError):
            continue
    if rows and not groups:
        raise UnreadableAnswer(f"none of {len(rows)} rows could be read")
    return GroupList(tuple(groups), unreadable=len(rows) - len(groups))
