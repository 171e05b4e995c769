"""Changes to one group: create, rename and delete."""

from functools import partial
from typing import Any
from uuid import UUID

from flask import Response, redirect, url_for
from werkzeug.wrappers import Response as BaseResponse

from webapp.activity import entries
from webapp.activity.change import SingleChange, sent
from webapp.activity.entries import Entry, Intent, Kind
from webapp.groups import deletion, outcomes
from webapp.groups.forms import DeleteForm, NameForm, RenameForm
from webapp.members.reach import Reach
from webapp.phonebook import Group
from webapp.phonebook.errors import Conflict, InvalidData, NotFound, PhonebookError
from webapp.site.context import CHANGE, CHECK, phonebook
from webapp.site.errors import error_page, group_gone
from webapp.site.failures import Failure, explain
from webapp.site.forms import STALE, form_page
from webapp.site.notices import notify
from webapp.site.text import alike

NOTICE = "groups/notice.html"


class _GroupChange(SingleChange):
    """What all changes to groups have in common."""

    def settled(self, entry: Entry) -> Entry:
        return outcomes.settled(entry)


class _NameChange(_GroupChange):
    """What creating and renaming have in common: the form is about a name."""

    template: str
    change: str
    form: NameForm

    def __init__(self, form: NameForm, **context: Any) -> None:
        self.form = form
        self._context = context

    def page(self, *, status: int = 422, failure: Failure | None = None, anyway: str = "") -> Response:
        return form_page(self.template, self.form, status=status, failure=failure, anyway=anyway, **self._context)

    def failed(self, error: PhonebookError, entry: Entry | None = None) -> Response:
        """Show the form again with what Messente said, at the field if that is about the name."""
        if isinstance(error, InvalidData | Conflict):
            self.form.refuse_name(error.detail or "Messente can't accept this name")
            return self.page(status=409 if isinstance(error, Conflict) else 422)
        failure = explain(error, change=self.change, seen=partial(outcomes.look, entry))
        return self.page(failure=self.failed_before(failure, error))


class Create(_NameChange):
    """Create a group, once it is clear that no twin is made by mistake."""

    template = "groups/new.html"
    change = "the group was created"

    def check_and_send(self) -> BaseResponse | Entry:
        groups = phonebook(CHECK).list_groups().rows
        if self.form.asks_about_twins(groups):
            return self.page(status=409, anyway="Create anyway")
        wanted = self.form.wanted
        twins = [group for group in groups if alike(group.name, wanted)]
        entry = entries.begin(self.form.key, Intent(kind=Kind.CREATE, asked=wanted, twins=twins))
        return sent(entry, partial(phonebook(CHANGE).create_group, wanted))

    def asked_for(self, entry: Entry) -> bool:
        return entry.kind is Kind.CREATE and entry.asked == self.form.wanted

    def done(self, entry: Entry) -> BaseResponse:
        notify(NOTICE, kind="created", name=entry.after, twin=outcomes.twin_since(entry))
        return redirect(url_for("groups.show", group_id=entry.group_id), 303)


