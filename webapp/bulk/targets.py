"""The group into which contacts are put: an existing or a new one."""

from dataclasses import dataclass, field
from uuid import UUID

from wtforms import ValidationError

from webapp.actions.plan import NewGroup
from webapp.bulk.forms import BulkForm
from webapp.contacts.group_picker import NAMED_GROUP, NEW_GROUP
from webapp.groups.forms import check_name, duplicate_question
from webapp.groups.plans import find_duplicates
from webapp.phonebook import Group, Rows
from webapp.web.addresses import read_id

NO_CHOICE = "Choose a group, or type a name for a new one"
GROUP_GONE = "This group no longer exists. Choose another"
SAME_GROUP = "They are in this group already. Choose another"
NO_SUCH_NAME = "There is no group with this name"
SEVERAL_OF_NAME = "Several groups have this name. Open the one that you mean, and add the contacts there"


@dataclass(frozen=True)
class Target:
    """A group that contacts are put into."""

    group: Group | None = None
    """None for a new group."""
    new: NewGroup | None = None
    duplicates: list[Group] = field(default_factory=list)
    """Groups that have the new group's name already."""

    @property
    def name(self) -> str:
        """The group's name."""
        return self.group.name if self.group else self.new.name if self.new else ""


class NoTarget(Exception):
    """The user has to choose or name the group again: the form's fields say why.

    Attributes:
        duplicates: the groups that have the new name already, if that is the question.

    """

    def __init__(self, duplicates: list[Group] | None = None) -> None:
        super().__init__("no target")
        self.duplicates = duplicates or []


def find_target(form: BulkForm, groups: Rows[Group], source: UUID | None) -> Target:
    """Find the group that a form asks for.

    Args:
        form: gets an error if there is no such group.
        groups: all groups, as they are now.
        source: the group that the contacts come from, which can't be the target.

    Raises:
        NoTarget: when the user has to be asked.

    """
    choice = form.group.data or (NEW_GROUP if form.new_name else "")
    if choice == NEW_GROUP:
        return _new_group(form, groups)
    if choice == NAMED_GROUP:
        named = find_duplicates(form.new_name, groups.rows)
        if len(named) != 1:
            raise _refused(form, "name", SEVERAL_OF_NAME if named else NO_SUCH_NAME)
        group: Group | None = named[0]
    else:
        if (group_id := read_id(choice)) is None:
            raise _refused(form, "group", NO_CHOICE)
        group = next((each for each in groups.rows if each.id == group_id), None)
    if group is None:
        raise _refused(form, "group", GROUP_GONE)
    if group.id == source:
        raise _refused(form, "group", SAME_GROUP)
    return Target(group)


def _new_group(form: BulkForm, groups: Rows[Group]) -> Target:
    try:
        check_name(form, form.name)
    except ValidationError as error:
        raise _refused(form, "name", str(error)) from error
    duplicates = find_duplicates(form.new_name, groups.rows)
    if duplicates and form.anyway.data != form.new_name:
        question = duplicate_question(duplicates)
        form.name.errors = [*form.name.errors, question]
        raise NoTarget(duplicates)
    return Target(new=NewGroup(form.new_name), duplicates=duplicates)


def _refused(form: BulkForm, field_name: str, message: str) -> NoTarget:
    form[field_name].errors = [*form[field_name].errors, message]
    return NoTarget()
