"""What all changes have in common that are recorded; `once` carries them out."""

from collections.abc import Callable
from dataclasses import replace

from flask import Response, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response as BaseResponse

from webapp.activity import entries
from webapp.activity.entries import Entry
from webapp.phonebook import Group
from webapp.phonebook.errors import AccessRefused, Changed, PhonebookError
from webapp.site.errors import error_page, log_failure
from webapp.site.failures import Failure
from webapp.site.forms import OnceForm


class RecordedChange:
    """A change that a reader has asked for by a form: checked, recorded, sent once, and told how it ended."""

    form: OnceForm
    is_repeat = False
    """Whether the form has been sent before."""

    def attempt(self) -> BaseResponse | Entry:
        """Check, then begin and do it; or answer with a page, having begun nothing."""
        try:
            return self.check_and_send()
        except PhonebookError as error:
            log_failure(error)
            return self.failed(error)

    def check_and_send(self) -> BaseResponse | Entry:
        """Do what `attempt` does; an error of the phonebook is told by `failed`."""
        raise NotImplementedError

    def asked_for(self, entry: Entry) -> bool:
        """Whether it is this that an entry has recorded."""
        raise NotImplementedError

    def tell(self, entry: Entry) -> BaseResponse:
        """Say how it ended, or how far it is."""
        raise NotImplementedError

    def failed(self, error: PhonebookError) -> BaseResponse:
        """Say that nothing was begun, and why."""
        raise NotImplementedError

    def page(self, *, failure: Failure | None = None) -> Response:
        """Show the form again."""
        raise NotImplementedError


class SingleChange(RecordedChange):
    """One change by one form."""

    def tell(self, entry: Entry) -> BaseResponse:
        """Say how it ended, or how far it is."""
        entry = self.settled(entry)
        if entry.is_under_way:
            return _under_way()
        if error := entry.failure:
            return self.failed(error, entry)
        return self.done(entry)

    def settled(self, entry: Entry) -> Entry:
        """Look what became of it where a crash has left that open."""
        raise NotImplementedError

    def done(self, entry: Entry) -> BaseResponse:
        """Tell that it is done."""
        raise NotImplementedError

    def failed(self, error: PhonebookError, entry: Entry | None = None) -> BaseResponse:
        """Tell of an error: before the change was begun, or by which it ended."""
        raise NotImplementedError

    def failed_before(self, failure: Failure, error: PhonebookError) -> Failure:
        """Add to what a page says of an error that it is the first sending's, where nothing was sent again."""
        if not self.is_repeat or error.changed is not Changed.NO:
            return failure
        text = f"{failure.text} So it was when this form was sent first; it was not sent again."
        if not error.lasting and not isinstance(error, AccessRefused):
            text += " Press the button to try once more."
        return replace(failure, text=text)


def sent(entry: Entry, send: Callable[[], Group | None]) -> Entry:
    """Send a change that has been recorded, and record how it ended."""
    try:
        group = send()
    except PhonebookError as error:
        log_failure(error)
        return entries.settle(entry, error=error)
    return entries.settle(entry, group=group)


def _under_way() -> Response:
    """Say that the first who sent the form still waits for Messente."""
    text = Markup('Messente has not answered yet. Nothing is sent twice. <a href="{}">Activity</a> tells how it ends.')
    return error_page(Failure("This is still under way", text.format(url_for("activity.index")), 202))
