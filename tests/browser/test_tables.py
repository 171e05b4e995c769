"""Screen readers find a heading for each cell of a list, and hear each number once."""

import pytest
from flask import Flask
from playwright.sync_api import Page

from tests.browser.checks import table_headings
from tests.browser.page_state import State
from tests.browser.test_states import STATES
from tests.browser.widths import WIDTHS
from tests.phonebook_state import PhonebookState

LISTS = ["contacts", "list-ticked", "group-members", "leaving", "blacklist", "activity-of-many", "import-preview"]


@pytest.mark.parametrize("name", ["list-ticked", *(pytest.param(name, marks=pytest.mark.long) for name in LISTS[1:])])
def test_every_cell_has_a_heading_at_every_width(
    page: Page, address: str, phonebook: PhonebookState, app: Flask, name: str
) -> None:
    STATES[name](State(page, address, phonebook, app))
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        assert table_headings(page) == [], width


def test_a_row_says_its_number_once(page: Page, address: str, phonebook: PhonebookState) -> None:
    staff = phonebook.add("Staff")
    for number in ("+37255550001", "+37255550002"):
        phonebook.add_contact(number, staff, firstName="Mari")
    phonebook.add_contact("+37255550003", staff)
    for number in ("+37255550002", "+37255550003", "+37255550004"):
        phonebook.blacklist(number)
    for path in ("/contacts", f"/groups/{staff}", "/contacts?print=1", "/blacklist"):
        page.goto(address + path)
        rows = page.locator("tbody").first.aria_snapshot().split("- row ")[1:]
        assert len(rows) == 3, path
        for row in rows:
            said, _, _ = row.partition(":\n")  # the names of all that is in it
            assert said.count("+372") == 1, (path, row)
