"""Several changes by one form: all recorded before the first is sent, each sent once and told of by itself."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from flask import redirect, url_for
from werkzeug.wrappers import Response as BaseResponse

from webapp.activity import entries
from webapp.activity.change import RecordedChange
from webapp.activity.entries import Entry, Intent, Kind
from webapp.phonebook import PhonebookClient
from webapp.phonebook.errors import Conflict, PhonebookError
from webapp.site.context import BEGIN, CHANGE, phonebook, time_left
from webapp.site.errors import log_failure

NO_TIME = "there was no time left for it"
NOT_REACHED = "the step before it had not clearly worked, so this one was not sent"

End = PhonebookError | str | None
"""How one change ended: with an error, not sent for a reason, or well."""


@dataclass(frozen=True)
class Step:
    """What is done about one number: one change after the other, as long as they work."""

    intents: tuple[Intent, ...]
    details: Mapping[str, str | None] = field(default_factory=dict)
    """Of a contact that is created."""


class Batch(RecordedChange):
    """A form that asks for several changes to contacts and memberships."""

    def plan(self) -> Sequence[Step] | BaseResponse:
        """Look what is to be done: one step or more; or answer with a page, having changed nothing."""
        raise NotImplementedError

    @property
    def content(self) -> Iterable[str]:
        """What stands in the form, as far as it matters: a form with something else in it is another."""
        raise NotImplementedError

    def check_and_send(self) -> BaseResponse | Entry:
        """Record all, then send them side by side."""
        plan = self.plan()
        if isinstance(plan, BaseResponse):
            return plan
        intents = [intent for step in plan for intent in step.intents]
        found = entries.begin_all(self.form.key, intents, digest=self.digest)
        client = phonebook(CHANGE)
        rest = iter(found)
        begun = [(step, [next(rest) for _ in step.intents]) for step in plan]
        for _, ends in client.each(lambda place: list(_send(*begun[place], client)), range(len(begun))):
            if isinstance(ends, list):  # no error comes out of it: each change has its own
                entries.settle_all(ends)
        return found[0]

    def asked_for(self, entry: Entry) -> bool:
        """Whether an entry is of a form with the same in it."""
        return entry.asked == self.digest

    def tell(self, entry: Entry) -> BaseResponse:
        """Lead to the page that tells how each has ended, or how far it is."""
        return redirect(url_for("contacts.results", entry_id=entry.id), 303)

    @property
    def digest(self) -> str:
        """What stands in the form, so that it tells it from another and gives nothing away."""
        return hashlib.sha256("\0".join(self.content).encode("utf-8", "surrogatepass")).hexdigest()


def _send(step: Step, found: list[Entry], client: PhonebookClient) -> Iterator[tuple[Entry, End]]:
    """Send a step's changes, unless it is too late to begin, and say how each ended."""
    goes_on, is_late = True, not time_left(BEGIN)
    for intent, entry in zip(step.intents, found, strict=True):
        if intent.kept_back:
            continue
        if is_late:
            yield entry, NO_TIME
            continue
        if not goes_on:
            yield entry, NOT_REACHED
            continue
        try:
            _send_one(intent, step.details, client)
        except PhonebookError as error:
            log_failure(error)
            yield entry, error
            # Where somebody else has done it meanwhile, the rest can be done all the same.
            goes_on = isinstance(error, Conflict) and intent.kind in {Kind.CREATE_CONTACT, Kind.ADD}
        else:
            yield entry, None


def _send_one(intent: Intent, details: Mapping[str, str | None], client: PhonebookClient) -> None:
    number = intent.number or ""
    if intent.kind is Kind.CREATE_CONTACT:
        client.create_contact(number, details)
    elif intent.group is None:
        raise ValueError(f"{intent.kind} in a batch has no group")
    elif intent.kind is Kind.ADD:
        client.add_to_group(intent.group.id, number)
    else:
        client.remove_from_group(intent.group.id, number)
