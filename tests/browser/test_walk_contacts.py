"""A whole walk through the contacts in a browser with scripts off."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.dashboard import picture
from tests.page_client import shown
from tests.phonebook_state import PhonebookState

MARI, LIIS = "+37255550001", "+37255551234"


@pytest.fixture
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    return browser_context_args | {"java_script_enabled": False, "viewport": {"width": 1280, "height": 900}}


def test_add_paste_remove_put_back_delete(page: Page, address: str, phonebook: PhonebookState) -> None:
    staff, office = phonebook.add("Staff", contacts=2), phonebook.add("Office", contacts=1)
    page.goto(f"{address}/groups/{staff}")
    page.get_by_role("link", name="Add contact").click()
    expect(page.get_by_label("Phone number")).to_be_focused()
    page.keyboard.type("+372 5555 0001")
    page.get_by_label("First name").fill("Mari")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_have_text(f"{shown(MARI)} was created, and added to “Staff”.")

    page.get_by_role("link", name="Add numbers").click()
    page.get_by_label("Phone numbers, one per line").fill(f"{LIIS}\n3.72555E+11\n{MARI}")
    page.get_by_role("button", name="Add numbers").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("1 unchanged · 2 need attention")
    page.get_by_role("link", name="Try these again").click()
    page.get_by_label("Create contacts for numbers that are not in the phonebook yet").check()
    page.get_by_role("button", name="Add numbers").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("1 added · 1 needs attention")
    assert {MARI, LIIS} < set(phonebook.numbers(staff))
    picture(page, "contacts-1-results")

    page.get_by_role("link", name="Back to the group").click()
    page.get_by_role("checkbox", name="Tick Mari").check()
    page.get_by_role("row", name=shown(LIIS)).get_by_role("checkbox").check()
    page.get_by_role("button", name="Remove from group").click()
    expect(page.get_by_role("main")).to_contain_text("All of them would be in no group")
    page.get_by_role("button", name="Remove from group").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("2 removed")

    page.get_by_role("navigation", name="Main").get_by_role("link", name="Contacts").click()
    expect(page.get_by_role("rowheader")).to_have_count(5)
    picture(page, "contacts-2-all")
    page.goto(f"{address}/contacts/leaving")
    expect(page.get_by_role("rowheader")).to_have_count(2)
    picture(page, "contacts-3-leaving")
    page.get_by_role("checkbox", name="Tick Mari").check()
    page.get_by_label("Group", exact=True).select_option(str(office))
    page.get_by_role("button", name="Put in group").click()
    page.get_by_role("button", name="Put in group").click()
    expect(page.get_by_role("status")).to_contain_text("1 contact was added to “Office”.")
    assert MARI in phonebook.numbers(office)

    page.goto(f"{address}/groups/{office}/delete")
    expect(page.get_by_role("main")).to_contain_text("All of them are only in this group.")
    picture(page, "contacts-4-delete-group")
    page.goto(f"{address}/contacts/{LIIS}/delete")
    page.get_by_role("button", name="Delete contact").click()
    expect(page.get_by_role("status")).to_contain_text("was deleted")
    assert phonebook.contact(LIIS) is None
    assert phonebook.contacts() == 4
