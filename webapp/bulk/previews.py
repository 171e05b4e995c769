"""What an action on many contacts would do, as the phonebook is now: shown first, then planned."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from flask import abort
from markupsafe import Markup

from webapp.actions.models import ChangeKind
from webapp.actions.plan import Plan, PlannedChange
from webapp.actions.replaced import details_of, replaced_contact
from webapp.bulk.contact_lists import ContactList
from webapp.bulk.forms import BulkForm
from webapp.bulk.selection import Selection, find_selection
from webapp.bulk.targets import Target, find_target
from webapp.groups.orphans import OrphansUnknown, find_orphan_numbers
from webapp.phonebook import Contact, Group, PhonebookClient
from webapp.phonebook.errors import PhonebookError
from webapp.phonebook.memberships import fetch_groups_of
from webapp.web.current import settings
from webapp.web.error_pages import log_failure
from webapp.web.template_filters import contacts, quoted

UNKNOWN = "unknown"

WILL_BE, ARE = "will be", "are"
"""Verbs of the sentence that says what an action would do."""

DAYS_BEFORE_DELETION = timedelta(days=30)
"""Messente deletes a contact that has been in no group for so long."""


@dataclass(frozen=True)
class Orphans:
    """Which of the contacts would be in no group."""

    contacts: Sequence[Contact] = ()
    unknown: OrphansUnknown | None = None
    """Why they are not known."""
    was_accepted: bool = False
    """Whether the user went on without knowing them, so that nobody looked again."""

    @property
    def is_known(self) -> bool:
        """Whether it is known which contacts would be in no group."""
        return not self.unknown and not self.was_accepted

    @property
    def day(self) -> date:
        """The day on which Messente would delete them."""
        return datetime.now(settings().time_zone).date() + DAYS_BEFORE_DELETION


@dataclass(frozen=True, kw_only=True)
class Preview:
    """What an action would do."""

    selection: Selection
    heading: Markup
    sentence: Markup
    changed: Sequence[str]
    """The numbers for which there is something to do."""
    make_plan: Callable[[], Plan]
    target: Target | None = None
    orphans: Orphans | None = None
    """None if the action takes nobody out of a group."""

    @property
    def seen(self) -> str:
        """What the page says, in short: the numbers of contacts and of orphans, and a digest."""
        orphans = self.orphans
        in_no_group = sorted(contact.number for contact in orphans.contacts) if orphans else []
        said = (str(self.sentence), sorted(self.changed), in_no_group, sorted(self.selection.numbers))
        digest = hashlib.sha256(repr(said).encode("utf-8", "surrogatepass")).hexdigest()
        known = str(len(in_no_group)) if orphans is None or orphans.is_known else UNKNOWN
        return f"{len(self.selection.contacts)} {known} {digest}"


@dataclass(frozen=True)
class Seen:
    """What a page said when the user confirmed it, as its form sends it."""

    text: str

    @property
    def count(self) -> int | None:
        """The number of contacts; None if it is not a number."""
        first = self.text.partition(" ")[0]
        return int(first) if first.isascii() and first.isdigit() and len(first) < len("1000000000") else None

    @property
    def leaves_orphans(self) -> bool:
        """Whether contacts may be in no group afterwards."""
        return self.text.split()[1:2] not in ([], ["0"])

    @property
    def accepts_unknown(self) -> bool:
        """Whether the user has confirmed the action without knowing who would be in no group."""
        return self.text.split()[1:2] == [UNKNOWN]


def preview_addition(form: BulkForm, client: PhonebookClient) -> Preview:
    """Preview putting contacts into a group.

    Raises:
        NoTarget: when the group has to be chosen or named again.
        OrphansUnknown: when the contacts are a group's orphans, which can't be found.

    """
    selection, target, members = _find(form, client)
    new = [number for number in selection.numbers if number not in members]
    steps = [[_add(number, target)] for number in new]
    sentence = _sentence(
        selection,
        (len(new), WILL_BE, Markup("added to {}").format(quoted(target.name) if target.group else "it")),
        (len(selection.contacts) - len(new), ARE, Markup("in {} already").format("it" if new else quoted(target.name))),
    )
    heading = Markup("Put {} in {}?").format(contacts(len(selection.contacts)), quoted(target.name))
    return Preview(
        selection=selection,
        heading=heading,
        sentence=sentence,
        changed=new,
        target=target,
        make_plan=lambda: _plan_with(target, steps),
    )


def preview_move(form: BulkForm, client: PhonebookClient) -> Preview:
    """Preview moving contacts from one group to another; errors as of `preview_addition`.

    A contact leaves the first group only after it is in the second one.
    """
    group = _source_group(form, client)
    selection, target, members = _find(form, client)
    steps = [
        [*([] if number in members else [_add(number, target)]), _remove(number, group)] for number in selection.numbers
    ]
    new = sum(number not in members for number in selection.numbers)
    sentence = _sentence(
        selection,
        (new, WILL_BE, Markup("moved from {} to {}").format(quoted(group.name), quoted(target.name))),
        (
            len(selection.contacts) - new,
            ARE,
            Markup("in {} already, and will only be removed from {}").format(quoted(target.name), quoted(group.name)),
        ),
    )
    heading = Markup("Move {} to {}?").format(contacts(len(selection.contacts)), quoted(target.name))
    return Preview(
        selection=selection,
        heading=heading,
        sentence=sentence,
        changed=selection.numbers,
        target=target,
        make_plan=lambda: _plan_with(target, steps, "move"),
    )


def preview_removal(form: BulkForm, client: PhonebookClient) -> Preview:
    """Preview removing contacts from a group."""
    group = _source_group(form, client)
    selection = find_selection(form, client)
    orphans = _find_orphans(selection, group, client, Seen(form.seen.data or ""))
    # Messente may delete those that are in no group then: undoing the removal creates them again.
    kept = orphans.contacts if orphans.is_known else selection.contacts
    replaced = {contact.number: {"details": details_of(contact)} for contact in kept}
    steps = [[_remove(number, group, replaced.get(number))] for number in selection.numbers]
    return Preview(
        selection=selection,
        heading=Markup("Remove {} from {}?").format(contacts(len(selection.contacts)), quoted(group.name)),
        sentence=_sentence(
            selection, (len(selection.contacts), WILL_BE, Markup("removed from {}").format(quoted(group.name)))
        ),
        changed=selection.numbers,
        orphans=orphans,
        make_plan=lambda: Plan(steps),
    )


def preview_deletion(form: BulkForm, client: PhonebookClient) -> Preview:
    """Preview deleting contacts."""
    selection = find_selection(form, client)

    def plan() -> Plan:
        in_a_group = [contact.number for contact in selection.contacts if not contact.in_no_group]
        groups = fetch_groups_of(client, in_a_group, client.list_groups().rows) if in_a_group else {}
        return Plan(
            [
                [
                    PlannedChange(
                        kind=ChangeKind.DELETE_CONTACT,
                        number=contact.number,
                        replaced=replaced_contact(contact, groups.get(contact.number, ())),
                    )
                ]
                for contact in selection.contacts
            ]
        )

    return Preview(
        selection=selection,
        heading=Markup("Delete {}?").format(contacts(len(selection.contacts))),
        sentence=_sentence(
            selection, (len(selection.contacts), WILL_BE, Markup("deleted, and taken out of all groups"))
        ),
        changed=selection.numbers,
        make_plan=plan,
    )


def preview_blocking(form: BulkForm, client: PhonebookClient) -> Preview:
    """Preview putting contacts' numbers on the blacklist."""
    blacklist = client.begin(client.list_blacklist)
    selection = find_selection(form, client)
    new = [number for number in selection.numbers if number not in blacklist()]
    return Preview(
        selection=selection,
        heading=Markup("Add {} to the blacklist?").format(contacts(len(selection.contacts))),
        sentence=_sentence(
            selection,
            (len(new), WILL_BE, Markup("added to the blacklist")),
            (len(selection.contacts) - len(new), ARE, Markup("on {} already").format("it" if new else "the blacklist")),
        ),
        changed=new,
        make_plan=lambda: Plan([[PlannedChange(kind=ChangeKind.BLOCK, number=number)] for number in new]),
    )


