"""Plans of the groups' forms: the changes that they need, as the phonebook is now."""

from collections.abc import Iterable, Sized
from typing import Any
from uuid import UUID

from webapp.actions.models import Change, ChangeKind
from webapp.actions.not_run import NotRun, too_many_changes
from webapp.actions.plan import NewGroup, Plan, PlannedChange
from webapp.actions.replaced import details_of
from webapp.groups import deletion_preview
from webapp.groups.forms import DeleteGroupForm, NewGroupForm, RenameForm, asks_about_duplicates, new_name
from webapp.groups.orphans import OrphanReport
from webapp.phonebook import Group
from webapp.phonebook.client import URL_NUMBER
from webapp.phonebook.errors import PhonebookError
from webapp.text import fold
from webapp.web.current import phonebook, settings
from webapp.web.error_pages import log_failure
from webapp.web.failures import GROUPS_UNCHANGED, Failure
from webapp.web.time_budget import Budget

MEMBERS_NOT_READ = Failure(
    "We could not read all contacts of this group",
    f"{GROUPS_UNCHANGED} A group is copied only if all of its contacts are known. Try again in a minute.",
    502,
)


def plan_group(form: NewGroupForm) -> Plan:
    """Plan the creation of a group.

    Raises:
        NotRun: to ask about groups that have the name already.

    """
    name, groups = new_name(form), phonebook(Budget.CHECK).list_groups().rows
    duplicates = find_duplicates(name, groups)
    if asks_about_duplicates(form, duplicates):
        raise NotRun(anyway="Create anyway", namesakes=duplicates)
    return Plan([[PlannedChange(kind=ChangeKind.CREATE, name=name, duplicates=duplicates)]])


def plan_copy(form: NewGroupForm, group_id: UUID) -> Plan:
    """Plan a new group with the contacts of another one.

    Raises:
        NotRun: to ask about groups that have the name already, or if not all contacts can be read.

    """
    client = phonebook(Budget.CHECK)
    fetched = client.begin(client.list_groups)
    group = client.get_group(group_id)
    if group.contacts_count > settings().max_changes:
        raise NotRun(too_many_changes())
    members = client.list_numbers(group_id)
    numbers = sorted(members.found)
    is_complete = not members.unreadable and len(numbers) >= group.contacts_count
    if not is_complete or not all(map(URL_NUMBER.fullmatch, numbers)):
        raise NotRun(MEMBERS_NOT_READ)
    new, duplicates = NewGroup(new_name(form)), find_duplicates(new_name(form), fetched().rows)
    if asks_about_duplicates(form, duplicates):
        raise NotRun(anyway="Copy anyway")
    create = PlannedChange(kind=ChangeKind.CREATE, new_group=new, name=new.name, duplicates=duplicates)
    adds = [PlannedChange(kind=ChangeKind.ADD, new_group=new, number=number) for number in numbers]
    return Plan([[create]], Plan([[add] for add in adds]), kind="copy")


def plan_group_rename(form: RenameForm, group_id: UUID) -> Plan:
    """Plan the renaming of a group; no change if it has that name already.

    Raises:
        NotRun: to ask about a change by somebody else, or about other groups that have the name.

    """
    name, groups = new_name(form), phonebook(Budget.CHECK).list_groups().rows
    # A group whose row is invalid is missing from the list, and may still exist.
    group = next((each for each in groups if each.id == group_id), None)
    group = group or phonebook(Budget.CHECK).get_group(group_id)
    if group.name == name:
        return Plan()
    if form.asks_about_change(group):
        raise NotRun
    duplicates = [each for each in find_duplicates(name, groups) if each.id != group_id]
    if asks_about_duplicates(form, duplicates):
        raise NotRun(anyway="Rename anyway", namesakes=duplicates)
    return Plan([[PlannedChange(kind=ChangeKind.RENAME, group=group, name=name, duplicates=duplicates)]])


def plan_group_deletion(form: DeleteGroupForm, group_id: UUID) -> Plan:
    """Plan the deletion of a group.

    Raises:
        NotRun: to ask again, if the group has changed or more of its contacts would be in no group.

    """
    group = phonebook(Budget.CHECK).get_group(group_id)
    report, unknown = (None, None) if form.accepts_unknown else deletion_preview.try_preview(group)
    if report:  # the group may have changed while its orphans were being found
        group = phonebook().get_group(group_id)
    if not form.describes(group) or form.is_worse(report):
        again = DeleteGroupForm.for_group(group, report, form.back.data or "")
        again.keep_token(form)
        orphan_names = deletion_preview.orphan_names(report)
        raise NotRun(form=again, before=form, group=group, report=report, orphan_names=orphan_names, unknown=unknown)
    if report and (failure := refuse_deletion(report.orphans.rows)):
        raise NotRun(failure)
    orphans = [contact.number for contact in report.orphans.rows] if report else None
    replaced = _replaced_by_deletion(group, report)
    return Plan([[PlannedChange(kind=ChangeKind.DELETE, group=group, orphans=orphans, replaced=replaced)]])


def refuse_deletion(orphans: Sized) -> Failure | None:
    """Say that a deletion would leave more contacts in no group than undo could create again; None if it would not."""
    limit = settings().max_changes
    if len(orphans) <= limit:
        return None
    text = (
        f"{GROUPS_UNCHANGED} {len(orphans):,} contacts would be in no group. Undo could not put more than {limit:,}"
        " back after Messente has deleted them. Put them in another group first, in parts."
    )
    return Failure("This would leave too many contacts in no group", text, 422)


def _replaced_by_deletion(group: Group, report: OrphanReport | None) -> dict[str, Any]:
    """Return what undoing the deletion needs: the members, and the details of those whom Messente may delete."""
    if report:
        members, orphans = report.members, report.orphans.rows
    else:
        try:
            members = phonebook(Budget.ORPHANS).list_contacts(group.id).rows
            orphans = members if len(members) <= settings().max_changes else ()
        except PhonebookError as error:  # the user has confirmed the deletion, though little could be read
            log_failure(error)
            return {}
    details = {contact.number: details_of(contact) for contact in orphans}
    return {"members": [contact.number for contact in members], "contacts": details}


def find_new_duplicate(change: Change) -> str:
    """Return the id of a group with the same name that the user was not asked about; "" if there is none.

    Two people who choose the same name at the same time are both told that it is free.
    """
    try:
        groups = phonebook(Budget.LOOK_UP).list_groups().rows
    except PhonebookError as error:
        log_failure(error)
        return ""
    known = {*change.duplicates.split(), str(change.group_id)}
    ids = (str(group.id) for group in find_duplicates(change.after or "", groups))
    return next((each for each in ids if each not in known), "")


def find_duplicates(name: str, groups: Iterable[Group]) -> list[Group]:
    """Return the groups whose names look the same as a name."""
    folded = fold(name)
    return [group for group in groups if fold(group.name) == folded]


def find_others(group: Group, groups: Iterable[Group]) -> list[Group]:
    """Return the other groups whose names look the same as a group's."""
    return [each for each in find_duplicates(group.name, groups) if each.id != group.id]