class Rename(_NameChange):
    """Rename a group, once it is clear that nobody else has meanwhile, and that no twin is made by mistake."""

    template = "groups/rename.html"
    change = "the group was renamed"
    form: RenameForm

    def __init__(self, form: RenameForm, group_id: UUID) -> None:
        super().__init__(form, group_id=group_id)
        self.group_id = group_id

    def check_and_send(self) -> BaseResponse | Entry:
        wanted = self.form.wanted
        groups = phonebook(CHECK).list_groups().rows
        # A row that could not be read hides a group from the list, which doesn't mean that it is gone.
        group = next((each for each in groups if each.id == self.group_id), None)
        group = group or phonebook(CHECK).get_group(self.group_id)
        if group.name == wanted:
            notify(NOTICE, kind="called", name=wanted)
            return redirect(url_for("groups.show", group_id=self.group_id), 303)
        if self.form.asks_about_change(group):
            return self.page(status=409)
        if self.form.asks_about_twins(groups, but=group):
            return self.page(status=409, anyway="Rename anyway")
        twins = [each for each in groups if each.id != group.id and alike(each.name, wanted)]
        entry = entries.begin(self.form.key, Intent(kind=Kind.RENAME, group=group, asked=wanted, twins=twins))
        return sent(entry, partial(phonebook(CHANGE).rename_group, self.group_id, wanted))

    def asked_for(self, entry: Entry) -> bool:
        return (entry.kind, entry.group_id, entry.asked) == (Kind.RENAME, self.group_id, self.form.wanted)

    def done(self, entry: Entry) -> BaseResponse:
        names = {"before": entry.before, "after": entry.after}
        notify(NOTICE, kind="renamed", group_id=str(self.group_id), twin=outcomes.twin_since(entry), **names)
        return redirect(url_for("groups.show", group_id=self.group_id), 303)

    def failed(self, error: PhonebookError, entry: Entry | None = None) -> Response:
        if isinstance(error, NotFound):
            return group_gone(self.form.wanted)
        return super().failed(error, entry)


class Delete(_GroupChange):
    """Delete a group, if it is still what the reader was asked about."""

    form: DeleteForm

    def __init__(self, form: DeleteForm, group_id: UUID) -> None:
        self.form = form
        self.group_id = group_id

    def page(self, *, failure: Failure | None = None) -> Response:
        return error_page(failure or STALE, again=url_for("groups.confirm_delete", group_id=self.group_id))

    def check_and_send(self) -> BaseResponse | Entry:
        group = phonebook(CHECK).get_group(self.group_id)
        reach, is_lasting = (None, False) if self.form.accepts_anything else deletion.work_out(group)
        if reach:  # which may have taken long enough for the group to become another
            group = phonebook().get_group(self.group_id)
        if not self.form.describes(group) or self.form.is_worse(reach):
            return self._ask_again(group, reach, is_lasting=is_lasting)
        [entry] = entries.begin_all(self.form.key, [Intent(kind=Kind.DELETE, group=group)], digest=_written(reach))
        return sent(entry, partial(phonebook(CHANGE).delete_group, self.group_id))

    def _ask_again(self, group: Group, reach: Reach | None, *, is_lasting: bool) -> Response:
        again = DeleteForm.about(group, reach)
        again.keep_token(self.form)
        told = {"group": group, "reach": reach, "named": deletion.named(reach), "is_lasting": is_lasting}
        return form_page("groups/delete.html", again, status=409, failure=None, before=self.form, **told)

    def asked_for(self, entry: Entry) -> bool:
        return entry.kind is Kind.DELETE and entry.group_id == self.group_id

    def done(self, entry: Entry) -> BaseResponse:
        alone, _, number = (entry.asked or "").partition(" ")
        told = {"contacts": entry.contacts, "alone": int(alone) if alone else None}
        notify(NOTICE, kind="deleted", name=entry.before, day=deletion.day_of(number) if number else "", **told)
        return redirect(url_for("groups.index"), 303)

    def failed(self, error: PhonebookError, entry: Entry | None = None) -> BaseResponse:
        """Say what Messente said; a group that is gone already is what the reader wanted."""
        if isinstance(error, NotFound):
            may_leave = self.form.count.data != "0" and self.form.told_alone != 0
            notify(NOTICE, kind="already deleted", name=self.form.was.data, may_leave=may_leave)
            return redirect(url_for("groups.index"), 303)
        return self.page(failure=explain(error, change="the group was deleted", seen=partial(outcomes.look, entry)))


def _written(reach: Reach | None) -> str | None:
    """Write how many contacts are in no other group, and the number of one of them; None where that is not known."""
    return " ".join([str(len(reach.alone.rows)), *(each.number for each in reach.alone.rows[:1])]) if reach else None
