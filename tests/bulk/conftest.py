"""A phonebook for actions on many contacts."""

from collections.abc import Callable
from uuid import UUID

import pytest

from tests.phonebook_state import PhonebookState


@pytest.fixture
def staff(phonebook: PhonebookState) -> UUID:
    """A group of Mari and Jaan. Liis is in no group."""
    group = phonebook.add("Staff")
    phonebook.add_contact("+37255550001", group, firstName="Mari", company="Acme")
    phonebook.add_contact("+37255550002", group, firstName="Jaan", company="Acme")
    phonebook.add_leaving("+37255550003", "2099-01-01", firstName="Liis")
    return group


@pytest.fixture
def office(phonebook: PhonebookState, staff: UUID) -> UUID:
    """A group of Mari."""
    group = phonebook.add("Office")
    phonebook.join("+37255550001", group)
    return group


@pytest.fixture
def people(phonebook: PhonebookState) -> Callable[..., list[str]]:
    """Adds many contacts to groups, and returns their numbers."""

    def add(count: int, *groups: UUID, company: str = "Acme") -> list[str]:
        first = len(phonebook.numbers())
        numbers = [f"+3726{number:07}" for number in range(first, first + count)]
        for number in numbers:
            phonebook.add_contact(number, *groups, firstName=f"Person {number[-4:]}", company=company)
        return numbers

    return add
