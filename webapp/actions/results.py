"""Describe the results of an action: a line for each contact and group."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from webapp.actions.models import BLACKLIST_KINDS, SUCCEEDED, Change, ChangeKind, Outcome
from webapp.actions.outcome_text import describe_outcome
from webapp.phone_numbers.reading import warn_of_number

VERBS = {
    ChangeKind.CREATE: "created",
    ChangeKind.RENAME: "renamed",
    ChangeKind.DELETE: "deleted",
    ChangeKind.ADD: "added",
    ChangeKind.REMOVE: "removed",
    ChangeKind.CREATE_CONTACT: "created",
    ChangeKind.CHANGE_CONTACT: "changed",
    ChangeKind.DELETE_CONTACT: "deleted",
    ChangeKind.BLOCK: "added to the blacklist",
    ChangeKind.UNBLOCK: "taken off the blacklist",
}

_SO_ALREADY = {
    ChangeKind.ADD: "Already in the group",
    ChangeKind.REMOVE: "Was no longer in the group",
    ChangeKind.DELETE: "Already deleted",
    ChangeKind.DELETE_CONTACT: "Already deleted",
    ChangeKind.BLOCK: "Already on the blacklist",
    ChangeKind.UNBLOCK: "Was not on the blacklist any more",
}


@dataclass(frozen=True)
class ResultLine:
    """The result for one contact in one group, or of one change to a group or a contact."""

    change: Change
    """The last change of the line. A contact that was created is added to a group by the next change."""
    text: str
    is_contact: bool
    """Whether its number belongs to a contact."""
    warning: str | None
    """Why the number of a new contact is doubtful."""
    is_created: bool = False
    """Whether the change before it creates the contact."""

    @property
    def may_be_contact(self) -> bool:
        """Whether its number is worth looking up: on the blacklist are contacts' numbers and others."""
        return self.is_contact or (bool(self.number) and self.change.kind in BLACKLIST_KINDS)

    @property
    def number(self) -> str:
        """The contact's number, or what was typed; "" for a change to a group."""
        return self.change.number or ""


def result_line(step: Sequence[Change]) -> ResultLine:
    """Return the line for a step's changes, which are all about one number or group."""
    last = step[-1]
    is_new = len(step) > 1 and last.kind is ChangeKind.ADD and last.has_effect
    return ResultLine(
        last,
        describe_changes(step),
        is_contact=bool(last.number) and any(change.is_of_contact for change in step),
        warning=warn_of_number(last.number or "") if is_new else None,
        is_created=len(step) > 1,
    )


def describe_changes(step: Iterable[Change]) -> str:
    """Describe the outcomes of the changes to one number, as a sentence without its full stop."""
    *before, last = step
    made = [VERBS[change.kind] for change in before if change.outcome in SUCCEEDED]
    verb = VERBS[last.kind]
    if last.outcome is Outcome.DONE:
        return " and ".join([*made, verb]).capitalize()
    if last.outcome is Outcome.SKIPPED and before and before[-1].outcome not in SUCCEEDED:
        return describe_changes(before)  # the reason why the last change was not sent
    if last.was_unnecessary:
        what = _SO_ALREADY[last.kind]
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
