"""What the phonebook shows after a change to a contact or a membership that Messente gave no clear answer to."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from webapp.activity import entries
from webapp.activity.entries import OF_GROUPS, UNDECIDED, Entry, Kind, Outcome
from webapp.phonebook import Contact, PhonebookClient
from webapp.phonebook.errors import NotFound, PhonebookError
from webapp.site.errors import log_failure

KINDS = tuple(kind for kind in Kind if kind not in OF_GROUPS)


def digest(details: Mapping[str, str | None]) -> str:
    """Write which details a form asks for, and what they are to be, without saying that in clear."""
    said = json.dumps([[name, details[name] or ""] for name in sorted(details)])
    return " ".join([*sorted(details), hashlib.sha256(said.encode()).hexdigest()])


def settle(undecided: Iterable[Entry], client: PhonebookClient) -> list[Entry]:
    """Look up and record what became of changes whose outcome is not known, a call for each, as far as can be told.

    Returns:
        those that are decided now.

    """
    decisions = []
    for entry, happened in client.each(lambda each: _happened(each, client), undecided):
        if isinstance(happened, PhonebookError):
            log_failure(happened)
        elif happened:
            decisions.append((entry, Outcome.CONFIRMED, None))
        elif happened is False and datetime.now(UTC) - entry.began > entries.LONG_AGO:
            decisions.append((entry, Outcome.ABSENT, None))
    return entries.decide(*decisions) if decisions else []


def settled(entry: Entry, client: PhonebookClient) -> Entry:
    """Look what became of one change that was left open; others are returned as they are."""
    if entry.is_under_way or entry.outcome not in UNDECIDED:
        return entry
    return next(iter(settle([entry], client)), entry)


def _happened(entry: Entry, client: PhonebookClient) -> bool | None:
    """Say whether the phonebook shows a change; None if that can't be told."""
    number = entry.number or ""
    try:
        if entry.kind in {Kind.ADD, Kind.REMOVE}:
            found = client.list_groups_of(number)
            is_in = any(group.id == entry.group_id for group in found.rows)
            if found.unreadable and not is_in:
                return None
            return is_in is (entry.kind is Kind.ADD)
        contact = client.get_contact(number)
    except NotFound:  # it is in no group, then, and nothing is said of it
        return entry.kind in {Kind.REMOVE, Kind.DELETE_CONTACT}
    if entry.kind is Kind.CHANGE_CONTACT:
        return digest(_named_in(entry.asked or "", contact)) == entry.asked
    return entry.kind is Kind.CREATE_CONTACT


def _named_in(asked: str, contact: Contact) -> dict[str, str | None]:
    return {name: getattr(contact, name) for name in asked.split()[:-1]}