def _find(form: BulkForm, client: PhonebookClient) -> tuple[Selection, Target, frozenset[str]]:
    """Find the selected contacts, the group that they are put into, and the numbers of its members."""
    groups = client.begin(client.list_groups)
    selection = find_selection(form, client)
    target = find_target(form, groups(), selection.source.group_id)
    among = frozenset(selection.numbers)
    members = client.list_numbers(target.group.id, among).found if target.group else frozenset[str]()
    return selection, target, members


def _source_group(form: BulkForm, client: PhonebookClient) -> Group:
    """Return the group from which contacts are taken."""
    source = ContactList.read(form.back.data or "")
    if source is None or source.group_id is None:
        abort(404)
    return client.get_group(source.group_id)


def _find_orphans(selection: Selection, group: Group, client: PhonebookClient, seen: Seen) -> Orphans:
    if seen.accepts_unknown:
        return Orphans(was_accepted=True)
    try:
        numbers, _ = find_orphan_numbers(client, {group.id}, selection.numbers)
    except (OrphansUnknown, PhonebookError) as error:
        cause = error if isinstance(error, PhonebookError) else error.__cause__
        if isinstance(cause, PhonebookError):
            log_failure(cause)
        if isinstance(error, OrphansUnknown):
            return Orphans(unknown=error)
        unknown = OrphansUnknown(type(error).__name__)
        unknown.__cause__ = error
        return Orphans(unknown=unknown)
    return Orphans([contact for contact in selection.contacts if contact.number in numbers])


def _add(number: str, target: Target) -> PlannedChange:
    return PlannedChange(kind=ChangeKind.ADD, group=target.group, new_group=target.new, number=number)


def _remove(number: str, group: Group, replaced: dict[str, dict[str, str]] | None = None) -> PlannedChange:
    return PlannedChange(kind=ChangeKind.REMOVE, group=group, number=number, replaced=replaced or {})


def _plan_with(target: Target, steps: list[list[PlannedChange]], kind: str = "") -> Plan:
    """Plan the steps, after the creation of the target if it is new."""
    if target.group or not steps:
        return Plan(steps, kind=kind)
    create = PlannedChange(kind=ChangeKind.CREATE, new_group=target.new, name=target.name, duplicates=target.duplicates)
    return Plan([[create]], Plan(steps), kind=kind)


def _sentence(selection: Selection, *parts: tuple[int, str, Markup]) -> Markup:
    """Say what happens: "150 contacts: 147 will be added to “Customers”, 3 are in it already."."""
    there = [(count, "is" if verb == ARE and count == 1 else verb, text) for count, verb, text in parts if count]
    if len(there) < 2:
        _, verb, text = there[0] if there else parts[0]
        return Markup("{} {} {}.").format(selection.described, verb, text)
    said = [Markup("{:,} {} {}").format(*part) for part in there]
    return Markup("{}: {}.").format(selection.described, Markup(", ").join(said))
