"""Changes to the groups that contacts are in, made on the contacts' own pages."""

from collections.abc import Callable, Iterable, Sequence
from uuid import UUID

from flask import Response, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from webapp.activity import entries
from webapp.activity.entries import Entry, Intent, Kind, Outcome
from webapp.contacts import overview
from webapp.contacts.changes import NOTICE, UNCHANGED
from webapp.contacts.choices import MOST_TO_TICK, boxes
from webapp.contacts.outcomes import history
from webapp.contacts.profile import Profile, fetch_profile
from webapp.members.batch import Batch, Step
from webapp.members.forms import GroupsForm, RescueForm
from webapp.phonebook import Group, Rows
from webapp.phonebook.errors import NotFound, PhonebookError
from webapp.site.addresses import search_asked_for, this_address
from webapp.site.context import CHECK, LOOK, phonebook
from webapp.site.errors import contact_gone, error_page
from webapp.site.failures import Failure, explain
from webapp.site.forms import STALE
from webapp.site.notices import notify

NO_GROUP_LEFT = (
    "It would be in no group, and Messente deletes a contact that has been in no group for 30 days."
    " Nothing was saved yet"
)
GONE = "A group that you ticked is not in the phonebook any more. Nothing was saved: look at the ticks, and save again"
TOO_MANY = f"These are more than {MOST_TO_TICK} changes at once. Nothing was saved: look at the ticks, and save again"


def show_page(
    number: str, form: GroupsForm | None = None, *, profile: Profile, status: int = 200, anyway: bool = False
) -> Response:
    """Make a contact's page.

    Args:
        number: of the contact.
        form: what was ticked; without it, the groups that the contact is in.
        profile: the contact, and what could be read of it.
        status: of the answer.
        anyway: whether to offer to leave the contact in no group.

    """
    shown = None
    if isinstance(profile.groups, Rows) and isinstance(profile.all_groups, Rows):
        q = search_asked_for(request.args)
        shown = boxes(profile.all_groups, profile.groups, q, form.ticked if form else None)
    html = render_template(
        "contacts/show.html",
        profile=profile,
        boxes=shown,
        form=form or GroupsForm.about(shown),
        history=history(number),
        anyway=anyway,
    )
    return make_response(html, status)


class SetGroups(Batch):
    """Put a contact into the groups that were ticked since, and take it out of those that were not any more."""

    form: GroupsForm

    def __init__(self, form: GroupsForm, number: str) -> None:
        self.form, self.number = form, number

    @property
    def _to_add(self) -> set[UUID]:
        return self.form.ticked - self.form.ticked_then

    @property
    def _to_remove(self) -> set[UUID]:
        return self.form.ticked_then - self.form.ticked

    @property
    def content(self) -> Iterable[str]:
        return [self.number, *sorted(map(str, self._to_add)), "", *sorted(map(str, self._to_remove))]

    def page(self, *, failure: Failure | None = None) -> Response:
        return error_page(failure or STALE, again=self._address)

    @property
    def _address(self) -> str:
        return url_for("contacts.show", number=self.number)

    def plan(self) -> Sequence[Step] | BaseResponse:
        if not self._to_add and not self._to_remove:
            return self._nothing_to_do()
        if len(self._to_add) + len(self._to_remove) > MOST_TO_TICK:
            return self._ask(TOO_MANY)
        client = phonebook(CHECK)
        all_groups = client.begin(client.list_groups)
        now = client.list_groups_of(self.number)
        known = {group.id: group for group in (*all_groups().rows, *now.rows)}
        if not self._to_add <= known.keys():
            return self._ask(GONE)
        remove = [known[each] for each in self._to_remove if each in known]  # from one that has gone it has gone, too
        if not self._to_add and not remove:
            return self._nothing_to_do()
        left = {group.id for group in now.rows} - self._to_remove
        if now.rows and not (left or self._to_add or now.unreadable or self.form.anyway.data):
            return self._ask(NO_GROUP_LEFT, anyway=True)
        return self._steps([known[each] for each in self._to_add], remove, stays=bool(left))

    def _steps(self, add: list[Group], remove: list[Group], *, stays: bool) -> list[Step]:
        adds = [Intent(kind=Kind.ADD, group=group, number=self.number) for group in _by_id(add)]
        removes = [Intent(kind=Kind.REMOVE, group=group, number=self.number) for group in _by_id(remove)]
        if stays or not adds:
            return [Step((intent,)) for intent in (*adds, *removes)]
        # It leaves the last of its groups only once it is in another.
        return [Step((adds[0], *removes)), *(Step((intent,)) for intent in adds[1:])]

    def tell(self, entry: Entry) -> BaseResponse:
        """Lead back to the contact if all went well; else to the page that tells of each."""
        found = entries.find_all(entry.id)
        if any(each.outcome is not Outcome.DONE for each in found):
            return super().tell(entry)
        added = sum(each.kind is Kind.ADD for each in found)
        notify(NOTICE, kind="groups", added=added, removed=len(found) - added)
        return redirect(self._address, 303)

    def failed(self, error: PhonebookError) -> BaseResponse:
        if isinstance(error, NotFound):
            return contact_gone()
        return self.page(failure=explain(error, unchanged=UNCHANGED, wanted="your contacts"))

    def _nothing_to_do(self) -> BaseResponse:
        notify(NOTICE, kind="groups not changed")
        return redirect(self._address, 303)

    def _ask(self, question: str, *, anyway: bool = False) -> BaseResponse:
        self.form.refuse(question)
        profile = fetch_profile(self.number, LOOK, with_all_groups=True)
        return show_page(self.number, self.form, profile=profile, status=409, anyway=anyway)


class Rescue(Batch):
    """Put contacts that are about to be deleted, or would be, into a group.

    Args:
        form: which contacts, and which group.
        shown: makes the page that the form is on, with that status.

    """

    form: RescueForm

    def __init__(self, form: RescueForm, shown: Callable[[RescueForm, int], Response]) -> None:
        self.form, self._shown = form, shown

    @property
    def content(self) -> Iterable[str]:
        return [self.form.group.data or "", *self.form.numbers]

    def page(self, *, failure: Failure | None = None) -> Response:
        if failure or "csrf_token" in self.form.errors:
            return error_page(failure or STALE, again=this_address())
        return self._shown(self.form, 422)

    def plan(self) -> Sequence[Step] | BaseResponse:
        groups = phonebook(CHECK).list_groups()
        group = next((each for each in groups.rows if each.id == self.form.group_id), None)
        if group is None:
            self.form.group.errors = ["This group is not in the phonebook any more. Choose another"]
            return self._shown(self.form, 409)
        return [Step((Intent(kind=Kind.ADD, group=group, number=number),)) for number in self.form.numbers]

    def failed(self, error: PhonebookError) -> BaseResponse:
        return self.page(failure=explain(error, unchanged=UNCHANGED))


def leaving_page(form: RescueForm, status: int = 200) -> Response:
    """Make the page of the contacts that are about to be deleted."""
    page = overview.leaving(request.args)
    return make_response(render_template("contacts/leaving.html", page=page, form=form), status)


def _by_id(groups: Iterable[Group]) -> list[Group]:
    return sorted(groups, key=lambda group: group.id)
