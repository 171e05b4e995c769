"""What deleting a group would do to its contacts, as far as that can be told."""

import logging
from collections import Counter

from webapp.contacts.listing import TABLE
from webapp.members.reach import Reach, ReachUnknown, reach
from webapp.phonebook import Contact, Group
from webapp.phonebook.errors import PhonebookError
from webapp.site.context import REACH, phonebook
from webapp.site.errors import log_failure
from webapp.site.failures import UNCHANGED, Failure
from webapp.site.listing import Query, arrange
from webapp.site.text import is_blank

NAMED = 5
"""How many of the contacts in no other group are named before the group is deleted."""

NOT_KNOWN = Failure(
    "It could not be worked out who is in no other group",
    f"{UNCHANGED} Messente did not tell all that it takes, or not in time. Try again in a minute.",
    502,
)

log = logging.getLogger(__name__)


def work_out(group: Group) -> Reach | None:
    """Find out who of a group is in no other; None where that can't be told."""
    try:
        found = reach(phonebook(REACH), group.id)
    except ReachUnknown as unknown:
        if isinstance(unknown.__cause__, PhonebookError):
            log_failure(unknown.__cause__)
        log.warning("reach not known", extra={"reason": str(unknown)})
        return None
    if found.contacts < group.contacts_count:
        log.warning("reach not known", extra={"reason": "fewer contacts came than the group counts"})
        return None
    return found


def named(found: Reach | None) -> list[str]:
    """Name the first of those in no other group, in the order of their list; by number where a name is not enough."""
    first = arrange(found.alone, TABLE, Query()).rows[:NAMED] if found else []
    bearers = Counter(contact.name for contact in first)
    return [_called(contact, is_unique=bearers[contact.name] == 1) for contact in first]


def _called(contact: Contact, *, is_unique: bool) -> str:
    if is_blank(contact.name):
        return contact.number
    return contact.name if is_unique else f"{contact.name}, {contact.number}"
