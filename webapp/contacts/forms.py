"""The forms by which a contact is created, edited and deleted."""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any, Self
from urllib.parse import urlencode

from markupsafe import Markup
from wtforms import Field, HiddenField, StringField, ValidationError

from webapp.contacts.emails import NotAnAddress, as_typed, read_email, without_hidden
from webapp.contacts.table import DETAIL_LABELS
from webapp.phone_numbers.reading import UnreadableNumber, check_number, read_number
from webapp.phonebook import Contact, Group
from webapp.phonebook.models import DETAILS
from webapp.text.cleaning import MAX_TEXT_CHARS, is_blank, normalize_spaces, remove_hidden_characters
from webapp.text.matching import is_same_text
from webapp.web.current import settings
from webapp.web.forms import OnceForm
from webapp.web.lifecycle import MAX_LONG_FORM_BYTES
from webapp.web.template_filters import quoted

TYPING_BYTES = 50_000
"""Bytes for what a reader writes instead, and for what else goes along."""
LONGEST_PASTED = 4 * MAX_TEXT_CHARS
"""Characters in which an e-mail address is looked for."""
MAX_NOTICE_NAME_CHARS = 250
"""Characters of a contact's name that a notice repeats: the cookie that carries it has its limit."""


def tidy(value: str | None) -> str:
    """Write what was typed as it is kept; what shows nothing is nothing, unless that has to be told."""
    folded = normalize_spaces(value or "")
    return "" if is_blank(folded) and remove_hidden_characters(folded) == folded else folded


class DetailsForm(OnceForm):
    """What may be said of a contact besides its number."""

    first_name = StringField(DETAIL_LABELS["first_name"], filters=[tidy])
    last_name = StringField(DETAIL_LABELS["last_name"], filters=[tidy])
    company = StringField(DETAIL_LABELS["company"], filters=[tidy])
    title = StringField(DETAIL_LABELS["title"], filters=[tidy])
    email = StringField(DETAIL_LABELS["email"], filters=[tidy])
    custom = StringField(DETAIL_LABELS["custom"], filters=[tidy])
    custom2 = StringField(DETAIL_LABELS["custom2"], filters=[tidy])
    custom3 = StringField(DETAIL_LABELS["custom3"], filters=[tidy])
    custom4 = StringField(DETAIL_LABELS["custom4"], filters=[tidy])

    def validate(self, extra_validators: Any = None) -> bool:
        """Check every field, with its own rules and with those that all share."""
        shared = {name: [_check_text] for name in DETAIL_LABELS} | {"email": [_check_email]}
        shared = {name: checks for name, checks in shared.items() if self.is_new(name)}
        return bool(super().validate({**shared, **(extra_validators or {})}))

    def is_new(self, _name: str) -> bool:
        """Whether a detail is the reader's, who can be asked to write it otherwise."""
        return True

    def refuse(self, message: str, otherwise: str) -> None:
        """Say at the field that Messente names why it won't do, or at another where it names none."""
        named = [name for name in DETAIL_LABELS if re.search(rf"\b({name}|{DETAILS[name]})\b", message)]
        field = self[named[0] if named else otherwise]
        field.errors = [*field.errors, message or "Messente can't accept this"]

    @property
    def details(self) -> dict[str, str | None]:
        """What is filled in, by the names that the client has for it."""
        return {name: self[name].data for name in DETAIL_LABELS if self[name].data}


class ContactForm(DetailsForm):
    """A contact to be: its number, and what is said of it. `anyway` is the number whose contact is taken as it is."""

    # Its white space is not folded: it may stand between two columns.
    number = StringField("Phone number")
    anyway = StringField()

    def validate_number(self, field: Field) -> None:
        """Read the number; what it means goes into `wanted`."""
        if is_blank(field.data or ""):
            raise ValidationError("Enter a phone number")
        try:
            self.wanted = read_number(field.data, settings().default_region)
        except UnreadableNumber as error:
            raise ValidationError(str(error)) from error

    def can_be_created(self) -> bool:
        """Whether there can be such a number; if not, that is said at the field."""
        reason = check_number(self.wanted)
        if reason:
            self.refuse_number(reason)
        return not reason

    def refuse_number(self, message: str) -> None:
        """Say at the field why the number won't do."""
        self.number.errors = [*self.number.errors, message]

    def missing_from(self, contact: Contact) -> dict[str, str]:
        """Return what is filled in and is not so of a contact."""
        return {name: value for name, value in self.details.items() if value and getattr(contact, name) != value}


