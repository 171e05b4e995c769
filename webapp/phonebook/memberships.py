"""Find the groups of many contacts, by whichever way needs fewer calls."""

from collections.abc import Collection, Iterable

from webapp.phonebook.client import PhonebookClient
from webapp.phonebook.errors import NotFound, PhonebookError
from webapp.phonebook.models import Group


def fetch_groups_of(
    client: PhonebookClient, numbers: Collection[str], groups: Iterable[Group]
) -> dict[str, list[Group]]:
    """Fetch the groups that contacts are in: asked contact by contact, or group by group.

    Args:
        client: its deadline applies to all calls together.
        numbers: the contacts' numbers.
        groups: all groups.

    Returns:
        The groups by the contact's number. A contact that is in no group, or is gone, may be missing.

    Raises:
        PhonebookError: when a call fails.

    """
    filled = [group for group in groups if group.contacts_count]
    found: dict[str, list[Group]] = {}
    if len(numbers) <= len(filled):
        for number, answer in client.each(client.list_groups_of, sorted(numbers)):
            if not isinstance(answer, PhonebookError):
                found[number] = list(answer.rows)
            elif not isinstance(answer, NotFound):
                raise answer
        return found
    wanted = frozenset(numbers)
    for group, members in client.each(lambda each: client.list_numbers(each.id, wanted), filled):
        if isinstance(members, NotFound):  # a deleted group has no members
            continue
        if isinstance(members, PhonebookError):
            raise members
        for number in members.found:
            found.setdefault(number, []).append(group)
    return found
