"""The page that shows every component in every state. It exists only in the sandbox."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from flask import Blueprint, abort, render_template

from webapp.actions.history import HistoryRow
from webapp.actions.models import Change, ChangeKind, Outcome
from webapp.actions.results import result_line
from webapp.actions.totals import KindTotal, LineState, Totals
from webapp.bulk.forms import BulkForm
from webapp.groups.forms import DeleteGroupForm, NewGroupForm, refuse_name
from webapp.groups.table import GROUPS_TABLE
from webapp.memberships.forms import NumbersForm
from webapp.phonebook import Contact, Group, Rows
from webapp.web.current import person, settings
from webapp.web.failures import Failure
from webapp.web.lists import ListQuery, paginate

SAMPLE_NAMES = ("Tallinn staff", "a" * 250, "مجموعة الموظفين", "<script>alert(1)</script>")
SAMPLE_FAILURE = Failure("We could not reach Messente", "Your groups were not changed. Try again in a minute.", 503)

blueprint = Blueprint("styleguide", __name__)


@blueprint.get("/styleguide")
def index() -> str:
    """Show all components."""
    if not settings().sandbox:
        abort(404)
    wrong = _field("wrong", "")
    refuse_name(wrong, "Enter a group name")
    wrong_hinted = _field("wrong-hinted", SAMPLE_NAMES[1] + "a")
    refuse_name(wrong_hinted, "Group name must be 250 characters or fewer")
    wrong_choosing = BulkForm(formdata=None, prefix="wrong-choosing")
    wrong_choosing.group.errors = ["Choose a group"]
    groups = [
        Group(UUID(int=number), SAMPLE_NAMES[number % 4], number * 37, "2024-05-03T12:00:00Z") for number in range(120)
    ]
    return render_template(
        "styleguide/index.html",
        fresh=_field("fresh", "Tallinn staff"),
        hinted=_field("hinted", ""),
        wrong=wrong,
        wrong_hinted=wrong_hinted,
        choosing=BulkForm(formdata=None, prefix="choosing"),
        wrong_choosing=wrong_choosing,
        numbers=NumbersForm(formdata=None, prefix="pasted", data={"numbers": "+37255550001\n+37255550002"}),
        contact=Contact(
            "+37255550001", first_name="Mari", company=SAMPLE_NAMES[1], email="mari@example.com", title=SAMPLE_NAMES[2]
        ),
        asking=DeleteGroupForm.for_group(groups[0], None),
        failure=SAMPLE_FAILURE,
        listing=paginate(Rows(tuple(groups)), GROUPS_TABLE, ListQuery(sort="-contacts", page=2)),
        largest=max(group.contacts_count for group in groups),
        rows=[_row(outcome) for outcome in Outcome],
        change=_change(Outcome.DONE),
        odd=SAMPLE_NAMES[1],
    )


def _field(prefix: str, name: str) -> NewGroupForm:
    return NewGroupForm(formdata=None, data={"name": name}, prefix=prefix)


def _row(outcome: Outcome) -> HistoryRow:
    change = _change(outcome)
    totals = Totals([KindTotal(change.kind, {LineState.DONE: 1}, change.group_id, change.before, None)])
    lines = [result_line([change])]
    return HistoryRow(1, change.person, change.began, "", totals, lines, can_undo=outcome is Outcome.DONE)


def _change(outcome: Outcome) -> Change:
    return Change(
        id=1,
        action_id=1,
        person=person(),
        kind=ChangeKind.RENAME,
        group_id=UUID(int=1),
        before="Staff",
        asked="Tallinn staff",
        after="Tallinn staff",
        contacts=None,
        duplicates="",
        began=datetime.now(UTC) - timedelta(seconds=1),
        ended=None,
        outcome=outcome,
        error="NotSent" if outcome is Outcome.REFUSED else None,
        changed="no" if outcome is Outcome.REFUSED else None,
        detail=None,
        retry_after=None,
        number=None,
    )
