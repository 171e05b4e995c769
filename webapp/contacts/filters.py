"""Parts of a list of contacts that can be shown alone: by the blacklist, and by what is probably wrong with them."""

from webapp.phone_numbers.text_messages import Texts, gets_texts
from webapp.phonebook import Contact, Rows
from webapp.text import fold, is_blank


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
