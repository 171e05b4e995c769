"""Changes to who is in a group: one contact is added, many by their numbers, or ticked ones are removed."""

from collections.abc import Iterable, Sequence
from functools import partial
from uuid import UUID

from flask import Response, redirect, render_template, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response as BaseResponse

from webapp.activity import entries
from webapp.activity.entries import Entry, Intent, Kind, Outcome
from webapp.contacts import outcomes
from webapp.contacts.forms import ContactForm
from webapp.contacts.listing import TABLE
from webapp.contacts.unsaved import edit_instead
from webapp.members.batch import NO_TIME, Batch, Step
from webapp.members.forms import NumbersForm, RemoveForm
from webapp.members.results import clause, told
from webapp.phone_numbers.reading import Line, check_number, warn_of_number
from webapp.phonebook import Contact, Group, PhonebookClient, Rows
from webapp.phonebook.errors import Changed, InvalidData, NotFound, OutOfTime, PhonebookError, TimedOut
from webapp.site.context import CHECK, phonebook
from webapp.site.errors import error_page, group_gone
from webapp.site.failures import Failure, explain
from webapp.site.filters import quoted
from webapp.site.forms import STALE, form_page
from webapp.site.listing import Query, in_order
from webapp.site.notices import notify
from webapp.site.paging import PAGE_SIZE

NOTICE = "members/notice.html"
UNCHANGED = "The group is not changed."

NOT_KNOWN = "the phonebook has no contact of this number, and you did not ask to create one"

NONE_TICKED = Failure(
    "No contacts are ticked", "Tick the contacts that shall leave the group, then press the button again.", 422
)
TOO_MANY_TICKED = Failure(
    "Too many contacts are ticked", f"Nothing was removed. Tick {PAGE_SIZE} contacts or fewer at a time.", 422
)


_LATE = (OutOfTime, TimedOut)


class _MemberBatch(Batch):
    """What changes to who is in one group have in common."""

    wanted = "the group's contacts"
    """What is looked up before anything is sent, to follow "We could not get"."""

    def __init__(self, group_id: UUID) -> None:
        self.group_id = group_id

    def failed(self, error: PhonebookError) -> BaseResponse:
        if isinstance(error, NotFound):
            return group_gone()
        return self.page(failure=explain(error, unchanged=UNCHANGED, wanted=self.wanted))


class AddOne(_MemberBatch):
    """Put one contact into a group, and create it if it is not known."""

    wanted = "the contact of this number"
    form: ContactForm

    def __init__(self, form: ContactForm, group_id: UUID) -> None:
        super().__init__(group_id)
        self.form = form

    def page(self, *, failure: Failure | None = None, status: int = 422, known: Contact | None = None) -> Response:
        return form_page(
            "members/add.html", self.form, status=status, failure=failure, group_id=self.group_id, known=known
        )

    @property
    def digest(self) -> str:
        return outcomes.digest(self.form.details)

    def asked_for(self, entry: Entry) -> bool:
        return (entry.asked, entry.number, entry.group_id) == (self.digest, self.form.wanted, self.group_id)

    def plan(self) -> Sequence[Step] | BaseResponse:
        client, number = phonebook(CHECK), self.form.wanted
        group = client.get_group(self.group_id)
        add = Intent(kind=Kind.ADD, group=group, number=number)
        try:
            known = client.get_contact(number)
        except NotFound:
            if not self.form.can_be_created():
                return self.page()
            return [Step((Intent(kind=Kind.CREATE_CONTACT, group=group, number=number), add), self.form.details)]
        if self.form.missing_from(known) and self.form.anyway.data != number:
            self.form.refuse_number(_known_already(known))
            return self.page(status=409, known=known)
        return [Step((add,))]

    def tell(self, entry: Entry) -> BaseResponse:
        """Lead to the group where all went well; else show what was typed again where it was not saved."""
        *_, last = found = entries.find_all(entry.id)
        refused = next((each for each in found if each.error == InvalidData.__name__), None)
        if refused:
            self.form.refuse_number(refused.detail or "Messente can't accept this contact")
            return self.page()
        if page := self._not_saved(found):
            return page
        if last.outcome is not Outcome.DONE:
            return super().tell(entry)
        created = len(found) > 1 and found[0].outcome is Outcome.DONE
        kind, warning = "created and added" if created else "added", warn_of_number(last.number or "")
        notify(NOTICE, kind=kind, number=last.number, group=last.before, warning=warning)
        return redirect(url_for("groups.show", group_id=self.group_id), 303)

    def _not_saved(self, found: list[Entry]) -> Response | None:
        """Show what was typed of the contact, if it is not known to be in the phonebook."""
        create, add = found[0], found[-1]
        if create.kind is not Kind.CREATE_CONTACT or create.outcome is Outcome.DONE or create.is_under_way:
            return None
        added = Markup("It was added to {}.").format(quoted(add.before or ""))
        if page := edit_instead(self.form, added if add.outcome is Outcome.DONE else f"{told(found)}."):
            return page
        error = create.failure
        if error is None or error.changed is not Changed.UNKNOWN:
            return None
        seen = partial(outcomes.look, create)
        return self.page(failure=explain(error, change="the contact was created", seen=seen, unchanged=UNCHANGED))


