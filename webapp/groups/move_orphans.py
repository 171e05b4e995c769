"""Move the contacts that are only in groups about to be deleted to another group first."""

from uuid import UUID

from wtforms import Field, HiddenField, StringField, ValidationError

from webapp.actions.models import ChangeKind
from webapp.actions.not_run import NotRun
from webapp.actions.plan import Plan, PlannedChange
from webapp.groups.delete_many import preview_deletion
from webapp.groups.selection import Selection
from webapp.web.addresses import read_id
from webapp.web.forms import OnceForm

GROUP_GONE = "This group no longer exists. Choose another"


class MoveOrphansForm(OnceForm):
    """The group to put the contacts into, and what the page said. The groups to delete are in further fields."""

    target = StringField("Group")
    seen = HiddenField()
    """The preview's digest."""

    def validate_target(self, _field: Field) -> None:
        """Require a group."""
        if self.group_id is None:
            raise ValidationError("Choose a group")

    @property
    def group_id(self) -> UUID | None:
        """The id of the chosen group."""
        return read_id(self.target.data or "")


def plan_move(form: MoveOrphansForm, selection: Selection) -> Plan:
    """Plan to add the contacts that are only in the selected groups to the chosen group.

    Raises:
        NotRun: when the group no longer exists, or these contacts have changed since the page was opened.

    """
    preview = preview_deletion(selection)
    target = next((group for group in selection.now.rows if group.id == form.group_id), None)
    if target is None or target in preview.groups:
        form.target.errors = [GROUP_GONE]
        raise NotRun(preview=preview)
    if form.seen.data != preview.digest:
        form.seen.data = preview.digest
        raise NotRun(preview=preview, has_changed=True)
    numbers = sorted(preview.orphans or ())
    return Plan([[PlannedChange(kind=ChangeKind.ADD, group=target, number=number)] for number in numbers])
