"""The forms that upload a file, say how to read it, and start its import."""

import hashlib
from collections.abc import Collection, Iterable
from typing import Any, Self
from uuid import UUID

from flask import request
from werkzeug.datastructures import FileStorage, MultiDict
from wtforms import BooleanField, Field, HiddenField, SelectMultipleField, StringField, TextAreaField, ValidationError

from webapp.groups.forms import check_name, duplicate_question, tidy_name
from webapp.groups.plans import find_duplicates
from webapp.imports.options import ImportOptions
from webapp.imports.uploads import RefusedRow
from webapp.phone_numbers.numbering_plans import is_region
from webapp.phonebook import Group
from webapp.web.addresses import read_id
from webapp.web.forms import OnceForm

NEW_GROUP = "new"
"""The choice of a group that is to be created."""

MAX_NEW_GROUPS = 10
"""More new groups than these are asked about: the column of groups may be a wrong one."""

GROUP_GONE = "This group no longer exists. Choose another"
NOTHING = "Choose a file, or paste cells"
BOTH = "There is a file and there are pasted cells. Send one of them"


class UploadForm(OnceForm):
    """A file, or cells pasted from a spreadsheet."""

    file = StringField("File")
    pasted = TextAreaField("Or paste cells")

    @property
    def upload(self) -> FileStorage | None:
        """The chosen file; None if there is none."""
        chosen = request.files.get("file")
        return chosen if chosen and chosen.filename else None

    def validate_file(self, field: Field) -> None:
        """Require a file or pasted cells, and not both."""
        if self.upload and (self.pasted.data or "").strip():
            raise ValidationError(BOTH)
        if not self.upload and not (self.pasted.data or "").strip():
            raise ValidationError(NOTHING)
        field.data = ""

    def read(self) -> tuple[str, bytes]:
        """Return the file's name and content; without a name, the pasted cells as UTF-8."""
        if self.upload:
            return self.upload.filename or "", self.upload.read()
        return "", (self.pasted.data or "").encode("utf-8", "replace")

    def refuse(self, message: str) -> None:
        """Add an error to the file, or to the pasted cells."""
        (self.file if self.upload else self.pasted).errors = [message]


class ReadForm(OnceForm):
    """How to read a file: the answer to one question."""

    sheet = StringField("Sheet")
    encoding = StringField("Reading")
    heading = StringField("First row")
    column = SelectMultipleField("Columns", validate_choice=False)

    @classmethod
    def with_saved(cls, saved: MultiDict[str, str]) -> Self:
        """Make the form with the answer of a saved form, if there is one."""
        return cls(formdata=None, data=saved.to_dict() | {"column": saved.getlist("column")})


class ImportForm(OnceForm):
    """What to do with the rows of a file."""

    group = StringField("Put all imported contacts in a group")
    name = StringField("Name of the new group", filters=[tidy_name])
    anyway = StringField()
    """The duplicate name that the user has confirmed."""
    existing = StringField("Contacts that are in the phonebook", default="update")
    blank = StringField("Blank cells", default="keep")
    split = BooleanField("Cells with two numbers are two contacts")
    plus = BooleanField("Put a + before numbers that lack only that")
    region = StringField(
        "Country of the numbers without +", filters=[lambda code: code if is_region(code or "") else ""]
    )
    last_first = BooleanField("Full names have the last name first")
    unblock = BooleanField("Take them off the blacklist")
    create = BooleanField("Create these groups")
    meant = SelectMultipleField("Group", validate_choice=False)
    seen = HiddenField()
    """A digest of the preview that the page showed."""
    shown = HiddenField()
    """A digest of the choices for which it was shown."""

    upload_key = ""
    refused: list[RefusedRow] | None = None
    """The rows that can't be imported, once the import has been planned."""

    @classmethod
    def with_saved(cls, saved: MultiDict[str, str], *, last_first: bool) -> Self:
        """Make the form with the choices of a saved form, if there is one."""
        single = {name: value for name, value in saved.items() if name != "meant"} if saved else {}
        choices: dict[str, Any] = single if saved else {"last_first": last_first}
        return cls(formdata=None, data=choices | {"meant": saved.getlist("meant")})

    @property
    def key(self) -> str:
        """The same in every tab and for every user, so that a file is not imported twice."""
        return self.upload_key

    @property
    def content(self) -> str:
        """The same for every form of the upload, so that a second one is shown the result of the first."""
        return "import"

    @property
    def options(self) -> ImportOptions:
        """The choices."""
        chosen = self.group.data or ""
        return ImportOptions(
            updates=self.existing.data != "skip",
            blank_clears=self.blank.data == "clear",
            unblocks=bool(self.unblock.data),
            group=read_id(chosen) if chosen != NEW_GROUP else None,
            new_group=self.name.data or "" if chosen == NEW_GROUP else "",
            meant=frozenset(_ids(self.meant.data or [])),
        )

    @property
    def chosen(self) -> str:
        """A digest of the choices that change the preview."""
        options = self.options
        reading = (bool(self.split.data), bool(self.plus.data), bool(self.last_first.data), self.region.data or "")
        values = (options.updates, options.blank_clears, options.unblocks, reading)
        return hashlib.sha256(repr(values).encode()).hexdigest()

    def validate_group(self, field: Field) -> None:
        """Take a typed name without a chosen group for that of a new group."""
        if not field.data and self.name.data:
            field.data = NEW_GROUP

    def check_name(self) -> bool:
        """Whether the name of a new group, if one is chosen, can be used; if not, add an error to its field."""
        if self.group.data != NEW_GROUP:
            return True
        try:
            check_name(self, self.name)
        except ValidationError as error:
            self.name.errors = [str(error)]
        return not self.name.errors

    def check_group(self, groups: Iterable[Group]) -> bool:
        """Whether the chosen group, if there is one, is in the phonebook; if not, add an error to its field."""
        if self.group.data in {None, "", NEW_GROUP} or self.options.group in {group.id for group in groups}:
            return True
        self.group.errors = [GROUP_GONE]
        return False

    def asks_about_duplicates(self, groups: Iterable[Group]) -> bool:
        """Ask whether a duplicate name is intended for the new group; return whether it was necessary to ask."""
        name = self.name.data or ""
        if self.group.data != NEW_GROUP or self.anyway.data == name:
            return False
        if not (duplicates := find_duplicates(name, groups)):
            return False
        self.name.errors = [duplicate_question(duplicates)]
        return True

    def asks_about_new_groups(self, names: Collection[str]) -> bool:
        """Ask whether many new groups are intended; return whether it was necessary to ask."""
        if len(names) <= MAX_NEW_GROUPS or self.create.data:
            return False
        self.create.errors = [f"The file has {len(names):,} groups that are not in the phonebook. Tick to create them"]
        return True


def _ids(texts: list[str]) -> list[UUID]:
    return [each for text in texts if (each := read_id(text))]