class AddNumbers(_MemberBatch):
    """Put contacts into a group by their numbers, and create those that are not known where the reader wants that."""

    wanted = "the contacts of these numbers"
    form: NumbersForm

    def __init__(self, form: NumbersForm, group_id: UUID) -> None:
        super().__init__(group_id)
        self.form = form

    def page(self, *, failure: Failure | None = None) -> Response:
        return form_page("members/add_numbers.html", self.form, failure=failure, group_id=self.group_id)

    @property
    def content(self) -> Iterable[str]:
        return [str(self.group_id), str(bool(self.form.create.data)), *(line.text for line in self.form.lines)]

    def plan(self) -> Sequence[Step] | BaseResponse:
        client = phonebook(CHECK)
        group = client.get_group(self.group_id)
        numbers = [line.number for line in self.form.lines if line.number]
        known: dict[str, Contact | PhonebookError] = dict(client.each(client.get_contact, numbers))
        failed = [found for found in known.values() if isinstance(found, PhonebookError)]
        late = [error for error in failed if isinstance(error, _LATE)]
        for error in failed:
            if not isinstance(error, (NotFound, *_LATE)) or len(late) == len(known):
                raise error  # nothing was begun: better ask once more than guess who is known
        return [self._step(line, group, known) for line in self.form.lines]

    def _step(self, line: Line, group: Group, known: dict[str, Contact | PhonebookError]) -> Step:
        intent = partial(Intent, group=group, number=line.number or line.text)
        if line.number is None:
            return Step((intent(kind=Kind.ADD, kept_back=clause(line.reason or "")),))
        if isinstance(known[line.number], Contact):
            return Step((intent(kind=Kind.ADD),))
        if isinstance(known[line.number], _LATE):
            return Step((intent(kind=Kind.ADD, kept_back=NO_TIME),))
        reason = check_number(line.number) or (None if self.form.create.data else NOT_KNOWN)
        if reason:
            return Step((intent(kind=Kind.ADD, kept_back=clause(reason)),))
        return Step((intent(kind=Kind.CREATE_CONTACT), intent(kind=Kind.ADD)))


class Remove(_MemberBatch):
    """Take the ticked contacts out of a group, after the reader was told who would be in no group then."""

    form: RemoveForm

    def __init__(self, form: RemoveForm, group_id: UUID) -> None:
        super().__init__(group_id)
        self.form = form

    def page(self, *, failure: Failure | None = None) -> Response:
        """Lead back: what is to be removed is ticked on the group's page."""
        return error_page(failure or STALE, again=url_for("groups.show", group_id=self.group_id))

    @property
    def content(self) -> Iterable[str]:
        return [str(self.group_id), *self.form.numbers]

    def plan(self) -> Sequence[Step] | BaseResponse:
        if not self.form.numbers:
            return self.page(failure=NONE_TICKED)
        if len(self.form.numbers) > PAGE_SIZE:
            return self.page(failure=TOO_MANY_TICKED)
        group, contacts, last = self._found()
        if self.form.was_told(_alone(last)):
            return [Step((Intent(kind=Kind.REMOVE, group=group, number=number),)) for number in self.form.numbers]
        return self._question(group, contacts, last)

    def ask(self) -> Response:
        """Ask about them, whatever the reader was told before."""
        return self._question(*self._found())

    def _found(self) -> tuple[Group, list[Contact], dict[str, bool | None]]:
        """Look which of them are in the group, and say of each whether it is in no other."""
        client, ticked = phonebook(CHECK), set(self.form.numbers)
        group = client.get_group(self.group_id)
        members = in_order(client.list_contacts(self.group_id), TABLE, Query())
        contacts = [contact for contact in members if contact.number in ticked]
        return group, contacts, _last_groups(client, self.group_id, [contact.number for contact in contacts])

    def _question(self, group: Group, contacts: list[Contact], last: dict[str, bool | None]) -> Response:
        asked_before, gone = bool(self.form.confirmed.data), len(self.form.numbers) - len(contacts)
        self.form.ask_again(_alone(last))
        told = {"group": group, "contacts": contacts, "last": last, "gone": gone, "asked_before": asked_before}
        return Response(render_template("members/remove.html", form=self.form, **told), 409 if asked_before else 200)


def _known_already(contact: Contact) -> Markup:
    called = Markup(", as {}").format(quoted(contact.name)) if contact.name else ""
    return Markup(
        "This number is in the phonebook already{}. What you typed besides it is not changed there by this."
    ).format(called)


def _last_groups(client: PhonebookClient, group_id: UUID, numbers: Iterable[str]) -> dict[str, bool | None]:
    """Say of each number whether that group is the only one that its contact is in; None if that can't be told."""

    def is_last(found: Rows[Group] | PhonebookError) -> bool | None:
        if isinstance(found, NotFound):
            return False  # the contact is gone, and so from the group
        if isinstance(found, PhonebookError):
            return None
        if any(group.id != group_id for group in found.rows):
            return False
        return None if found.unreadable else True

    return {number: is_last(found) for number, found in client.each(client.list_groups_of, numbers)}


def _alone(last: dict[str, bool | None]) -> list[str]:
    return [number for number, is_last in last.items() if is_last]
