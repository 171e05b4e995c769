"""Parts of a list of contacts that can be shown alone: by the blacklist, and by what is probably wrong with them."""

from webapp.phone_numbers.text_messages import Texts, gets_texts
from webapp.phonebook import Contact, PhonebookClient, Rows
from webapp.text import fold, is_blank

BLACKLISTED, NOT_BLACKLISTED = "blacklisted", "not-blacklisted"
IMPOSSIBLE, SAME_PERSON, NAMELESS = "impossible", "same-person", "nameless"

SHOWN_PARTS = {
    BLACKLISTED: "On the blacklist",
    NOT_BLACKLISTED: "Not on the blacklist",
    IMPOSSIBLE: "Numbers that can't exist",
    SAME_PERSON: "Same name and company as another",
    NAMELESS: "Without a name",
}
"""Labels of the parts of a list, by their values in addresses."""


def find_part(part: str, contacts: Rows[Contact], client: PhonebookClient) -> Rows[Contact]:
    """Return a part of a list; all of it if there is no such part.

    Raises:
        PhonebookError: when the blacklist is needed and can't be read.

    """
    if part in {BLACKLISTED, NOT_BLACKLISTED}:
        blacklist = client.list_blacklist()
        rows = [each for each in contacts.rows if (each.number in blacklist) is (part == BLACKLISTED)]
        return Rows(tuple(rows), contacts.unreadable)
    return contacts.derive(_part, part) if part in SHOWN_PARTS else contacts


def _part(contacts: Rows[Contact], part: str) -> Rows[Contact]:
    if part == SAME_PERSON:
        found = [contact for same in contacts.derive(find_same_person) for contact in same]
    else:
        found = contacts.derive(find_impossible if part == IMPOSSIBLE else find_nameless)
    return Rows(tuple(found), contacts.unreadable)


def find_getting_texts(contacts: Rows[Contact]) -> frozenset[str]:
    """Return the numbers that get text messages, as far as the numbering plans tell, whatever the blacklist says."""
    return frozenset(contact.number for contact in contacts.rows if gets_texts(contact.number) is Texts.YES)


def find_impossible(contacts: Rows[Contact]) -> list[Contact]:
    """Return the contacts whose numbers can't exist."""
    return [contact for contact in contacts.rows if gets_texts(contact.number) is Texts.NO]


def find_nameless(contacts: Rows[Contact]) -> list[Contact]:
    """Return the contacts without a name."""
    return [contact for contact in contacts.rows if not contact.name or is_blank(contact.name)]


def find_same_person(contacts: Rows[Contact]) -> list[list[Contact]]:
    """Return the contacts that have the same name and company, those of one person together."""
    people: dict[tuple[str, str], list[Contact]] = {}
    companies: dict[str, str] = {}
    for contact in contacts.rows:
        if (company := contact.company) and contact.name:
            if company not in companies:
                companies[company] = "" if is_blank(company) else fold(company)
            if companies[company] and (name := fold(contact.name)):
                people.setdefault((name, companies[company]), []).append(contact)
    return [same for same in people.values() if len(same) > 1]
