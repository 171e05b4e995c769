"""What the phonebook shows after a change that Messente gave no clear answer to.

Each function looks once, and tells what it saw and no more: a change that can't be seen yet may still come true.
"""

from uuid import UUID

from flask import url_for
from markupsafe import Markup

from webapp.groups import names
from webapp.phonebook import GroupList
from webapp.phonebook.errors import NotFound, PhonebookError
from webapp.site.context import LOOK, phonebook
from webapp.site.errors import log_failure
from webapp.site.filters import contacts, quoted

COULD_NOT_LOOK = Markup("We could not look what your groups show now. Look at them before you try again.")
GONE = Markup("The group is no longer in the phonebook.")


def after_create(before: GroupList, name: str) -> Markup:
    """Look for a group of that name that was not among those from before."""
    try:
        now = phonebook(LOOK).list_groups()
    except PhonebookError as error:
        log_failure(error)
        return COULD_NOT_LOOK
    known = {group.id for group in before.groups}
    for group in now.groups:
        if group.id not in known and names.alike(group.name, name):
            return Markup('Your groups now show <a href="{}">{}</a>, which they did not show before.').format(
                url_for("groups.show", group_id=group.id), quoted(group.name)
            )
    return Markup("Your groups do not show it yet. It may still appear: look again before you create it once more.")


def after_rename(group_id: UUID, name: str) -> Markup:
    """Look what the group is called."""
    try:
        now = phonebook(LOOK).get_group(group_id).name
    except NotFound:
        return GONE
    except PhonebookError as error:
        log_failure(error)
        return COULD_NOT_LOOK
    if names.same(now, name):
        return Markup("It is called {} now, as you asked.").format(quoted(now))
    return Markup("It is called {} now. That may still change: look again before you rename it once more.").format(
        quoted(now)
    )


def after_delete(group_id: UUID) -> Markup:
    """Look whether the group is still there."""
    try:
        now = phonebook(LOOK).get_group(group_id)
    except NotFound:
        return GONE
    except PhonebookError as error:
        log_failure(error)
        return COULD_NOT_LOOK
    return Markup(
        "{} is still in the phonebook, with {}. It may still go: look again before you try once more."
    ).format(quoted(now.name), contacts(now.contacts_count))
