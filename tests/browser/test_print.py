"""A list on paper, as a browser prints it."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, PdfMargins, expect

from tests.phonebook_state import PhonebookState

MARGINS = PdfMargins(top="10mm", right="10mm", bottom="10mm", left="10mm")


@pytest.fixture
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    return browser_context_args | {"java_script_enabled": False}


def test_679_members_fit_on_12_sheets(page: Page, address: str, phonebook: PhonebookState) -> None:
    staff = phonebook.add("Customers: retail")
    details = {"lastName": "Hämäläinen", "company": "Saaremaa Laevad OÜ", "email": "mari.hamalainen@example.org"}
    for number in range(679):
        phonebook.add_contact(f"+358490{number:06}", staff, firstName=f"Mari {number}", **details)
    page.goto(f"{address}/groups/{staff}")
    page.get_by_role("link", name="Print all 679").click()
    expect(page.get_by_role("rowheader")).to_have_count(679)
    paper = page.pdf(format="A4", margin=MARGINS)
    assert len(re.findall(rb"/Type\s*/Page\b", paper)) <= 12
    page.emulate_media(media="print")
    expect(page.get_by_role("link", name="Back to the list")).to_be_hidden()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
