"""What the preview of an import shows."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from wtforms import BooleanField

from webapp.contacts.group_picker import MAX_GROUP_OPTIONS, group_options
from webapp.contacts.table import detail_labels
from webapp.imports.cells import with_plus
from webapp.imports.columns import LEFT_OUT, column_letters, field_labels
from webapp.imports.forms import MAX_NEW_GROUPS, ImportForm
from webapp.imports.headings import NUMBER
from webapp.imports.preview import ImportPreview, PlannedRow, State
from webapp.imports.reading import FileReading
from webapp.imports.target_groups import TargetGroup
from webapp.imports.uploads import Upload
from webapp.phone_numbers.numbering_plans import region_choices

MAX_LISTED = 100
"""Rows of each kind that the page lists."""
MAX_OPEN = 10
"""If more rows need attention, they are listed only after a click."""

SUMMARY = {
    State.NEW: "new",
    State.CHANGED: "changed",
    State.UNCHANGED: "unchanged",
    State.REPEATED: "listed twice",
    State.REFUSED: "refused",
}


@dataclass(frozen=True)
class Section:
    """Rows of one kind."""

    state: State
    rows: Sequence[PlannedRow]
    """The first ones."""
    total: int

    @property
    def needs_attention(self) -> bool:
        """Whether the user should look at these rows before the import."""
        return self.state in {State.REFUSED, State.REPEATED}

    @property
    def is_open(self) -> bool:
        """Whether the rows are shown without being asked for."""
        return self.state is State.REFUSED and self.total <= MAX_OPEN


@dataclass(frozen=True)
class PreviewPage:
    """A file and what its import would do."""

    upload: Upload
    reading: FileReading
    preview: ImportPreview
    form: ImportForm
    changed: bool
    """Whether the phonebook has changed since the user saw the preview."""
    has_new_choices: bool
    """Whether the user has sent other choices than those of the preview that they saw."""

    @property
    def counts(self) -> list[str]:
        """The number of rows in each state, and of those on the blacklist, as the page's first line."""
        texts = [f"{count:,} {SUMMARY[state]}" for state, count in self.preview.counts.items() if count]
        if self.preview.blacklisted:
            stay = "stays" if self.preview.blacklisted == 1 else "stay"
            texts.append(f"{self.preview.blacklisted:,} blacklisted ({stay} blacklisted)")
        return texts

    @property
    def sections(self) -> list[Section]:
        """The rows by kind, those that need attention first."""
        order = (State.REFUSED, State.REPEATED, State.CHANGED, State.NEW, State.UNCHANGED)
        return [Section(state, rows[:MAX_LISTED], len(rows)) for state in order if (rows := self.preview.having(state))]

    @property
    def columns(self) -> list[tuple[str, str]]:
        """The columns that are imported: their letters and what they are."""
        labels = field_labels(detail_labels())
        named = [(column_letters(place), name) for place, name in enumerate(self.reading.columns)]
        return [(letters, labels[name]) for letters, name in named if name != LEFT_OUT]

    @property
    def left_out(self) -> list[tuple[str, str]]:
        """The columns that are left out though something is in them: their letters and what comes first there."""
        return [
            (column_letters(place), samples[0])
            for place, name in enumerate(self.reading.columns)
            if name == LEFT_OUT and (samples := self.reading.samples(place))
        ]

    @property
    def group_options(self) -> list[tuple[str, str]] | None:
        """The groups to choose from; None if there are too many."""
        groups = self.preview.all_groups
        return group_options(groups) if len(groups.rows) <= MAX_GROUP_OPTIONS else None

    @property
    def joins(self) -> list[tuple[TargetGroup, int]]:
        """The groups that contacts are put in, and how many."""
        counts = self.preview.joins
        return [(target, counts[key]) for key, target in self.preview.groups.items()]

    @property
    def meant(self) -> list[str]:
        """The ids of the groups that the user has said to be meant by a name that several have."""
        asked = {str(group.id) for question in self.preview.questions for group in question.groups}
        return [each for each in self.form.meant.data or () if each and each not in asked]

    @property
    def asks_to_create(self) -> bool:
        """Whether the user has to confirm that so many groups are created."""
        return len(self.preview.new_groups) > MAX_NEW_GROUPS

    @property
    def without_plus(self) -> tuple[str, str] | None:
        """A cell with a number that lacks only the +, and how it is read; None if there is none."""
        place = self.reading.columns.index(NUMBER)
        read = ((row.row.cells[place], row.row.number) for row in self.preview.rows if row.row.number)
        return next(((cell, number) for cell, number in read if with_plus(cell) == number), None)

    @property
    def ways_to_read_more(self) -> list[tuple[BooleanField, int]]:
        """The boxes that would import refused rows, with the number of these rows, and those that are ticked."""
        boxes = {"split_numbers": self.form.split, "add_plus": self.form.plus}
        return [(box, self._refused[option]) for option, box in boxes.items() if self._refused[option] or box.data]

    @property
    def without_country(self) -> int:
        """How many rows are refused because their numbers have no country code and no country has been chosen."""
        return self._refused["region"]

    @property
    def regions(self) -> list[tuple[str, str]]:
        """The countries to choose from, if numbers have no country code."""
        return region_choices() if self.without_country or self.form.region.data else []

    @cached_property
    def _refused(self) -> Counter[str]:
        """The number of refused rows by the option that would import them."""
        return Counter(row.row.refusal.option for row in self.preview.rows if row.row.refusal)
