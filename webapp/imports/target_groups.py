"""The groups that an import puts contacts in."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from webapp.actions.plan import NewGroup
from webapp.imports.options import ImportOptions
from webapp.imports.rows import ImportRow
from webapp.phonebook import Group, PhonebookClient, Rows
from webapp.phonebook.errors import PhonebookError
from webapp.text import fold

MAX_NAMESAKES_ASKED = 20
"""Group names that several groups have, for which the user is asked which group is meant."""

TOO_MANY_NAMESAKES = "Several groups have this name, and the file has too many such names to ask about each"


class Namesakes(NamedTuple):
    """A group name in the file that several groups have."""

    key: str
    """The folded name."""
    name: str
    groups: tuple[Group, ...]


@dataclass(frozen=True)
class TargetGroup:
    """A group that the import puts contacts in."""

    group: Group | NewGroup
    members: frozenset[str] = frozenset()
    """The numbers in the file that are in the group already."""

    @property
    def is_new(self) -> bool:
        """Whether the import creates the group."""
        return isinstance(self.group, NewGroup)


class TargetGroups:
    """The groups that a file's rows name, and the one to put all contacts in."""

    def __init__(
        self, rows: Iterable[ImportRow], options: ImportOptions, listed: Rows[Group], client: PhonebookClient
    ) -> None:
        """Find the groups, and read the members of those that exist."""
        self._options = options
        self._keys: dict[str, str] = {}
        self._refused: dict[str, str] = {}
        self.questions: list[Namesakes] = []
        self.named: dict[str, str] = {}
        by_name: dict[str, list[Group]] = {}
        for group in listed.rows:
            by_name.setdefault(fold(group.name), []).append(group)
        by_id = {group.id: group for group in listed.rows}
        found: dict[str, TargetGroup] = {}
        self._for_all: tuple[str, ...] = ()
        if options.group and (chosen := by_id.get(options.group)):
            found[str(chosen.id)] = TargetGroup(chosen)
            self._for_all = (str(chosen.id),)
        elif options.new_group:
            self._for_all = (fold(options.new_group),)
            found[self._for_all[0]] = TargetGroup(NewGroup(options.new_group))
        self._names: dict[str, dict[str, None]] = {}  # of each number, also in rows that repeat it
        for row in rows:
            self._names.setdefault(row.number, {}).update(dict.fromkeys(row.groups))
        for name in dict.fromkeys(name for names in self._names.values() for name in names):
            folded = fold(name)
            same = by_name.get(folded, [])
            meant = next((group for group in same if group.id in options.meant), None)
            if len(same) > 1 and meant is None:
                self._ask(folded, name, same)
                continue
            existing = meant or (same[0] if same else None)
            key = str(existing.id) if existing else folded
            self._keys[name] = key
            if len(same) < 2:
                self.named[folded] = key
            found.setdefault(key, TargetGroup(existing or NewGroup(name)))
        self.targets = _with_members(found, self._names.keys(), client)

    def _ask(self, folded: str, name: str, same: Sequence[Group]) -> None:
        if any(question.key == folded for question in self.questions):
            return
        if len(self.questions) == MAX_NAMESAKES_ASKED:
            self._refused[name] = TOO_MANY_NAMESAKES
        else:
            self.questions.append(Namesakes(folded, name, tuple(same)))

    def why_refused(self, row: ImportRow) -> str:
        """Return why a row's groups can't be used; "" if they can."""
        return next((self._refused[name] for name in self._names[row.number] if name in self._refused), "")

    def to_join(self, row: ImportRow) -> tuple[str, ...]:
        """Return the keys of the groups to put a contact in, without those that the contact is in already."""
        named = (self._keys[name] for name in self._names[row.number] if name in self._keys)
        keys = dict.fromkeys([*self._for_all, *named])
        return tuple(key for key in keys if row.number not in self.targets[key].members)


def _with_members(
    targets: dict[str, TargetGroup], among: Collection[str], client: PhonebookClient
) -> dict[str, TargetGroup]:
    filled = [each.group for each in targets.values() if isinstance(each.group, Group) and each.group.contacts_count]
    found = dict(targets)
    for group, numbers in client.each(lambda group: client.list_numbers(group.id, among), filled):
        if isinstance(numbers, PhonebookError):
            raise numbers
        found[str(group.id)] = TargetGroup(group, numbers.found)
    return found
