"""Describe the results of an action on contacts, one line for each number and group."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from uuid import UUID

from webapp.actions.models import GROUP_KINDS, SUCCEEDED, Change, ChangeKind, Outcome
from webapp.actions.outcome_text import describe_outcome
from webapp.actions.reconcile import reconcile
from webapp.actions.records import find_action
from webapp.phone_numbers.reading import SAME_ABOVE, warn_of_number
from webapp.phonebook import Contact
from webapp.phonebook.errors import PhonebookError
from webapp.phonebook.models import find_in_no_group
from webapp.web.current import Budget, phonebook
from webapp.web.error_pages import log_failure

_VERBS = {
    ChangeKind.ADD: "added",
    ChangeKind.REMOVE: "removed",
    ChangeKind.CREATE_CONTACT: "created",
    ChangeKind.CHANGE_CONTACT: "changed",
    ChangeKind.DELETE_CONTACT: "deleted",
}


@dataclass(frozen=True)
class ResultLine:
    """The result for one number in one group."""

    number: str
    group_id: UUID | None
    group: str
    text: str
    is_done: bool
    """Whether the phonebook is now as requested."""
    kind: ChangeKind
    """The kind of the last change."""
    is_contact: bool = False
    is_repeated: bool = False
    """Whether the same number was on an earlier line."""
    warning: str | None = None
    was_unnecessary: bool = False
    """Whether the phonebook was as requested before."""


@dataclass(frozen=True)
class ActionResults:
    """The results of an action on contacts."""

    action_id: int
    kind: ChangeKind
    """The kind of the first change."""
    lines: list[ResultLine]
    is_under_way: bool
    creates: bool
    """Whether the action creates contacts for unknown numbers."""

    @property
    def done(self) -> list[ResultLine]:
        """The lines that are done."""
        return [line for line in self.lines if line.is_done]

    @property
    def not_done(self) -> list[ResultLine]:
        """The lines that are not done, without repeated numbers."""
        return [line for line in self.lines if not line.is_done and not line.is_repeated]

    @property
    def repeated(self) -> list[ResultLine]:
        """The lines that repeat a number of an earlier line."""
        return [line for line in self.lines if line.is_repeated]

    @property
    def contact_numbers(self) -> set[str]:
        """The numbers that belong to a contact."""
        return {line.number for line in self.lines if line.is_contact}

    @property
    def summary(self) -> str:
        """The number of lines by result: "22 added · 2 listed twice · 6 need attention"."""
        counts = Counter("unchanged" if line.was_unnecessary else _VERBS[line.kind] for line in self.done)
        parts = [f"{count} {what}" for what, count in counts.items()]
        parts += [f"{len(self.repeated)} listed twice"] if self.repeated else []
        attention = len(self.not_done)
        parts += [f"{attention} {'needs' if attention == 1 else 'need'} attention"] if attention else []
        return " · ".join(parts)

    @property
    def groups(self) -> dict[UUID, str]:
        """The names of the groups on the lines, by id."""
        return {line.group_id: line.group for line in self.lines if line.group_id}


def find_results(action_id: int) -> ActionResults | None:
    """Return the results of an action on contacts, after reconciling; None if there is no such action.

    Raises:
        StoreError: when it can't be read.

    """
    action = find_action(action_id)
    if not action or action.changes[0].kind in GROUP_KINDS:
        return None
    undecided = [change for change in action.changes if change.is_undecided]
    decided = {change.id: change for change in reconcile(undecided, phonebook(Budget.LOOK_UP))} if undecided else {}
    changes = [decided.get(change.id, change) for change in action.changes]
    return ActionResults(
        action_id,
        changes[0].kind,
        list(_lines(changes)),
        is_under_way=action.is_running,
        creates=any(change.kind is ChangeKind.CREATE_CONTACT for change in changes),
    )


def find_new_orphans(results: ActionResults) -> list[Contact]:
    """Return the removed contacts that are in no group now; none if they can't be fetched."""
    removed = {line.number for line in results.done if line.kind is ChangeKind.REMOVE}
    if not removed or results.is_under_way:
        return []
    try:
        found = phonebook(Budget.LOOK_UP).list_contacts().derive(find_in_no_group)
    except PhonebookError as error:
        log_failure(error)
        return []
    return [contact for contact in found.rows if contact.number in removed]


def _lines(changes: list[Change]) -> Iterator[ResultLine]:
    step = []
    for place, change in enumerate(changes, 1):
        step.append(change)
        # A contact that was created is added to a group by the next change, on the same line.
        if change.kind is not ChangeKind.CREATE_CONTACT or place == len(changes):
            yield _line(step)
            step = []


def _line(step: list[Change]) -> ResultLine:
    last, number = step[-1], step[-1].number or ""
    is_done = last.outcome in SUCCEEDED or _was_unnecessary(last)
    return ResultLine(
        number,
        last.group_id,
        last.before or "",
        describe_changes(step),
        is_done=is_done,
        kind=last.kind,
        is_contact=any(change.is_of_contact for change in step),
        is_repeated=last.detail == clause(SAME_ABOVE),
        was_unnecessary=_was_unnecessary(last),
        warning=warn_of_number(number) if is_done and last.kind is ChangeKind.ADD else None,
    )


def _was_unnecessary(change: Change) -> bool:
    """Whether Messente refused a change because the phonebook was already as requested."""
    already = {ChangeKind.ADD: "Conflict", ChangeKind.REMOVE: "NotFound"}
    return change.outcome is Outcome.REFUSED and change.error is not None and already.get(change.kind) == change.error


def describe_changes(step: Iterable[Change]) -> str:
    """Describe the outcomes of the changes to one number, as a sentence without its full stop."""
    *before, last = step
    made = [_VERBS[change.kind] for change in before if change.outcome in SUCCEEDED]
    verb = _VERBS[last.kind]
    if last.outcome is Outcome.DONE:
        return " and ".join([*made, verb]).capitalize()
    if last.outcome is Outcome.SKIPPED and before and before[-1].outcome not in SUCCEEDED:
        return describe_changes(before)  # the reason why the last change was not sent
    if _was_unnecessary(last):
        what = "Already in the group" if last.kind is ChangeKind.ADD else "Was no longer in the group"
    elif last.is_undecided:
        what = f"Unknown whether this was {verb}: Messente gave no clear answer, and the phonebook does not show it yet"
    elif last.outcome is Outcome.SKIPPED and before and before[-1].outcome is Outcome.CONFIRMED:
        what = f"Not {verb}: it was unclear at first whether the contact was {made[-1]}, so this was not sent"
    elif last.outcome is Outcome.SKIPPED:
        what = f"Not {verb}: {last.detail}"
    else:
        what = describe_outcome(last).replace("Not done:", f"Not {verb}:", 1)
    return f"{' and '.join(made).capitalize()}. {what}" if made else what


def clause(sentence: str) -> str:
    """Lower the first letter of a sentence, so that it can follow a colon."""
    return sentence[:1].lower() + sentence[1:]
