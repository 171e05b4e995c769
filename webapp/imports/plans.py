"""The plan of an import: the changes that its preview shows."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial

from webapp.actions.models import ChangeKind
from webapp.actions.not_run import NotRun
from webapp.actions.plan import NewGroup, Plan, PlannedChange
from webapp.groups.plans import find_duplicates
from webapp.imports.forms import ImportForm
from webapp.imports.preview import ImportPreview, PlannedRow, State, preview_import
from webapp.imports.reading import FileReading
from webapp.imports.target_groups import TargetGroup
from webapp.web.current import phonebook
from webapp.web.time_budget import Budget

KIND = "import"


def preview_form(reading: FileReading, form: ImportForm, until: float) -> ImportPreview:
    """Work out what a form would do; see `preview_import`."""
    return preview_import(partial(reading.rows, form), form.options, phonebook(until))


def plan_form(form: ImportForm, reading: FileReading) -> Plan:
    """Plan the import that a form asks for.

    Raises:
        NotRun: to ask the user something, or to show a preview that has changed.

    """
    found = preview_form(reading, form, Budget.ORPHANS)
    form.refused = reading.refused(found)
    ask: Callable[..., NotRun] = partial(NotRun, shown=found)
    groups = found.all_groups.rows
    if not form.check_name() or not form.check_group(groups) or form.asks_about_duplicates(groups):
        raise ask(status=422)
    if form.asks_about_new_groups(found.new_groups):
        raise ask(status=422)
    has_new_choices = form.chosen != form.shown.data
    if found.questions or has_new_choices or found.digest != form.seen.data:
        raise ask(changed=not has_new_choices and not found.questions, has_new_choices=has_new_choices)
    return plan_import(found)


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
