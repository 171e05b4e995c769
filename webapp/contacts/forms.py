"""The forms that create, edit and delete a contact."""

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Self, TypeVar
from urllib.parse import urlencode

from markupsafe import Markup
from wtforms import Field, HiddenField, StringField, ValidationError

from webapp.contacts.details import DetailRefused, check_detail, tidy
from webapp.contacts.emails import NotAnAddress, as_typed
from webapp.contacts.table import DETAIL_LABELS, detail_labels
from webapp.phone_numbers.reading import UnreadableNumber, check_number, read_number
from webapp.phonebook import Contact, Group
from webapp.phonebook.models import DETAILS
from webapp.text import MAX_TEXT_CHARS, is_blank, is_same_text
from webapp.web.current import settings
from webapp.web.forms import OnceForm
from webapp.web.requests import MAX_LONG_FORM_BYTES
from webapp.web.template_filters import quoted

RESERVED_FORM_BYTES = 50_000
"""Bytes of a long form that are reserved for the user's edits and the other fields."""
MAX_NOTICE_NAME_CHARS = 250
"""Characters of a contact's name that a notice repeats: its cookie has a limited size."""


FormClass = TypeVar("FormClass", bound=type[OnceForm])


def with_detail_fields(form: FormClass) -> FormClass:
    """Give a form class a text field for each detail of a contact. A detail is everything but the number."""
    for name, label in DETAIL_LABELS.items():
        setattr(form, name, StringField(label, filters=[tidy]))
    return form


def _label_details(form: OnceForm) -> None:
    """Label the fields with the team's names of the custom fields."""
    for name, label in detail_labels().items():
        form[name].label.text = label


@with_detail_fields
class ContactForm(OnceForm):
    """A new contact's number and details. `anyway` is the number of a known contact to add as it is."""

    # White space is not normalized: it may separate two columns of a spreadsheet.
    number = StringField("Phone number")
    anyway = StringField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _label_details(self)

    def validate(self, extra_validators: Mapping[str, Any] | None = None) -> bool:
        """Check all fields."""
        return bool(super().validate({**_checks(DETAIL_LABELS), **(extra_validators or {})}))

    @property
    def details(self) -> dict[str, str | None]:
        """The details that are filled in, by their names in `Contact`."""
        return {name: self[name].data for name in DETAIL_LABELS if self[name].data}

    def validate_number(self, field: Field) -> None:
        """Parse the number into `parsed_number`, in E.164 form."""
        if is_blank(field.data or ""):
            raise ValidationError("Enter a phone number")
        try:
            self.parsed_number = read_number(field.data, settings().default_region)
        except UnreadableNumber as error:
            raise ValidationError(str(error)) from error

    def can_be_created(self) -> bool:
        """Whether the number can exist; if not, add an error to its field."""
        reason = check_number(self.parsed_number)
        if reason:
            self.refuse_number(reason)
        return not reason

    def refuse_number(self, message: str) -> None:
        """Add an error to the number's field."""
        self.number.errors = [*self.number.errors, message]

    def missing_from(self, contact: Contact) -> dict[str, str]:
        """Return the filled-in details that differ from a contact's."""
        return {name: value for name, value in self.details.items() if value and getattr(contact, name) != value}


