"""The contacts that an action is for."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from markupsafe import Markup

from webapp.bulk.contact_lists import ContactList
from webapp.bulk.forms import BulkForm
from webapp.phonebook import Contact, PhonebookClient, Rows
from webapp.phonebook.client import URL_NUMBER
from webapp.web.current import settings
from webapp.web.lists import ListQuery, filter_and_sort
from webapp.web.template_filters import contacts, quoted


@dataclass(frozen=True)
class Selection:
    """The contacts that are ticked in a list, or all that it finds."""

    source: ContactList
    contacts: Sequence[Contact]
    has_all: bool
    left_out: int = 0
    """Ticked contacts that are not in the list any more; or contacts of the list that can't be read."""

    @property
    def numbers(self) -> list[str]:
        """The numbers of the contacts."""
        return [contact.number for contact in self.contacts]

    @property
    def described(self) -> Markup:
        """Which contacts these are, such as "All 150 contacts that match “Acme”"."""
        count = len(self.contacts)
        if not self.has_all or count < 2:
            return Markup.escape(contacts(count).capitalize())
        found = Markup(" that {} {}").format("match", quoted(self.source.query.q)) if self.source.query.q else ""
        return Markup("All {}{}").format(contacts(count), found)


def read_source(form: BulkForm) -> ContactList:
    """Return the list from which a form was sent; the list of all contacts if the form doesn't say."""
    return ContactList.read(form.back.data or "") or ContactList("contacts.index", ListQuery())


def is_empty(form: BulkForm) -> bool:
    """Whether nothing is selected. All contacts of a list are meant only if the form says of which."""
    return not form.numbers and not (form.has_all and ContactList.read(form.back.data or ""))


class TooManySelected(Exception):
    """There are more contacts than one action can change."""


def find_selection(form: BulkForm, client: PhonebookClient) -> Selection:
    """Find the contacts that an action is for, as the phonebook is now.

    Raises:
        PhonebookError: when they can't be read.
        OrphansUnknown: when the list is of a group's orphans, which can't be found.
        TooManySelected: when they are more than `Settings.max_changes`.

    """
    selection = find_contacts(form, client)
    if len(selection.contacts) > settings().max_changes:
        raise TooManySelected
    return replace(selection, contacts=tuple(selection.contacts))


def find_contacts(form: BulkForm, client: PhonebookClient) -> Selection:
    """Find the contacts that a form is about, any number of them; errors as of `find_selection`."""
    source = read_source(form)
    if form.has_all:
        listed = source.fetch_listed(client)
        found = filter_and_sort(listed, source.table, source.query)
        usable = Rows(found).where(lambda contact: URL_NUMBER.fullmatch(contact.number) is not None).rows
        left_out = len(found) - len(usable) + listed.unreadable
        return Selection(source, usable, has_all=True, left_out=left_out)
    ticked = set(form.numbers)
    there = source.fetch_tickable(client).where(lambda contact: contact.number in ticked)
    found = filter_and_sort(there, source.table, ListQuery(sort=source.query.sort))
    return Selection(source, found, has_all=False, left_out=len(ticked) - len(found))
