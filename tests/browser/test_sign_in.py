"""Signing in and out in a browser, with scripts off."""

from dataclasses import replace
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.accounts.conftest import EDITOR, JAAN, MARI, VIEWER
from tests.browser.dashboard import picture
from tests.phonebook_state import PhonebookState
from webapp.settings import Settings


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return replace(settings, users=(MARI, JAAN))


@pytest.fixture
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    return browser_context_args | {"java_script_enabled": False, "viewport": {"width": 1280, "height": 900}}


def test_failed_sign_in_then_sign_in_and_out(page: Page, address: str, phonebook: PhonebookState) -> None:
    phonebook.add("Staff", contacts=3)
    page.goto(f"{address}/groups")
    expect(page).to_have_title("Sign in – Acme")
    expect(page.get_by_label("User name")).to_be_focused()
    picture(page, "sign-in-1")
    page.keyboard.type("mari")
    page.keyboard.press("Tab")
    page.keyboard.type("wrong")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("The user name or the password is not right")
    expect(page.get_by_role("alert")).to_be_focused()
    expect(page.get_by_label("User name")).to_have_value("mari")
    expect(page.get_by_label("Password")).to_have_value("")
    picture(page, "sign-in-2-wrong")
    page.get_by_label("Password").fill(EDITOR)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Groups")
    picture(page, "sign-in-3-editor")
    page.get_by_role("link", name="Mari").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your account")
    picture(page, "sign-in-4-account")
    page.get_by_role("button", name="Sign out", exact=True).click()
    expect(page.get_by_role("status")).to_have_text("You are signed out.")
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")


def test_typed_text_survives_the_end_of_the_session(page: Page, address: str, phonebook: PhonebookState) -> None:
    page.goto(f"{address}/groups/new")
    for label, text in (("User name", "Mari"), ("Password", EDITOR)):
        page.get_by_label(label).fill(text)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Create group")
    other = page.context.new_page()
    other.goto(f"{address}/account")
    other.get_by_role("button", name="Sign out everywhere").click()
    expect(other.get_by_role("status")).to_have_text("You are signed out everywhere.")
    page.get_by_label("Group name").fill("Night shift")
    page.keyboard.press("Enter")
    expect(page.get_by_text("What you typed is saved")).to_be_visible()
    picture(page, "sign-in-5-kept")
    for label, text in (("User name", "Mari"), ("Password", EDITOR)):
        page.get_by_label(label).fill(text)
    page.keyboard.press("Enter")
    expect(page.get_by_label("Group name")).to_have_value("Night shift")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_have_text("“Night shift” was created.")
    assert phonebook.groups() == {"Night shift": 0}


@pytest.mark.parametrize("width", [320, 1280])
def test_a_viewer_may_look(page: Page, address: str, phonebook: PhonebookState, width: int) -> None:
    phonebook.add("Staff", contacts=3)
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(f"{address}/groups")
    page.get_by_label("User name").fill(JAAN.name)
    page.get_by_label("Password").fill(VIEWER)
    page.keyboard.press("Enter")
    expect(page.get_by_role("rowheader")).to_have_text(["Staff"])
    expect(page.get_by_role("link", name="Create group")).to_have_count(0)
    picture(page, f"sign-in-6-viewer-{width}")
    body = page.locator("body").bounding_box()
    assert body is not None
    assert body["width"] <= width
