"""What the groups' forms are to change, worked out from the phonebook as it is now."""

from uuid import UUID

from webapp.actions.models import ChangeKind, Plan, PlannedChange
from webapp.actions.not_run import NotRun
from webapp.groups import deletion_preview
from webapp.groups.forms import DeleteGroupForm, NameForm, RenameForm
from webapp.text.matching import is_duplicate_name
from webapp.web.current import Budget, phonebook


def plan_group(form: NameForm) -> Plan:
    """Plan a group's creation.

    Raises:
        NotRun: to ask about groups that have the name already.

    """
    groups = phonebook(Budget.CHECK).list_groups().rows
    if form.asks_about_duplicates(groups):
        raise NotRun(anyway="Create anyway")
    duplicates = [group for group in groups if is_duplicate_name(group.name, form.wanted)]
    return Plan.single(PlannedChange(kind=ChangeKind.CREATE, name=form.wanted, duplicates=duplicates))


def plan_group_rename(form: RenameForm, group_id: UUID) -> Plan:
    """Plan a group's new name; nothing if it has that name already.

    Raises:
        NotRun: to ask about a change by somebody else, or about other groups that have the name.

    """
    groups = phonebook(Budget.CHECK).list_groups().rows
    # A group whose row is invalid is missing from the list, and may exist all the same.
    group = next((each for each in groups if each.id == group_id), None)
    group = group or phonebook(Budget.CHECK).get_group(group_id)
    if group.name == form.wanted:
        return Plan()
    if form.asks_about_change(group):
        raise NotRun
    if form.asks_about_duplicates(groups, but=group):
        raise NotRun(anyway="Rename anyway")
    duplicates = [each for each in groups if each.id != group.id and is_duplicate_name(each.name, form.wanted)]
    return Plan.single(PlannedChange(kind=ChangeKind.RENAME, group=group, name=form.wanted, duplicates=duplicates))


def plan_group_deletion(form: DeleteGroupForm, group_id: UUID) -> Plan:
    """Plan a group's deletion.

    Raises:
        NotRun: to ask again, if the group has changed or more of its contacts would be in no group.

    """
    group = phonebook(Budget.CHECK).get_group(group_id)
    reach, is_lasting = (None, False) if form.accepts_anything else deletion_preview.preview_orphans(group)
    if reach:  # which may have taken long enough for the group to change
        group = phonebook().get_group(group_id)
    if not form.describes(group) or form.is_worse(reach):
        again = DeleteGroupForm.about(group, reach)
        again.keep_token(form)
        named = deletion_preview.orphan_names(reach)
        raise NotRun(form=again, before=form, group=group, reach=reach, named=named, is_lasting=is_lasting)
    orphans = [contact.number for contact in reach.alone.rows] if reach else None
    return Plan.single(PlannedChange(kind=ChangeKind.DELETE, group=group, orphans=orphans))
