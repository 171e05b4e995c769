"""Contacts for tests, and helpers that read them from pages."""

from uuid import UUID

from tests.page_client import Page, PageClient, number_in, str_list, words
from tests.phonebook_state import PhonebookState

MARI, JAAN, LIIS = "+37255550001", "+37255550002", "+37255550003"


def table(page: Page) -> list[list[str]]:
    """The contacts of a list, cell by cell, without the boxes to tick."""
    rows = page.soup.select("tbody tr")
    return [
        [words(cell) for cell in row.find_all(["th", "td"]) if "tick" not in str_list(cell.get("class") or "")]
        for row in rows
    ]


def numbers(page: Page) -> list[str]:
    """The numbers of a list, in their order."""
    return [number_in(row[1]) for row in table(page)]


def add_numbers(user: PageClient, group: UUID, *lines: str, create: bool = False) -> Page:
    """Paste numbers into the form of a group, and send it."""
    page = user.get(f"/groups/{group}/add-numbers")
    return page.submit("Add numbers", numbers="\r\n".join(lines), create=["y"] if create else [])


def results_on(page: Page) -> dict[str, str]:
    """The result of each number on an action's page; the last line of a number counts."""
    rows = [[words(cell) for cell in row.find_all(["th", "td"])] for row in page.soup.select("tbody tr")]
    return {number_in(row[0]): row[-1] for row in rows}


def said(phonebook: PhonebookState, number: str) -> dict[str, str]:
    """A contact's details in the phonebook by the API's names, without its number and empty fields."""
    contact = phonebook.contact(number)
    assert contact is not None
    left_out = {"phoneNumber", "scheduledDeletionDate"}
    return {name: value for name, value in contact.items() if value is not None and name not in left_out}


def writes(phonebook: PhonebookState) -> list[str]:
    """The calls that changed something."""
    calls = [call.replace("/v1/phonebook/", "") for call in phonebook.calls]
    return [call for call in calls if not call.startswith("GET")]
