"""The forms by which a contact is changed or deleted."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Self
from urllib.parse import urlencode

from markupsafe import Markup
from wtforms import HiddenField

from webapp.contacts.forms import DetailsForm, tidy
from webapp.contacts.listing import LABELS
from webapp.phonebook import Contact, Group
from webapp.site.filters import quoted
from webapp.site.forms import OnceForm
from webapp.site.lifecycle import LARGEST_FORM
from webapp.site.text import same

ROOM_TO_TYPE = 50_000
"""Bytes for what a reader writes instead, and for what else goes along."""
LONGEST_NAME_KEPT = 250
"""Characters of a contact's name that a notice repeats: the cookie that carries it has its limit."""


class EditForm(DetailsForm):
    """What is said of a contact, and `was`: what was said of it when the page was opened."""

    was = HiddenField()

    @classmethod
    def about(cls, contact: Contact, kept: Mapping[str, str]) -> Self:
        """Make the form for a contact as it is now, with what was typed into it before."""
        said = _details(contact)
        return cls(data=said | {"was": _written(said)} | dict(kept))

    @property
    def is_too_long(self) -> bool:
        """Whether it could not be sent back."""
        sent = urlencode({name: self[name].data or "" for name in ("was", *LABELS)}, errors="replace")
        return len(sent) > LARGEST_FORM - ROOM_TO_TYPE

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
        return not same(was, typed) and tidy(was) != typed

    @property
    def changes(self) -> dict[str, str | None]:
        """The details that the reader has changed, and what they are to be: None is empty."""
        return {name: self.typed(name) or None for name in LABELS if self.is_new(name)}

    def asks_about_changes(self, contact: Contact) -> bool:
        """Ask at each field that was changed by the reader and by somebody else meanwhile; take over all others."""
        then, now, wanted, asks = self.said_then, _details(contact), self.changes, False
        for name, value in now.items():
            if same(then.get(name, ""), value):
                continue
            if name not in wanted:
                self[name].data = value
            elif not same(value, self.typed(name)):
                self[name].errors = [*self[name].errors, _question(value, wanted[name])]
                asks = True
        if asks:
            self.was.data = _written(now)
        return asks


class DeleteForm(OnceForm):
    """Which contact the reader was asked about: a digest of all that was shown, and its name to be told afterwards."""

    shown = HiddenField()
    name = HiddenField()

    @classmethod
    def about(cls, contact: Contact, groups: Iterable[Group]) -> Self:
        """Make the form for a contact as it is now."""
        return cls(formdata=None, data={"shown": _digest(contact, groups), "name": contact.name[:LONGEST_NAME_KEPT]})

    def describes(self, contact: Contact, groups: Iterable[Group]) -> bool:
        """Whether the contact is as it was when the page was opened."""
        return self.shown.data == _digest(contact, groups)


def _details(contact: Contact) -> dict[str, str]:
    return {name: getattr(contact, name) or "" for name in LABELS}


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