class EditContactForm(DetailsForm):
    """What is said of a contact, and `was`: what was said of it when the page was opened."""

    was = HiddenField()

    @classmethod
    def about(cls, contact: Contact, kept: Mapping[str, str]) -> Self:
        """Make the form for a contact as it is now, with what was typed into it before."""
        said = _details(contact)
        return cls(data=said | {"was": _written(said)} | dict(kept))

    @classmethod
    def with_typed(cls, contact: Contact, typed: Mapping[str, str]) -> Self:
        """Make the form with what was typed to create the contact, and ask at each field that holds something else."""
        said = _details(contact)
        form = cls(formdata=None, data=said | {"was": _written(said)} | dict(typed))
        for name, value in typed.items():
            if said[name]:
                question = Markup("The contact has {} here. Press Save changes to make it {} all the same.")
                form[name].errors = [question.format(quoted(said[name]), quoted(value))]
        return form

    @property
    def is_too_long(self) -> bool:
        """Whether it could not be sent back."""
        sent = urlencode({name: self[name].data or "" for name in ("was", *DETAIL_LABELS)}, errors="replace")
        return len(sent) > MAX_LONG_FORM_BYTES - TYPING_BYTES

    @property
    def said_then(self) -> dict[str, str]:
        """What was said of the contact when the page was opened."""
        try:
            found = json.loads(self.was.data or "{}")
        except (ValueError, RecursionError):
            return {}
        return {key: value for key, value in found.items() if isinstance(value, str)} if isinstance(found, dict) else {}

    def typed(self, name: str) -> str:
        """Return what stands in a detail's field."""
        return self[name].data or ""

    def is_new(self, name: str) -> bool:
        """Whether the reader has changed a detail; what stood there before may be as odd as it is."""
        was, typed = self.said_then.get(name, ""), self.typed(name)
        if name == "email" and as_typed(typed) == was:
            return False
        return not is_same_text(was, typed) and tidy(was) != typed

    @property
    def changes(self) -> dict[str, str | None]:
        """The details that the reader has changed, and what they are to be: None is empty."""
        return {name: self.typed(name) or None for name in DETAIL_LABELS if self.is_new(name)}

    def asks_about_changes(self, contact: Contact) -> bool:
        """Ask at each field that was changed by the reader and by somebody else meanwhile; take over all others."""
        then, now, wanted, asks = self.said_then, _details(contact), self.changes, False
        for name, value in now.items():
            if is_same_text(then.get(name, ""), value):
                continue
            if name not in wanted:
                self[name].data = value
            elif not is_same_text(value, self.typed(name)):
                self[name].errors = [*self[name].errors, _question(value, wanted[name])]
                asks = True
        if asks:
            self.was.data = _written(now)
        return asks


class DeleteContactForm(OnceForm):
    """Which contact the reader was asked about: a digest of all that was shown, and its name to be told afterwards."""

    shown = HiddenField()
    name = HiddenField()

    @classmethod
    def about(cls, contact: Contact, groups: Iterable[Group]) -> Self:
        """Make the form for a contact as it is now."""
        return cls(
            formdata=None, data={"shown": _digest(contact, groups), "name": contact.name[:MAX_NOTICE_NAME_CHARS]}
        )

    def describes(self, contact: Contact, groups: Iterable[Group]) -> bool:
        """Whether the contact is as it was when the page was opened."""
        return self.shown.data == _digest(contact, groups)


def _check_text(_form: DetailsForm, field: Field) -> None:
    _take_over(field, tidy(remove_hidden_characters(field.data)))


def _check_email(_form: DetailsForm, field: Field) -> None:
    if field.data and len(field.data) <= LONGEST_PASTED:
        try:
            field.data = read_email(field.data)
        except NotAnAddress as error:
            raise ValidationError(str(error)) from error
    _take_over(field, without_hidden(field.data))


def _take_over(field: Field, cleaned: str) -> None:
    """Check what is left of a text without its hidden characters."""
    if cleaned != field.data:
        # Nobody can see such a character, or find it to remove it: do it for them, and have them look.
        field.data = cleaned
        raise ValidationError(f"{field.label.text} had hidden characters in it. They are taken out: check it")
    if len(cleaned) > MAX_TEXT_CHARS:
        raise ValidationError(f"{field.label.text} must be {MAX_TEXT_CHARS} characters or fewer")


def _details(contact: Contact) -> dict[str, str]:
    return {name: getattr(contact, name) or "" for name in DETAIL_LABELS}


def _written(details: Mapping[str, str]) -> str:
    # As JSON it comes back from a browser as it was, line ends and all.
    return json.dumps({name: value for name, value in details.items() if value}, ensure_ascii=False)


def _question(now: str, wanted: str | None) -> Markup:
    changed = Markup("Somebody else has changed this to {} meanwhile.").format(quoted(now)) if now else ""
    changed = changed or Markup("Somebody else has emptied this meanwhile.")
    do = Markup("make it {}").format(quoted(wanted)) if wanted else "empty it"
    return Markup("{} Press Save changes to {} all the same.").format(changed, do)


def _digest(contact: Contact, groups: Iterable[Group]) -> str:
    shown = [sorted(_details(contact).items()), sorted((str(group.id), group.name) for group in groups)]
    return hashlib.sha256(json.dumps(shown).encode()).hexdigest()
