"""Find out, before a group is deleted, which contacts the deletion would leave in no group."""

import logging
from collections import Counter

from webapp.contacts.table import CONTACTS_TABLE
from webapp.groups.orphans import OrphanReport, OrphansUnknown, find_orphans
from webapp.phone_numbers.numbering_plans import grouped
from webapp.phonebook import Contact, Group
from webapp.phonebook.errors import PhonebookError
from webapp.text import is_blank
from webapp.web.current import phonebook
from webapp.web.error_pages import log_failure
from webapp.web.failures import GROUPS_UNCHANGED, Failure, allowed_in
from webapp.web.lists import ListQuery, paginate
from webapp.web.time_budget import Budget

MAX_ORPHAN_NAMES = 5
"""Orphans that the page names before the group is deleted."""

_HEADING = "We could not find out who is only in this group"
ORPHANS_NOT_KNOWN = Failure(
    _HEADING, f"{GROUPS_UNCHANGED} Messente did not answer completely, or not in time. Try again in a minute.", 502
)
ORPHANS_NEVER_KNOWN = Failure(
    _HEADING,
    f"{GROUPS_UNCHANGED} Messente's answer is too large or can't be used. Trying again will not help: whoever runs this"
    " dashboard has to fix this. You can still delete the group.",
    502,
)

log = logging.getLogger(__name__)


def preview_orphans(group: Group) -> OrphanReport:
    """Find the contacts of a group that are in no other group.

    Raises:
        OrphansUnknown: when they can't be found for certain; the reason is logged.

    """
    try:
        report = find_orphans(phonebook(Budget.ORPHANS), group.id)
        if report.member_count < group.contacts_count:
            raise OrphansUnknown("fewer contacts came than the group counts")
    except OrphansUnknown as unknown:
        if isinstance(unknown.__cause__, PhonebookError):
            log_failure(unknown.__cause__)
        log.warning("orphans unknown", extra={"reason": str(unknown)})
        raise
    return report


def try_preview(group: Group) -> tuple[OrphanReport | None, OrphansUnknown | None]:
    """Find the orphans of a group; return the report, or why there is none."""
    try:
        return preview_orphans(group), None
    except OrphansUnknown as unknown:
        return None, unknown


def explain_unknown(unknown: OrphansUnknown) -> Failure:
    """Explain why the orphans of a group can't be shown."""
    if unknown.retry_after:
        text = f"{GROUPS_UNCHANGED} {allowed_in(unknown.retry_after)}"
        return Failure("We do not know yet who is only in this group", text, 503, unknown.retry_after)
    return ORPHANS_NEVER_KNOWN if unknown.is_lasting else ORPHANS_NOT_KNOWN


def fetch_deletion_day(number: str) -> str:
    """Fetch the ISO date on which Messente deletes a contact that has just left its last group; "" if unknown."""
    try:
        day = phonebook(Budget.LOOK_UP).get_contact(number).deletion_date
    except PhonebookError as error:
        log_failure(error)
        return ""
    return day.isoformat() if day else ""


def orphan_names(report: OrphanReport | None) -> list[str]:
    """Return the names of the first orphans, in the order of their list, with numbers where a name isn't unique."""
    first = paginate(report.orphans, CONTACTS_TABLE, ListQuery()).rows[:MAX_ORPHAN_NAMES] if report else []
    counts = Counter(contact.name for contact in first)
    return [_display_name(contact, is_unique=counts[contact.name] == 1) for contact in first]


def _display_name(contact: Contact, *, is_unique: bool) -> str:
    if is_blank(contact.name):
        return grouped(contact.number)
    return contact.name if is_unique else f"{contact.name}, {grouped(contact.number)}"
