"""The daily work for the overview: record the day's figures, and find groups that have the same members."""

import hashlib
from collections import Counter
from typing import cast
from uuid import UUID

from flask import current_app

from webapp.overview import figures
from webapp.phonebook import Group, PhonebookClient, Rows
from webapp.phonebook.errors import PhonebookError
from webapp.web.error_pages import log_failure

MAX_COMPARED = 2_000
"""Groups whose members are compared, the largest ones. At the default pace this takes 18 seconds, so that a background
worker that has to stop can end it."""


def do_daily_work() -> None:
    """Do the day's work, unless it has been done. It is called every hour: what fails is tried again an hour later.

    Raises:
        StoreError: when the store fails.

    """
    day = figures.today()
    if figures.is_complete(day):
        return
    client = cast(PhonebookClient, current_app.extensions["phonebook"]).for_job()
    try:
        groups = client.list_groups()
        counted = figures.count_today(client.list_contacts(), groups, client.list_blacklist())
        if counted:
            figures.record(counted)
        if figures.begin_comparing(day):
            figures.record_same_members(day, find_same_members(groups, client))
    except PhonebookError as error:
        log_failure(error)


def find_same_members(groups: Rows[Group], client: PhonebookClient) -> list[list[UUID]]:
    """Find the groups that have the same members, and at least one.

    Only groups of the same size are read, the largest first.

    Raises:
        PhonebookError: when a group can't be read.

    """
    sizes = Counter(group.contacts_count for group in groups.rows)
    candidates = [group for group in groups.rows if group.contacts_count and sizes[group.contacts_count] > 1]
    candidates.sort(key=lambda group: -group.contacts_count)
    same: dict[str, list[UUID]] = {}
    for group, digest in client.each(lambda group: _digest_members(group, client), candidates[:MAX_COMPARED]):
        if isinstance(digest, PhonebookError):
            raise digest
        if digest:
            same.setdefault(digest, []).append(group.id)
    return [ids for ids in same.values() if len(ids) > 1]


def _digest_members(group: Group, client: PhonebookClient) -> str:
    """Identify the set of a group's numbers, so that not all of them are held; "" if they could not all be read."""
    members = client.list_numbers(group.id)
    if members.unreadable or len(members.found) != group.contacts_count:
        return ""
    return hashlib.sha256("\n".join(sorted(members.found)).encode("utf-8", "surrogatepass")).hexdigest()
