"""The forms of what is said of a contact."""

import re
from typing import Any

from wtforms import Field, StringField, ValidationError

from webapp.contacts.listing import LABELS
from webapp.phone_numbers.reading import Unreadable, check_number, read_number
from webapp.phonebook import Contact
from webapp.phonebook.models import DETAILS
from webapp.site.context import settings
from webapp.site.forms import OnceForm
from webapp.site.text import LONGEST, fold_spaces, is_blank, without_refused

_EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")


def tidy(value: str | None) -> str:
    """Write what was typed as it is kept; what shows nothing is nothing, unless that has to be told."""
    folded = fold_spaces(value or "")
    return "" if is_blank(folded) and without_refused(folded) == folded else folded


class DetailsForm(OnceForm):
    """What may be said of a contact besides its number."""

    first_name = StringField(LABELS["first_name"], filters=[tidy])
    last_name = StringField(LABELS["last_name"], filters=[tidy])
    company = StringField(LABELS["company"], filters=[tidy])
    title = StringField(LABELS["title"], filters=[tidy])
    email = StringField(LABELS["email"], filters=[tidy])
    custom = StringField(LABELS["custom"], filters=[tidy])
    custom2 = StringField(LABELS["custom2"], filters=[tidy])
    custom3 = StringField(LABELS["custom3"], filters=[tidy])
    custom4 = StringField(LABELS["custom4"], filters=[tidy])

    def validate(self, extra_validators: Any = None) -> bool:
        """Check every field, with its own rules and with those that all share."""
        shared = {name: [_check_text] for name in LABELS} | {"email": [_check_text, _check_email]}
        shared = {name: checks for name, checks in shared.items() if self.is_new(name)}
        return bool(super().validate({**shared, **(extra_validators or {})}))

    def is_new(self, _name: str) -> bool:
        """Whether a detail is the reader's, who can be asked to write it otherwise."""
        return True

    def refuse(self, message: str, otherwise: str) -> None:
        """Say at the field that Messente names why it won't do, or at another where it names none."""
        named = [name for name in LABELS if re.search(rf"\b({name}|{DETAILS[name]})\b", message)]
        field = self[named[0] if named else otherwise]
        field.errors = [*field.errors, message or "Messente can't accept this"]

    @property
    def details(self) -> dict[str, str | None]:
        """What is filled in, by the names that the client has for it."""
        return {name: self[name].data for name in LABELS if self[name].data}


class ContactForm(DetailsForm):
    """A contact to be: its number, and what is said of it. `anyway` is the number whose contact is taken as it is."""

    number = StringField("Phone number", filters=[tidy])
    anyway = StringField()

    def validate_number(self, field: Field) -> None:
        """Read the number; what it means goes into `wanted`."""
        if not field.data:
            raise ValidationError("Enter a phone number")
        try:
            self.wanted = read_number(field.data, settings().default_region)
        except Unreadable as error:
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

    def says_more_than(self, contact: Contact) -> bool:
        """Whether something is filled in that is not so of a contact."""
        return any(getattr(contact, name) != value for name, value in self.details.items())


def _check_text(_form: DetailsForm, field: Field) -> None:
    cleaned = tidy(without_refused(field.data))
    if cleaned != field.data:
        # Nobody can see such a character, or find it to remove it: do it for them, and have them look.
        field.data = cleaned
        raise ValidationError(f"{field.label.text} had hidden characters in it. They are taken out: check it")
    if len(cleaned) > LONGEST:
        raise ValidationError(f"{field.label.text} must be {LONGEST} characters or fewer")


def _check_email(_form: DetailsForm, field: Field) -> None:
    if field.data and not _EMAIL.fullmatch(field.data):
        raise ValidationError("Enter an e-mail address in full, like name@example.com")
