"""Changes to one contact: create, edit and delete."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from flask import Response, redirect, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response as BaseResponse

from webapp.activity import entries
from webapp.activity.change import SingleChange, sent
from webapp.activity.entries import Entry, Intent, Kind
from webapp.contacts import outcomes
from webapp.contacts.forms import LONGEST_NAME_KEPT, ContactForm, DeleteForm, DetailsForm, EditForm
from webapp.contacts.listing import LABELS
from webapp.contacts.profile import fetch_profile
from webapp.contacts.unsaved import edit_instead
from webapp.phone_numbers.reading import warn_of_number
from webapp.phonebook import Contact
from webapp.phonebook.errors import Changed, Conflict, InvalidData, NotFound, PhonebookError
from webapp.site.context import CHANGE, CHECK, LOOK, phonebook
from webapp.site.errors import contact_gone, error_page
from webapp.site.failures import Failure, explain
from webapp.site.filters import quoted
from webapp.site.forms import STALE, form_page
from webapp.site.notices import notify

NOTICE = "contacts/notice.html"
UNCHANGED = "Your contacts are not changed."

TOO_LONG = Failure(
    "This contact can't be edited here",
    "What is said of it is too long for a form. It can be edited with Messente's own tools, or deleted.",
    422,
)

THERE_ALREADY = "There is already a contact of this number"


class _ContactChange(SingleChange):
    """What all changes to one contact have in common."""

    kind: Kind
    change: str

    def settled(self, entry: Entry) -> Entry:
        return entry if entry.error else outcomes.settled(entry, phonebook(LOOK))

    def explained(self, error: PhonebookError, entry: Entry | None) -> Failure:
        """Say what an error means; where it is in doubt what has happened, look what the phonebook shows."""
        return explain(error, change=self.change, seen=partial(outcomes.look, entry), unchanged=UNCHANGED)

    def send(
        self, form: DetailsForm | DeleteForm, number: str, call: Callable[[], object], asked: str | None = None
    ) -> Entry:
        """Claim the form, record the change, and send it."""
        [entry] = entries.begin_all(form.key, [Intent(kind=self.kind, number=number)], digest=asked)

        def send_it() -> None:
            call()

        return sent(entry, send_it)


class _DetailsChange(_ContactChange):
    """What creating and changing a contact have in common: the form is about what is said of it."""

    template: str
    form: DetailsForm

    def page(self, *, status: int = 422, failure: Failure | None = None, **context: Any) -> Response:
        return form_page(self.template, self.form, status=status, failure=failure, **context)

    def failed(self, error: PhonebookError, entry: Entry | None = None) -> BaseResponse:
        """Show the form again with what Messente said, at the field if it is about one."""
        if isinstance(error, InvalidData):
            self.form.refuse(error.detail, self.field)
            return self.page()
        return self.page(failure=self.failed_before(self.explained(error, entry), error))

    @property
    def field(self) -> str:
        """At which a refusal is told that names none."""
        raise NotImplementedError


class Create(_DetailsChange):
    """Create a contact, unless there is one of its number."""

    kind, change = Kind.CREATE_CONTACT, "the contact was created"
    template = "contacts/new.html"
    field = "number"
    form: ContactForm

    def __init__(self, form: ContactForm) -> None:
        self.form = form

    def check_and_send(self) -> BaseResponse | Entry:
        number = self.form.wanted
        try:
            contact = phonebook(CHECK).get_contact(number)
        except NotFound:
            if not self.form.can_be_created():
                return self.page()
            create = partial(phonebook(CHANGE).create_contact, number, self.form.details)
            return self.send(self.form, number, create, outcomes.digest(self.form.details))
        return self._there_already(contact)

    def asked_for(self, entry: Entry) -> bool:
        wanted = (self.kind, self.form.wanted, outcomes.digest(self.form.details))
        return (entry.kind, entry.number, entry.asked) == wanted

    def done(self, entry: Entry) -> BaseResponse:
        notify(NOTICE, kind="created", warning=warn_of_number(entry.number or ""))
        return redirect(url_for("contacts.show", number=entry.number), 303)

    def failed(self, error: PhonebookError, entry: Entry | None = None) -> BaseResponse:
        in_doubt = isinstance(error, Conflict) or error.changed is Changed.UNKNOWN
        if entry and in_doubt and (page := edit_instead(self.form)):
            return page
        if isinstance(error, Conflict):
            return self._there_already()
        return super().failed(error, entry)

    def _there_already(self, contact: Contact | None = None) -> Response:
        called = Markup(": {}").format(quoted(contact.name)) if contact and contact.name else ""
        self.form.refuse_number(Markup("{}{}").format(THERE_ALREADY, called))
        return self.page(status=409, there=self.form.wanted)


class Change(_DetailsChange):
    """Change what is said of a contact, as far as the reader has, once it is clear that nobody else meanwhile has."""

    kind, change = Kind.CHANGE_CONTACT, "the contact was changed"
    template = "contacts/edit.html"
    form: EditForm

    def __init__(self, form: EditForm, number: str) -> None:
        self.form, self.number = form, number

    def page(self, *, status: int = 422, failure: Failure | None = None, **context: Any) -> Response:
        return super().page(status=status, failure=failure, number=self.number, **context)

    @property
    def field(self) -> str:
        return next(iter(self.form.changes), "first_name")

    def check_and_send(self) -> BaseResponse | Entry:
        wanted = self.form.changes
        if not wanted:
            notify(NOTICE, kind="not changed")
            return self._show()
        if self.form.asks_about_changes(phonebook(CHECK).get_contact(self.number)):
            return self.page(status=409)
        update = partial(phonebook(CHANGE).update_contact, self.number, wanted)
        return self.send(self.form, self.number, update, outcomes.digest(wanted))

    def asked_for(self, entry: Entry) -> bool:
        wanted = (self.kind, self.number, outcomes.digest(self.form.changes))
        return (entry.kind, entry.number, entry.asked) == wanted

    def done(self, entry: Entry) -> BaseResponse:
        notify(NOTICE, kind="changed", fields=[LABELS[name] for name in outcomes.named(entry)])
        return self._show()

    def failed(self, error: PhonebookError, entry: Entry | None = None) -> BaseResponse:
        if isinstance(error, NotFound):
            return contact_gone(_written(self.form.changes))
        return super().failed(error, entry)

    def _show(self) -> BaseResponse:
        return redirect(url_for("contacts.show", number=self.number), 303)


class Delete(_ContactChange):
    """Delete a contact, if it is still what the reader was asked about."""

    kind, change = Kind.DELETE_CONTACT, "the contact was deleted"
    form: DeleteForm

    def __init__(self, form: DeleteForm, number: str) -> None:
        self.form, self.number = form, number

    def page(self, *, failure: Failure | None = None) -> Response:
        return error_page(failure or STALE, again=url_for("contacts.confirm_delete", number=self.number))

    def check_and_send(self) -> BaseResponse | Entry:
        found = fetch_profile(self.number, CHECK)
        groups = found.needed_groups()
        if not self.form.describes(found.contact, groups):
            again = DeleteForm.about(found.contact, groups)
            again.keep_token(self.form)
            return form_page("contacts/delete.html", again, status=409, found=found, groups=groups, changed=True)
        return self.send(self.form, self.number, partial(phonebook(CHANGE).delete_contact, self.number))

    def asked_for(self, entry: Entry) -> bool:
        return (entry.kind, entry.number) == (self.kind, self.number)

    def done(self, entry: Entry) -> BaseResponse:
        return self._told("deleted", entry.number)

    def failed(self, error: PhonebookError, entry: Entry | None = None) -> BaseResponse:
        """Say what Messente said; a contact that is gone already is what the reader wanted."""
        if isinstance(error, NotFound):
            return self._told("already deleted", self.number)
        return self.page(failure=self.explained(error, entry))

    def _told(self, kind: str, number: str | None) -> BaseResponse:
        notify(NOTICE, kind=kind, name=(self.form.name.data or "")[:LONGEST_NAME_KEPT], number=number)
        return redirect(url_for("contacts.index"), 303)


def _written(changes: Mapping[str, str | None]) -> Markup:
    """Write what a reader has typed in vain, so that it can be copied."""
    said = [
        Markup("{} {}").format(LABELS[name], quoted(value) if value else "empty") for name, value in changes.items()
    ]
    return Markup("; ").join(said) + "." if said else Markup("")
