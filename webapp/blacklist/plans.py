"""Plans of the blacklist's forms."""

from webapp.actions.models import ChangeKind
from webapp.actions.not_run import NotRun
from webapp.actions.plan import Plan, PlannedChange
from webapp.actions.results import clause
from webapp.blacklist.forms import BlockForm
from webapp.phone_numbers.pasted import NumberLine
from webapp.phone_numbers.reading import check_number
from webapp.phonebook import Contact
from webapp.web.current import phonebook
from webapp.web.time_budget import Budget


def plan_blocking(form: BlockForm) -> Plan:
    """Plan to put numbers on the blacklist. Numbers that are on it already are sent, too, and count as done.

    Raises:
        NotRun: when the only number can't exist, and is no contact's.

    """
    impossible = {line.number: reason for line in form.lines if line.number and (reason := check_number(line.number))}
    client = phonebook(Budget.CHECK)
    if impossible:  # somebody may have typed it wrong, unless a contact has it
        found = client.each(client.get_contact, list(impossible))
        impossible = {number: impossible[number] for number, contact in found if not isinstance(contact, Contact)}
    if impossible and len(form.lines) == 1:
        form.refuse(next(iter(impossible.values())))
        raise NotRun(status=422)
    return Plan([[_plan_line(line, impossible.get(line.number or ""))] for line in form.lines])


def _plan_line(line: NumberLine, reason: str | None) -> PlannedChange:
    reason = line.reason or reason
    number = line.number or line.text
    return PlannedChange(kind=ChangeKind.BLOCK, number=number, skip_reason=clause(reason) if reason else "")


def plan_unblocking(number: str) -> Plan:
    """Plan to take a number off the blacklist."""
    return Plan([[PlannedChange(kind=ChangeKind.UNBLOCK, number=number)]])
