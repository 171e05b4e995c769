"""Describe what the phonebook shows after a change to a group that Messente did not clearly confirm."""

import logging

from flask import url_for
from markupsafe import Markup

from webapp.actions.models import UNDECIDED, Change, ChangeKind, Outcome
from webapp.actions.reconcile import shows_group_change
from webapp.actions.records import record_verdicts
from webapp.phonebook import Group, Rows
from webapp.phonebook.errors import PhonebookError
from webapp.store import StoreError
from webapp.text import is_same_text
from webapp.web.current import phonebook
from webapp.web.error_pages import log_failure
from webapp.web.template_filters import contacts, quoted
from webapp.web.time_budget import Budget

GROUPS_NOT_LOOKED_UP = Markup("We could not check your groups. Look at them before you try again.")
NOT_SHOWN_YET = Markup(
    "The group is not in the phonebook yet. It may still appear: check again before you create it once more."
)
GROUP_GONE = Markup("The group is no longer in the phonebook.")
MAY_LEAVE = Markup(
    "Some of its contacts may now be in no group, and Messente deletes contacts that have been in no group for 30 days."
    ' <a href="{}">See which contacts will be deleted</a>.'
)

log = logging.getLogger(__name__)


def describe_group_now(change: Change) -> Markup:
    """Look the change up in the phonebook, record what it shows, and return a description for the user."""
    try:
        now = phonebook(Budget.LOOK_UP).list_groups()
        happened, group = shows_group_change(change, now)
    except PhonebookError as error:
        log_failure(error)
        return GROUPS_NOT_LOOKED_UP
    except StoreError as error:
        log.error("not looked up", extra={"change": change.id, "reason": str(error)})
        return GROUPS_NOT_LOOKED_UP
    if happened and change.outcome in UNDECIDED:
        record_verdicts([change.decided(Outcome.CONFIRMED, group)])
    elif happened and change.group_id is None:
        record_verdicts([change.decided(change.outcome, group)])
    return _describe(change, now, group)


def _describe(change: Change, now: Rows[Group], group: Group | None) -> Markup:
    """Describe what the phonebook shows now."""
    is_undecided = change.outcome in UNDECIDED
    if change.kind is ChangeKind.CREATE:
        if group:
            return Markup('Your groups now include <a href="{}">{}</a>, which was not there before.').format(
                url_for("groups.show", group_id=group.id), quoted(group.name)
            )
        if is_undecided:
            return NOT_SHOWN_YET
        return Markup("The group appeared later, but is not there now.")
    if group is None and change.kind is ChangeKind.DELETE and change.contacts and not now.unreadable:
        return Markup("{} {}").format(GROUP_GONE, MAY_LEAVE.format(url_for("contacts.leaving")))
    if group is None:
        return GROUPS_NOT_LOOKED_UP if now.unreadable else GROUP_GONE
    called = Markup("It is called {} now").format(quoted(group.name))
    if change.kind is ChangeKind.RENAME and is_same_text(group.name, change.after or ""):
        return called + ", as you asked."
    if change.kind is ChangeKind.RENAME:
        may_change = " This may still change: check again before you rename it once more." if is_undecided else ""
        return called + "." + may_change
    return Markup(
        "{} is still in the phonebook, with {}. It may still be deleted: check again before you try once more."
    ).format(quoted(group.name), contacts(group.contacts_count))
