"""Work out which changes undo an action in the phonebook as it is now."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any
from uuid import UUID

from markupsafe import Markup

from webapp.actions.models import Change, ChangeKind, Outcome
from webapp.actions.phonebook_now import PhonebookNow
from webapp.actions.plan import NewGroup, PlannedChange, describe_details
from webapp.actions.replaced import details_of, replaced_contact
from webapp.actions.undo_preview import Conflict, UndoPreview
from webapp.phone_numbers.numbering_plans import grouped
from webapp.phonebook import Contact, Group, PhonebookClient
from webapp.text import fold
from webapp.web.template_filters import quoted

GROUP_GONE = Markup("The group {} is not in the phonebook any more.")
NAME_TAKEN = Markup("There is a group called {} now.")


class Inverse:
    """Works out the inverse of each change, and collects them in a preview."""

    def __init__(
        self,
        preview: UndoPreview,
        made: Sequence[Change],
        put_back: Mapping[UUID, Sequence[UUID]],
        client: PhonebookClient,
    ) -> None:
        """Prepare the inverse.

        Args:
            preview: takes what is found.
            made: its changes that have happened, newest first.
            put_back: the ids that deleted groups were created again with, the latest first.
            client: reads the phonebook.

        """
        self._made = made
        self._now = PhonebookNow(made, put_back, client)
        self._preview = preview
        self._created_groups = {change.group_id for change in made if change.kind is ChangeKind.CREATE}
        self._created = {change.number or "" for change in made if change.kind is ChangeKind.CREATE_CONTACT}
        self._deleted_groups = {change.group_id for change in made if change.kind is ChangeKind.DELETE}
        self._coming_back: set[str] = set()
        self._gone: dict[Markup, int] = {}
        self._room = preview.max_changes
        self._unclear: dict[Markup, list[PlannedChange]] = {}

    def preview(self) -> UndoPreview:
        """Work out what an undo would do."""
        inverses = {
            ChangeKind.CREATE: self._created_group,
            ChangeKind.RENAME: self._renamed_group,
            ChangeKind.DELETE: self._deleted_group,
            ChangeKind.ADD: self._added_member,
            ChangeKind.REMOVE: self._removed_member,
            ChangeKind.CREATE_CONTACT: self._created_contact,
            ChangeKind.CHANGE_CONTACT: self._edited_contact,
            ChangeKind.DELETE_CONTACT: self._deleted_contact,
            ChangeKind.BLOCK: self._blocked_number,
            ChangeKind.UNBLOCK: self._unblocked_number,
        }
        for change in self._made:
            inverses[change.kind](change)
        for where, count in self._gone.items():
            who = "1 contact" if count == 1 else f"{count:,} contacts"
            self._lose(Markup("No longer in the phonebook: {} of {}.").format(who, where))
        for where, removals in self._unclear.items():
            who = "1 contact was" if len(removals) == 1 else f"{len(removals):,} contacts were"
            text = Markup("It is unclear whether {} added to {} by this action or earlier.")
            self._ask(text.format(who, where), *removals)
        return self._preview

    @cached_property
    def _added(self) -> set[tuple[UUID, str | None]]:
        """The memberships that the action has made: groups' ids, as they are now, and numbers."""
        added = [change for change in self._made if change.kind is ChangeKind.ADD]
        return {(group.id, change.number) for change in added if (group := self._now.find_group(change.group_id))}

    # One inverse for each kind of change.

    def _created_group(self, change: Change) -> None:
        group = self._now.find_group(change.group_id)
        if group is None:
            self._preview.already += 1
            return
        members = self._now.members_of(group.id)
        undo = PlannedChange(kind=ChangeKind.DELETE, group=group, replaced={"members": sorted(members)})
        others = {number for number in members if (group.id, number) not in self._added}
        if group.name != change.after:
            self._ask(Markup("The group is now called {}.").format(quoted(group.name)), undo)
        elif others:
            count = "1 contact was" if len(others) == 1 else f"{len(others):,} contacts were"
            text = Markup("{} put into {} meanwhile. Deleting the group takes them out of it.")
            self._ask(text.format(count, quoted(group.name)), undo)
        else:
            self._preview.steps.append(undo)

    def _renamed_group(self, change: Change) -> None:
        group = self._now.find_group(change.group_id)
        if group is None:
            self._lose(GROUP_GONE.format(quoted(change.after or "")))
            return
        if group.name == change.before:
            self._preview.already += 1
            return
        undo = PlannedChange(kind=ChangeKind.RENAME, group=group, name=change.before)
        if group.name != change.after:
            self._ask(Markup("The group is now called {}.").format(quoted(group.name)), undo)
        elif namesakes := self._namesakes(change.before or "", exclude=group.id):
            undo = replace(undo, duplicates=namesakes)
            self._ask(NAME_TAKEN.format(quoted(namesakes[0].name)), undo)
        else:
            self._preview.steps.append(undo)

    def _deleted_group(self, change: Change) -> None:
        name = change.before or ""
        details = change.replaced.get("contacts", {})
        if put_back := self._now.find_group(change.group_id):
            missing = set(change.replaced.get("members", ())) - self._now.members_of(put_back.id)
            self._preview.steps += self._put_all_back(sorted(missing), details, quoted(name), group=put_back)
            self._preview.already += not missing
            return
        if "members" not in change.replaced:
            self._lose(
                Markup("The members of {} were not stored, so this group can't be put back.").format(quoted(name))
            )
            return
        # A group that had the name before, or that the action has created, has not come meanwhile.
        before = {*change.duplicates.split(), *map(str, self._created_groups)}
        namesakes = self._namesakes(name)
        again = NewGroup(name, change.group_id) if change.group_id else NewGroup(name)
        undo = [PlannedChange(kind=ChangeKind.CREATE, new_group=again, name=name, duplicates=namesakes)]
        undo += self._put_all_back(change.replaced["members"], details, quoted(name), new_group=again)
        if new := [group for group in namesakes if str(group.id) not in before]:
            self._ask(NAME_TAKEN.format(quoted(new[0].name)), *undo)
        else:
            self._preview.steps += undo

    def _added_member(self, change: Change) -> None:
        group = self._now.find_group(change.group_id)
        if change.number in self._created or change.group_id in self._created_groups:
            return  # deleting the contact or the group undoes this, too
        if group is None or change.number not in self._now.members_of(group.id):
            self._preview.already += 1
            return
        undo = PlannedChange(kind=ChangeKind.REMOVE, group=group, number=change.number)
        if change.outcome is Outcome.CONFIRMED:  # had it been in the group before, the phonebook would show the same
            self._unclear.setdefault(quoted(group.name), []).append(undo)
        else:
            self._preview.steps.append(undo)

    def _removed_member(self, change: Change) -> None:
        group = self._now.find_group(change.group_id)
        if group is None:
            if change.group_id not in self._deleted_groups:
                self._lose(GROUP_GONE.format(quoted(change.before or "")))
            return
        number = change.number or ""
        if number in self._now.members_of(group.id):
            self._preview.already += 1
            return
        details = change.replaced.get("details")
        self._preview.steps += self._put_back(number, details, quoted(group.name), group=group)

    def _created_contact(self, change: Change) -> None:
        contact = self._now.contacts.get(change.number or "")
        if contact is None:
            self._preview.already += 1
            return
        groups = self._now.groups_of_created.get(contact.number, [])
        undo = _deletion(contact, groups)
        others = [group for group in groups if (group.id, contact.number) not in self._added]
        if others:
            text = Markup("{} was put into {} meanwhile.")
            self._ask(text.format(_called(contact), quoted(others[0].name)), undo)
        elif not _is_as_created(change, contact):
            self._ask(Markup("{} was edited meanwhile.").format(_called(contact)), undo)
        else:
            self._preview.steps.append(undo)

    def _edited_contact(self, change: Change) -> None:
        contact = self._now.contacts.get(change.number or "")
        before, written = change.replaced.get("details"), change.details
        if contact is None:
            self._lose(Markup("{} is not in the phonebook any more.").format(grouped(change.number or "")))
        elif before is None:
            self._lose(Markup("The earlier details of {} were not stored.").format(_called(contact)))
        elif all((getattr(contact, name) or "") == (value or "") for name, value in before.items()):
            self._preview.already += 1
        else:
            now = {name: getattr(contact, name) for name in before}
            undo = PlannedChange(
                kind=ChangeKind.CHANGE_CONTACT, number=contact.number, details=before, replaced={"details": now}
            )
            if all((now[name] or "") == (written.get(name) or "") for name in before):
                self._preview.steps.append(undo)
            else:
                self._ask(Markup("{} was edited again meanwhile.").format(_called(contact)), undo)

    def _deleted_contact(self, change: Change) -> None:
        number = change.number or ""
        details = change.replaced.get("details")
        if details is None and number not in self._now.contacts:
            text = Markup("The details of {} were not stored, so this contact can't be put back.")
            self._lose(text.format(grouped(number)))
            return
        if number in self._now.contacts:
            self._preview.already += 1
        else:
            self._create(number, details or {})
        for group_id, name in change.replaced.get("groups", ()):
            group = self._now.find_group(UUID(group_id))
            if group is None:
                self._lose(GROUP_GONE.format(quoted(name or "")))
            elif number not in self._now.members_of(group.id):
                self._preview.steps.append(PlannedChange(kind=ChangeKind.ADD, group=group, number=number))

    def _blocked_number(self, change: Change) -> None:
        if change.number not in self._now.blacklist:
            self._preview.already += 1
            return
        undo = PlannedChange(kind=ChangeKind.UNBLOCK, number=change.number)
        if change.outcome is Outcome.CONFIRMED:  # as for members
            self._unclear.setdefault(Markup("the blacklist"), []).append(undo)
        else:
            self._preview.steps.append(undo)

    def _unblocked_number(self, change: Change) -> None:
        if change.number in self._now.blacklist:
            self._preview.already += 1
        else:
            self._preview.steps.append(PlannedChange(kind=ChangeKind.BLOCK, number=change.number))

    # Helpers.

    def _lose(self, text: Markup) -> None:
        if text not in self._preview.lost:
            self._preview.lost.append(text)

    def _ask(self, text: Markup, *undo: PlannedChange) -> None:
        self._preview.conflicts.append(Conflict(text, undo))

    def _namesakes(self, name: str, exclude: UUID | None = None) -> list[Group]:
        folded = fold(name)
        return [group for group in self._now.groups.values() if fold(group.name) == folded and group.id != exclude]

    def _create(self, number: str, details: Mapping[str, str | None]) -> None:
        if number not in self._coming_back:
            self._coming_back.add(number)
            self._preview.steps.append(PlannedChange(kind=ChangeKind.CREATE_CONTACT, number=number, details=details))

    def _put_all_back(
        self, numbers: Sequence[str], details: Mapping[str, Mapping[str, str | None]], where: Markup, **group: Any
    ) -> list[PlannedChange]:
        """Put members back into a group, as far as one action can: planned changes take much memory."""
        undo: list[PlannedChange] = []
        for number in numbers:
            comes_back = number in details or self._now.has_contact(number)
            if comes_back and not self._room:
                self._preview.left_out += 1
                continue
            self._room -= comes_back
            undo += self._put_back(number, details.get(number), where, **group)
        return undo

    def _put_back(
        self, number: str, details: Mapping[str, str | None] | None, where: Markup, **group: Any
    ) -> list[PlannedChange]:
        if not self._now.has_contact(number):
            if details is None:
                self._gone[where] = self._gone.get(where, 0) + 1
                return []
            self._create(number, details)
        return [PlannedChange(kind=ChangeKind.ADD, number=number, **group)]


def _deletion(contact: Contact, groups: Iterable[Group]) -> PlannedChange:
    return PlannedChange(
        kind=ChangeKind.DELETE_CONTACT, number=contact.number, replaced=replaced_contact(contact, groups)
    )


def _is_as_created(change: Change, contact: Contact) -> bool:
    return describe_details(details_of(contact)) == (change.asked or describe_details({}))


def _called(contact: Contact) -> Markup:
    number = grouped(contact.number)
    return Markup("{} ({})").format(quoted(contact.name), number) if contact.name else Markup.escape(number)
