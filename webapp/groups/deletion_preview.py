"""What deleting a group would do to its contacts, as far as that can be told."""

import logging
from collections import Counter

from webapp.contacts.table import CONTACTS_TABLE
from webapp.groups.orphans import OrphanReport, OrphansUnknown, find_orphans
from webapp.phonebook import Contact, Group
from webapp.phonebook.errors import PhonebookError
from webapp.text.cleaning import is_blank
from webapp.web.current import Budget, phonebook
from webapp.web.error_pages import log_failure
from webapp.web.failures import GROUPS_UNCHANGED, Failure
from webapp.web.lists import ListQuery, paginate

MAX_ORPHAN_NAMES = 5
"""How many of the contacts in no other group are named before the group is deleted."""

_HEADING = "It could not be worked out who is in no other group"
ORPHANS_NOT_KNOWN = Failure(
    _HEADING, f"{GROUPS_UNCHANGED} Messente did not tell all that it takes, or not in time. Try again in a minute.", 502
)
NEVER_KNOWN = Failure(
    _HEADING,
    f"{GROUPS_UNCHANGED} Messente's answers can't be used for it, or are too large, and that stays so until it is put"
    " right. The group can be deleted all the same.",
    502,
)

log = logging.getLogger(__name__)


def preview_orphans(group: Group) -> tuple[OrphanReport | None, bool]:
    """Find out who of a group is in no other.

    Returns:
        The answer, None where that can't be told; and then, whether it is of no use to ask again.

    """
    try:
        found = find_orphans(phonebook(Budget.ORPHANS), group.id)
    except OrphansUnknown as unknown:
        if isinstance(unknown.__cause__, PhonebookError):
            log_failure(unknown.__cause__)
        log.warning("reach not known", extra={"reason": str(unknown)})
        return None, unknown.is_lasting
    if found.contacts < group.contacts_count:
        log.warning("reach not known", extra={"reason": "fewer contacts came than the group counts"})
        return None, False
    return found, False


def day_of(number: str) -> str:
    """Look when Messente deletes a contact that has just left its last group: a day, or nothing where that is open."""
    try:
        day = phonebook(Budget.LOOK_UP).get_contact(number).deletion_date
    except PhonebookError as error:
        log_failure(error)
        return ""
    return day.isoformat() if day else ""


def orphan_names(found: OrphanReport | None) -> list[str]:
    """Name the first of those in no other group, in the order of their list; by number where a name is not enough."""
    first = paginate(found.alone, CONTACTS_TABLE, ListQuery()).rows[:MAX_ORPHAN_NAMES] if found else []
    bearers = Counter(contact.name for contact in first)
    return [_called(contact, is_unique=bearers[contact.name] == 1) for contact in first]


def _called(contact: Contact, *, is_unique: bool) -> str:
    if is_blank(contact.name):
        return contact.number
    return contact.name if is_unique else f"{contact.name}, {contact.number}"
