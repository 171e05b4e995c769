"""What became of a batch, in words: a line for each number."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from uuid import UUID

from webapp.activity import entries
from webapp.activity.entries import OF_GROUPS, UNDECIDED, Entry, Kind, Outcome
from webapp.activity.words import ended
from webapp.contacts import outcomes
from webapp.contacts.listing import in_no_group
from webapp.members.batch import NO_TIME
from webapp.phone_numbers.reading import SAME_ABOVE, warn_of_number
from webapp.phonebook import Contact
from webapp.phonebook.errors import PhonebookError
from webapp.site.context import LOOK, phonebook
from webapp.site.errors import log_failure

_VERBS = {
    Kind.ADD: "added",
    Kind.REMOVE: "removed",
    Kind.CREATE_CONTACT: "created",
    Kind.CHANGE_CONTACT: "changed",
    Kind.DELETE_CONTACT: "deleted",
}
_MADE = (Outcome.DONE, Outcome.CONFIRMED)


@dataclass(frozen=True)
class Line:
    """What became of one number in one group."""

    number: str
    group_id: UUID | None
    group: str
    told: str
    is_done: bool
    """Whether it is now as was asked for."""
    kind: Kind
    """What was asked for last."""
    is_contact: bool = False
    is_double: bool = False
    """Whether its number stands above, too."""
    is_late: bool = False
    """Whether it was not sent because there was no time left."""
    warning: str | None = None
    is_partly: bool = False
    """Whether something was changed all the same, such as a contact that was created and not added to the group."""


@dataclass(frozen=True)
class Results:
    """What became of a batch."""

    first: Entry
    lines: list[Line]
    is_under_way: bool
    creates: bool
    """Whether contacts were to be created for numbers that were not known."""

    @property
    def done(self) -> list[Line]:
        """The lines where all is as was asked for."""
        return [line for line in self.lines if line.is_done]

    @property
    def open(self) -> list[Line]:
        """The lines that are not done."""
        return [line for line in self.lines if not line.is_done and not line.is_double]

    @property
    def doubles(self) -> list[Line]:
        """The lines whose number stands above them, too: nothing is to be done about them."""
        return [line for line in self.lines if line.is_double]

    @property
    def late(self) -> list[Line]:
        """The lines that were not sent because there was no time left."""
        return [line for line in self.open if line.is_late]

    @property
    def contacts(self) -> set[str]:
        """The numbers among them that are a contact's."""
        return {line.number for line in self.lines if line.is_contact}

    @property
    def changed_nothing(self) -> bool:
        """Whether all is as it was."""
        return not any(line.is_done or line.is_partly for line in self.lines)

    @property
    def groups(self) -> dict[UUID, str]:
        """The groups that they are about."""
        return {line.group_id: line.group for line in self.lines if line.group_id}


def find(entry_id: int) -> Results | None:
    """Look up a batch by its first entry, and what the phonebook shows of changes whose outcome is not known.

    Raises:
        StoreError: when it can't be read.

    """
    found = entries.find_all(entry_id)
    if not found or found[0].kind in OF_GROUPS:
        return None
    undecided = [entry for entry in found if entry.outcome in UNDECIDED and not entry.is_under_way]
    if undecided:
        decided = {entry.id: entry for entry in outcomes.settle(undecided, phonebook(LOOK))}
        found = [decided.get(entry.id, entry) for entry in found]
    return Results(
        found[0],
        list(_lines(found)),
        is_under_way=any(entry.is_under_way for entry in found),
        creates=any(entry.kind is Kind.CREATE_CONTACT for entry in found),
    )


def in_no_group_now(results: Results) -> list[Contact]:
    """Look which of the contacts that were removed from groups are in none now; nobody, where that can't be told."""
    removed = {line.number for line in results.done if line.kind is Kind.REMOVE}
    if not removed or results.is_under_way:
        return []
    try:
        found = phonebook(LOOK).list_contacts().derive(in_no_group)
    except PhonebookError as error:
        log_failure(error)
        return []
    return [contact for contact in found.rows if contact.number in removed]


def _lines(found: list[Entry]) -> Iterator[Line]:
    step = []
    for place, entry in enumerate(found, 1):
        step.append(entry)
        if entry.kind is not Kind.CREATE_CONTACT or place == len(found):  # what is created is put into a group next
            yield _line(step)
            step = []


def _line(found: list[Entry]) -> Line:
    last, number = found[-1], found[-1].number or ""
    is_done = last.outcome in _MADE or _was_so_already(last)
    return Line(
        number,
        last.group_id,
        last.before or "",
        told(found),
        is_done=is_done,
        kind=last.kind,
        is_contact=any(entry.is_of_contact for entry in found),
        is_double=last.detail == clause(SAME_ABOVE),
        is_partly=any(entry.outcome in _MADE for entry in found),
        is_late=any(entry.detail == NO_TIME for entry in found),
        warning=warn_of_number(number) if is_done and last.kind is Kind.ADD else None,
    )


def _was_so_already(entry: Entry) -> bool:
    """Whether a refusal means that it was as asked for before."""
    already = {Kind.ADD: "Conflict", Kind.REMOVE: "NotFound"}
    return entry.outcome is Outcome.REFUSED and entry.error is not None and already.get(entry.kind) == entry.error


def told(found: Iterable[Entry]) -> str:
    """Say how the changes to one number ended, as a sentence without its full stop."""
    *before, last = found
    made = [_VERBS[entry.kind] for entry in before if entry.outcome in _MADE]
    verb = _VERBS[last.kind]
    if last.outcome is Outcome.DONE:
        return " and ".join([*made, verb]).capitalize()
    if last.outcome is Outcome.KEPT_BACK and before and before[-1].outcome not in _MADE:
        return told(before)  # which is why
    if _was_so_already(last):
        what = "It was in the group already" if last.kind is Kind.ADD else "It was not in the group any more"
    elif last.outcome in UNDECIDED and not last.is_under_way:
        what = f"Not known whether it was {verb}: Messente gave no clear answer, and the phonebook does not show it yet"
    elif last.outcome is Outcome.KEPT_BACK and before and before[-1].outcome is Outcome.CONFIRMED:
        what = f"Not {verb}: Messente gave no clear answer at first to whether it was {made[-1]}, so this was not sent"
    elif last.outcome is Outcome.KEPT_BACK:
        what = f"Not {verb}: {last.detail}"
    else:
        what = ended(last).replace("Not done;", f"Not {verb}:", 1)
    return f"{' and '.join(made).capitalize()}. {what}" if made else what


def clause(sentence: str) -> str:
    """Write a sentence as what follows a colon."""
    return sentence[:1].lower() + sentence[1:]
