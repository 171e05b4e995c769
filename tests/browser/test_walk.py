"""A whole walk through the dashboard in a browser with scripts off.

With PICTURES=1, it leaves pictures in build/screenshots.
"""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.dashboard import picture
from tests.phonebook_state import PhonebookState


@pytest.fixture
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    return browser_context_args | {"java_script_enabled": False, "viewport": {"width": 1280, "height": 900}}


def test_list_create_error_create_rename_delete(page: Page, address: str, phonebook: PhonebookState) -> None:
    phonebook.add("Tallinn staff", contacts=48, created="2020-11-28T09:00:00.000000Z")
    phonebook.add("Õpetajad", contacts=1)
    page.goto(f"{address}/groups")
    expect(page).to_have_title("Groups – Acme")
    expect(page.get_by_role("rowheader")).to_have_text(["Õpetajad", "Tallinn staff"])
    picture(page, "1-list")

    page.get_by_role("link", name="Create group").click()
    expect(page.get_by_label("Group name")).to_be_focused()
    page.get_by_role("button", name="Create group").click()
    expect(page).to_have_title("Error: Create group – Acme")
    expect(page.get_by_role("alert")).to_be_focused()
    picture(page, "2-error")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Enter a group name")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Group name")).to_be_focused()

    page.keyboard.type("tallinn staff")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("There is already a group called “Tallinn staff”")
    picture(page, "3-duplicate-name")
    page.get_by_role("link", name="Use another name").click()
    expect(page.get_by_label("Group name")).to_be_focused()
    page.get_by_label("Group name").fill("Night shift 🌙")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_have_text("“Night shift 🌙” was created.")
    assert phonebook.groups() == {"Tallinn staff": 48, "Õpetajad": 1, "Night shift 🌙": 0}
    picture(page, "4-created")

    page.get_by_text("More", exact=True).click()
    page.get_by_role("link", name="Rename group").click()
    page.get_by_label("Group name").fill("Night shift")
    page.get_by_role("button", name="Rename group").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Night shift")
    picture(page, "5-renamed")
    for _ in range(2):  # what is undone can be undone, too
        page.get_by_role("link", name=re.compile("^Undo")).first.click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Undo this?")
        page.get_by_role("button", name="Undo").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("1 group renamed")
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Activity").click()
    expect(page.get_by_role("rowheader").first).to_have_text(
        "To undo an earlier action: rename “Night shift 🌙” to “Night shift”"
    )
    expect(page.get_by_role("rowheader")).to_have_count(4)
    picture(page, "5-activity")
    page.get_by_label("Change").select_option("Group created")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_role("rowheader")).to_have_text(["Create “Night shift 🌙”"])
    with page.expect_download() as download:
        page.get_by_role("link", name="Download as CSV").click()
    assert "Night shift 🌙" in download.value.path().read_text("utf-8-sig")

    page.get_by_role("navigation", name="Main").get_by_role("link", name="Groups").click()
    page.get_by_label("Search groups by name").fill("TALLINN")
    page.keyboard.press("Enter")
    expect(page.get_by_role("rowheader")).to_have_text(["Tallinn staff"])
    page.get_by_role("link", name="Delete Tallinn staff").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Delete the group “Tallinn staff”?")
    picture(page, "6-delete")
    page.get_by_role("button", name="Delete group").click()
    expect(page.get_by_role("status")).to_contain_text(
        "“Tallinn staff” was deleted. All of its 48 contacts are now in no group and will be deleted on"
    )
    picture(page, "7-deleted")
    assert phonebook.groups() == {"Õpetajad": 1, "Night shift": 0}
    assert phonebook.contacts() == 49


@pytest.mark.long
@pytest.mark.parametrize("name", ["a" * 250, "مجموعة " * 30, "👩‍🔧" * 60, "<script>alert(1)</script>"], ids=ascii)
@pytest.mark.parametrize("width", [320, 1280])
def test_no_name_breaks_a_page(page: Page, address: str, phonebook: PhonebookState, name: str, width: int) -> None:
    group = phonebook.add(name.strip(), contacts=1)
    page.set_viewport_size({"width": width, "height": 800})
    for path in ("/groups", f"/groups/{group}", f"/groups/{group}/rename", f"/groups/{group}/delete"):
        page.goto(address + path)
        main = page.locator("main").bounding_box()
        assert main is not None
        assert main["width"] <= width
        for heading in page.get_by_role("heading", level=1).all():
            box = heading.bounding_box()
            assert box is not None
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= width


def test_enter_pressed_three_times_makes_one_group(page: Page, address: str, phonebook: PhonebookState) -> None:
    page.goto(f"{address}/groups/new")
    page.get_by_label("Group name").fill("Night shift")
    for _ in range(3):
        page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_have_text("“Night shift” was created.")
    assert phonebook.groups() == {"Night shift": 0}
    assert len(phonebook.ids()) == 1


def test_back_and_submit_is_a_question(page: Page, address: str, phonebook: PhonebookState) -> None:
    page.goto(f"{address}/groups/new")
    page.get_by_label("Group name").fill("Night shift")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Night shift")
    page.go_back()
    page.get_by_label("Group name").fill("Night shift")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert len(phonebook.ids()) == 1