@with_detail_fields
class EditContactForm(OnceForm):
    """A contact's details, and `was`: the details when the page was opened."""

    was = HiddenField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _label_details(self)

    @classmethod
    def for_contact(cls, contact: Contact, saved: Mapping[str, str]) -> Self:
        """Make the form for a contact as it is now, with the fields of a saved form."""
        details = _details(contact)
        return cls(data=details | {"was": _to_json(details)} | dict(saved))

    @classmethod
    def with_typed(cls, contact: Contact, typed: Mapping[str, str]) -> Self:
        """Make the form with details that were typed to create the contact, and ask at each field that differs."""
        details = _details(contact)
        form = cls(formdata=None, data=details | {"was": _to_json(details)} | dict(typed))
        for name, value in typed.items():
            if details[name]:
                question = Markup("In the phonebook this is {}. Press Save changes to replace it with {}.")
                form[name].errors = [question.format(quoted(details[name]), quoted(value))]
        return form

    @property
    def is_too_long(self) -> bool:
        """Whether the form would be too long to submit."""
        sent = urlencode({name: self[name].data or "" for name in ("was", *DETAIL_LABELS)}, errors="replace")
        return len(sent) > MAX_LONG_FORM_BYTES - RESERVED_FORM_BYTES

    @property
    def original_details(self) -> dict[str, str]:
        """The contact's details when the page was opened; empty if they can't be read."""
        try:
            was = json.loads(self.was.data or "{}")
        except (ValueError, RecursionError):
            return {}
        return {key: value for key, value in was.items() if isinstance(value, str)} if isinstance(was, dict) else {}

    def validate(self, extra_validators: Mapping[str, Any] | None = None) -> bool:
        """Check the details that the user changed: those that Messente already has may break today's rules."""
        changed = [name for name in DETAIL_LABELS if self.is_changed(name)]
        return bool(super().validate({**_checks(changed), **(extra_validators or {})}))

    def typed(self, name: str) -> str:
        """Return the text in a detail's field."""
        return self[name].data or ""

    def is_changed(self, name: str) -> bool:
        """Whether the user changed this field."""
        was, typed = self.original_details.get(name, ""), self.typed(name)
        if name == "email" and as_typed(typed) == was:
            return False
        return not is_same_text(was, typed) and tidy(was) != typed

    @property
    def changes(self) -> dict[str, str | None]:
        """The details that the user changed, with their new values; None clears a detail."""
        return {name: self.typed(name) or None for name in DETAIL_LABELS if self.is_changed(name)}

    def asks_about_changes(self, contact: Contact) -> bool:
        """Ask at each field that both the user and somebody else have changed; update the other fields."""
        then, now, changes, asks = self.original_details, _details(contact), self.changes, False
        for name, value in now.items():
            if is_same_text(then.get(name, ""), value):
                continue
            if name not in changes:
                self[name].data = value
            elif not is_same_text(value, self.typed(name)):
                self[name].errors = [*self[name].errors, _conflict_question(value, changes[name])]
                asks = True
        if asks:
            self.was.data = _to_json(now)
        return asks


class DeleteContactForm(OnceForm):
    """The contact that the page showed: a digest of its details and groups, and its name for the notice."""

    shown = HiddenField()
    name = HiddenField()
    back = HiddenField()
    """The address of the list from which the user came, or empty."""

    @classmethod
    def for_contact(cls, contact: Contact, groups: Iterable[Group], back: str) -> Self:
        """Make the form for a contact as it is now."""
        name = contact.name[:MAX_NOTICE_NAME_CHARS]
        return cls(formdata=None, data={"shown": _digest(contact, groups), "name": name, "back": back})

    def describes(self, contact: Contact, groups: Iterable[Group]) -> bool:
        """Whether the contact is as it was when the page was opened."""
        return self.shown.data == _digest(contact, groups)


def refuse_details(form: ContactForm | EditContactForm, message: str, otherwise: str) -> None:
    """Add Messente's error message to the field that it mentions, or to the field `otherwise`."""
    mentioned = [name for name in DETAIL_LABELS if re.search(rf"\b({name}|{DETAILS[name]})\b", message)]
    field = form[mentioned[0] if mentioned else otherwise]
    field.errors = [*field.errors, message or "Messente can't accept this"]


def _checks(names: Iterable[str]) -> dict[str, list[Callable[[OnceForm, Field], None]]]:
    """Return the validators of these details' fields."""
    return {name: [_check] for name in names}


def _check(_form: OnceForm, field: Field) -> None:
    try:
        field.data = check_detail(field.short_name, field.data)
    except NotAnAddress as error:
        raise ValidationError(str(error)) from error
    except DetailRefused as error:
        # Users can't see hidden characters to remove them: remove them here, and have the user check the field.
        field.data = error.cleaned
        if error.is_too_long:
            raise ValidationError(f"{field.label.text} must be {MAX_TEXT_CHARS} characters or fewer") from error
        message = f"{field.label.text} contained hidden characters, which were removed. Check it"
        raise ValidationError(message) from error


def _details(contact: Contact) -> dict[str, str]:
    return {name: getattr(contact, name) or "" for name in DETAIL_LABELS}


def _to_json(details: Mapping[str, str]) -> str:
    # Browsers change line ends in plain text, but not in JSON.
    return json.dumps({name: value for name, value in details.items() if value}, ensure_ascii=False)


def _conflict_question(now: str, new: str | None) -> Markup:
    changed = Markup("Somebody else has changed this to {} in the meantime.").format(quoted(now)) if now else ""
    changed = changed or Markup("Somebody else has emptied this in the meantime.")
    do = Markup("use {} instead").format(quoted(new)) if new else "empty it"
    return Markup("{} Press Save changes to {}.").format(changed, do)


def _digest(contact: Contact, groups: Iterable[Group]) -> str:
    shown = [sorted(_details(contact).items()), sorted((str(group.id), group.name) for group in groups)]
    return hashlib.sha256(json.dumps(shown).encode()).hexdigest()
