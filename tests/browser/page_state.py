"""A state of a page: the page itself, the phonebook and the store."""

from uuid import UUID

from flask import Flask
from playwright.sync_api import Page

from tests.phonebook_state import PhonebookState
from webapp.store import Store

CREATED = "2024-05-03T12:00:00.000000Z"
ODD = ["a" * 250, "مجموعة الموظفين", "👩\u200d🔧" * 60, "<script>alert(1)</script>", "Z̷̡̛a̸l̵g̶o̴" * 9]


class State:
    """A page, the address of the dashboard, its phonebook and its store."""

    def __init__(self, page: Page, address: str, phonebook: PhonebookState, app: Flask) -> None:
        self.page, self.address, self.phonebook, self.app = page, address, phonebook, app
        self.store: Store = app.extensions["store"]

    def open(self, path: str) -> None:
        self.page.goto(self.address + path)

    def group(self, name: str = "Tallinn staff", contacts: int = 3) -> UUID:
        return self.phonebook.add(name, contacts=contacts, created=CREATED)

    def send(self, path: str, button: str, **typed: str) -> None:
        self.open(path)
        for label, text in typed.items():
            self.page.get_by_label(label.replace("E_mail", "E-mail").replace("_", " ")).fill(text)
        self.press(button)

    def press(self, button: str) -> None:
        """Press a button that loads a page, and wait until that page has been loaded."""
        with self.page.expect_navigation():
            self.page.get_by_role("button", name=button, exact=True).click()
