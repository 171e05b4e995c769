"""The plan of an import: the changes that its preview shows."""

from collections.abc import Iterator, Mapping
from functools import partial

from webapp.actions.models import ChangeKind
from webapp.actions.plan import NewGroup, Plan, PlannedChange
from webapp.groups.plans import find_duplicates
from webapp.imports.preview import ImportPreview, PlannedRow, State, TargetGroup

KIND = "import"


def plan_import(preview: ImportPreview) -> Plan:
    """Plan an import: first new groups are created, then each row's changes are made."""
    steps = [step for row in preview.rows for step in _steps(row, preview.groups)]
    contacts = Plan(steps, kind=KIND)
    created = [target.group for target in preview.groups.values() if isinstance(target.group, NewGroup)]
    if not created:
        return contacts
    creations = [
        [
            PlannedChange(
                kind=ChangeKind.CREATE,
                new_group=group,
                name=group.name,
                duplicates=find_duplicates(group.name, preview.all_groups.rows),
            )
        ]
        for group in created
    ]
    return Plan(creations, contacts, kind=KIND)


def _steps(planned: PlannedRow, groups: Mapping[str, TargetGroup]) -> Iterator[list[PlannedChange]]:
    """Yield the steps of a row: a contact has to be there before they can be put in groups."""
    number = planned.row.number
    joins = [_join(number, groups[key]) for key in planned.joins]
    if planned.state is State.NEW:
        yield [PlannedChange(kind=ChangeKind.CREATE_CONTACT, number=number, details=planned.details), *joins]
    else:
        if planned.details:
            replaced = {"details": planned.before}
            yield [
                PlannedChange(kind=ChangeKind.CHANGE_CONTACT, number=number, details=planned.details, replaced=replaced)
            ]
        yield from ([join] for join in joins)
    if planned.blocks is not None:
        kind = ChangeKind.BLOCK if planned.blocks else ChangeKind.UNBLOCK
        yield [PlannedChange(kind=kind, number=number)]


def _join(number: str, target: TargetGroup) -> PlannedChange:
    add = partial(PlannedChange, kind=ChangeKind.ADD, number=number)
    return add(new_group=target.group) if isinstance(target.group, NewGroup) else add(group=target.group)
