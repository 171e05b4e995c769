"""Importing a spreadsheet in a browser with scripts off, by a person who counts the clicks."""

import io
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import FilePayload, Page, expect
from xlsxwriter import Workbook

from tests.browser.dashboard import picture
from tests.phonebook_state import PhonebookState
from tests.serving.deployment import PATIENCE
from webapp.actions.job_runner import run_job

MAX_CLICKS = 6


@pytest.fixture
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    return browser_context_args | {"java_script_enabled": False, "viewport": {"width": 1280, "height": 900}}


def test_300_people_are_imported_in_six_clicks(page: Page, address: str, phonebook: PhonebookState, app: Flask) -> None:
    file = io.BytesIO()
    with Workbook(file) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["Phone", "First name", "Last name"])
        for place in range(300):
            sheet.write_row(place + 1, 0, [37255550000 + place, f"Mari {place}", "Õun"])
    page.goto(f"{address}/contacts")
    clicks = ["Import contacts", "Next", "Import"]
    page.get_by_role("link", name=clicks[0]).click()
    chosen: FilePayload = {"name": "people.xlsx", "mimeType": "application/octet-stream", "buffer": file.getvalue()}
    page.get_by_label("File").set_input_files(chosen)
    page.get_by_role("button", name=clicks[1]).click()
    expect(page.get_by_text("300 new", exact=True)).to_be_visible()
    picture(page, "import-1-preview")
    page.get_by_label("Put all imported contacts in a group").select_option("new")
    page.get_by_label("Name of the new group").fill("Summer")
    page.get_by_role("button", name=clicks[2], exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("0 of 301 done")
    picture(page, "import-2-running")
    assert len(clicks) + 2 <= MAX_CLICKS, "with those on the file's and the group's choice"
    with app.app_context():
        run_job(1, lambda: False)
    # The page loads itself again.
    expect(page.get_by_role("heading", level=1)).to_have_text("1 group created · 300 added", timeout=PATIENCE * 1000)
    assert phonebook.groups() == {"Summer": 300}
    assert (phonebook.contact("+37255550007") or {})["lastName"] == "Õun"
    picture(page, "import-3-done")
