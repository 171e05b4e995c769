"""What the phonebook shows after a change to a contact or a membership that Messente gave no clear answer to."""

import hashlib
import json
from collections.abc import Iterable, Mapping

from flask import url_for
from markupsafe import Markup

from webapp.activity import entries, evidence
from webapp.activity.entries import OF_GROUPS, UNDECIDED, Entry, Kind, Outcome
from webapp.activity.listing import Query, Row, latest
from webapp.contacts.listing import LABELS
from webapp.phonebook import Contact, PhonebookClient
from webapp.phonebook.errors import NotFound, PhonebookError
from webapp.site.context import LOOK, phonebook
from webapp.site.errors import log_failure
from webapp.site.filters import isolated

COULD_NOT_LOOK = Markup("We could not look what the phonebook shows now. Look at the contact before you try again.")
_NOT_YET = {
    Kind.CREATE_CONTACT: "The phonebook does not show it yet. It may still appear: look again before you create it"
    " once more.",
    Kind.CHANGE_CONTACT: "The phonebook does not show that yet. It may still change: look again before you save it"
    " once more.",
    Kind.DELETE_CONTACT: "The contact is still in the phonebook. It may still go: look again before you try once more.",
}

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
        elif outcome := evidence.verdict(entry, happened):
            decisions.append((entry, outcome, None))
    return entries.decide(*decisions) if decisions else []


def settled(entry: Entry, client: PhonebookClient) -> Entry:
    """Look what became of one change that was left open; others are returned as they are."""
    if entry.is_under_way or entry.outcome not in UNDECIDED:
        return entry
    return next(iter(settle([entry], client)), entry)


def history(number: str) -> list[Row] | None:
    """Return what was last done to a contact; None where that can't be read."""

    def settle_open() -> None:
        settle(evidence.undecided(number=number, kinds=KINDS), phonebook())

    return latest(Query(number=number), settle_open)


def look(entry: Entry | None) -> Markup:
    """Look once what became of a change to a contact, and say it.

    Args:
        entry: of the change; without one, nothing was sent.

    """
    if entry is None:
        return Markup("")
    try:
        contact = _contact(entry, phonebook(LOOK))
    except PhonebookError as error:
        log_failure(error)
        return COULD_NOT_LOOK
    happened = _shows(entry, contact)
    if happened and entry.outcome in UNDECIDED:
        entries.decide((entry, Outcome.CONFIRMED, None))
    if contact is None and entry.kind is not Kind.CREATE_CONTACT:
        return Markup("The contact is no longer in the phonebook.")
    if contact and not happened and entry.kind is Kind.CREATE_CONTACT:
        return Markup("The phonebook has a contact of this number, and it is not as you typed it.")
    if not happened:
        return Markup("{}").format(_NOT_YET[entry.kind])
    shows = "which it did not show before" if entry.kind is Kind.CREATE_CONTACT else "as you asked"
    return Markup('The phonebook now shows <a href="{}">{}</a>, {}.').format(
        url_for("contacts.show", number=entry.number), isolated(entry.number or ""), shows
    )


def _happened(entry: Entry, client: PhonebookClient) -> bool | None:
    """Say whether the phonebook shows a change; None if that can't be told."""
    if entry.kind not in {Kind.ADD, Kind.REMOVE}:
        contact = _contact(entry, client)
        shows = _shows(entry, contact)
        # Where it says something else, somebody else may have created it, or changed it since.
        return None if contact and entry.kind is Kind.CREATE_CONTACT and not shows else shows
    try:
        found = client.list_groups_of(entry.number or "")
    except NotFound:  # it is in no group, then
        return entry.kind is Kind.REMOVE
    is_in = any(group.id == entry.group_id for group in found.rows)
    if found.unreadable and not is_in:
        return None
    return is_in is (entry.kind is Kind.ADD)


def _contact(entry: Entry, client: PhonebookClient) -> Contact | None:
    try:
        return client.get_contact(entry.number or "")
    except NotFound:
        return None


def _shows(entry: Entry, contact: Contact | None) -> bool:
    """Whether a contact, or that there is none, shows a change to it."""
    if contact is None or entry.kind is Kind.DELETE_CONTACT:
        return contact is None and entry.kind is Kind.DELETE_CONTACT
    names = named(entry)
    if entry.kind is Kind.CHANGE_CONTACT or (entry.kind is Kind.CREATE_CONTACT and names):
        return digest({name: getattr(contact, name) for name in names}) == entry.asked
    return entry.kind is Kind.CREATE_CONTACT


def named(entry: Entry) -> list[str]:
    """Return the details that a change was about, in the order in which they are shown."""
    names = (entry.asked or "").split()[:-1]
    return [name for name in LABELS if name in names]
