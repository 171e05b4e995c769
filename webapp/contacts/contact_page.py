"""One contact as its pages show it: what is said of it, and its groups."""

from dataclasses import dataclass

from webapp.contacts.blacklist import start_blacklist_fetch
from webapp.contacts.group_picker import result_or_error, sorted_by_name
from webapp.phonebook import Contact, Group, Rows
from webapp.phonebook.errors import PhonebookError
from webapp.web.current import Budget, phonebook


@dataclass(frozen=True)
class ContactPage:
    """A contact, and what else could be read of it."""

    contact: Contact
    groups: Rows[Group] | PhonebookError
    """Those that it is in."""
    blacklist: frozenset[str] | None
    all_groups: Rows[Group] | PhonebookError | None = None
    """None where they were not asked for."""

    @property
    def is_blacklisted(self) -> bool | None:
        """Whether it gets no messages; None where that is not known."""
        return None if self.blacklist is None else self.contact.number in self.blacklist

    @property
    def own_groups(self) -> list[Group] | None:
        """The groups that it is in, as people sort; None where that is not known."""
        return None if isinstance(self.groups, PhonebookError) else sorted_by_name(self.groups)

    def needed_groups(self) -> list[Group]:
        """Return the same where nothing else would do.

        Raises:
            PhonebookError: where not all of them could be read.

        """
        if isinstance(self.groups, PhonebookError):
            raise self.groups
        return sorted_by_name(self.groups)


def fetch_contact_page(number: str, by: float = Budget.READ, *, with_all_groups: bool = False) -> ContactPage:
    """Read a contact and what belongs to it, side by side.

    Args:
        number: of the contact.
        by: the part of this page's time by which it has to be over.
        with_all_groups: of the phonebook, too.

    Raises:
        PhonebookError: where the contact itself can't be read, NotFound where there is none.

    """
    client = phonebook(by)
    groups = client.begin(lambda: client.list_groups_of(number))
    all_groups = client.begin(client.list_groups) if with_all_groups else None
    blacklist = start_blacklist_fetch(client)
    contact = client.get_contact(number)
    return ContactPage(
        contact, result_or_error(groups), blacklist(), result_or_error(all_groups) if all_groups else None
    )
