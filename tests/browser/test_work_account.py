"""Signing in with a work account in a browser, with scripts off, at a real provider that is another site to it."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from tests.accounts.conftest import MARI
from tests.browser import checks
from tests.browser.dashboard import picture, served
from tests.phonebook_state import PhonebookState
from tests.serving.deployment import free_port
from tests.sso.real_provider import NAME, RealProvider, known_at
from webapp.settings import Settings

pytestmark = pytest.mark.long


@pytest.fixture
def port() -> str:
    return free_port()


@pytest.fixture
def settings(settings: Settings, port: str, request: pytest.FixtureRequest) -> Settings:
    passwords = (MARI,) if "password" in request.node.name else ()
    return replace(settings, sso=known_at(port), users=passwords)


@pytest.fixture
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    return browser_context_args | {"java_script_enabled": False, "viewport": {"width": 1280, "height": 900}}


@pytest.fixture
def address(app: Flask, port: str) -> Iterator[str]:
    """The dashboard's address. Its host name makes it another site than the provider, which is at 127.0.0.1."""
    with served(app, "localhost") as url, RealProvider(port, f"{url}/sign-in/back"):
        yield url


def sign_in_there(page: Page, name: str) -> None:
    page.get_by_placeholder("Enter any login").fill(name)
    page.get_by_placeholder("and password").fill("any")
    page.get_by_role("button", name="Sign-in").click()
    while page.get_by_role("button", name="Continue").or_(page.get_by_text("Acme")).first.inner_text() == "Continue":
        with page.expect_navigation():  # who was somebody else there before is asked twice
            page.get_by_role("button", name="Continue").click()


def test_a_walk_in_a_browser(page: Page, address: str, phonebook: PhonebookState) -> None:
    page.route("**/fonts.googleapis.com/**", lambda route: route.abort())  # the provider's page asks for a font
    page.goto(f"{address}/groups/new")
    link = page.get_by_role("link", name="Sign in with your work account")
    expect(page).to_have_title("Sign in – Acme")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(link).to_be_focused()
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Cancel").click()
    expect(page.get_by_role("alert")).to_contain_text("You were not signed in.")
    expect(page.get_by_role("alert")).to_be_focused()
    picture(page, "sso-cancelled")
    link.click()
    sign_in_there(page, "mari@evil.example")
    expect(page.get_by_role("alert")).to_contain_text("Your work account is not let in here.")
    picture(page, "sso-not-let-in")
    page.get_by_role("link", name="Sign in with another work account").click()
    sign_in_there(page, NAME)
    expect(page.get_by_role("heading", level=1)).to_have_text("Create group")
    other = page.context.new_page()
    other.goto(f"{address}/account")
    picture(other, "sso-account")
    other.get_by_role("button", name="Sign out everywhere").click()
    expect(other.get_by_role("status")).to_contain_text("Your work account stays signed in")
    page.get_by_label("Group name").fill("Night shift")
    page.keyboard.press("Enter")
    expect(page.get_by_text("What you typed is saved")).to_be_visible()
    page.get_by_role("link", name="Sign in with your work account").click()
    expect(page.get_by_label("Group name")).to_have_value("Night shift")
    expect(page.get_by_label("Group name")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_have_text("“Night shift” was created.")
    assert phonebook.groups() == {"Night shift": 0}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
@pytest.mark.parametrize("ways", ["alone", "with-passwords"])
def test_the_page_is_accessible(
    browser: Browser, app: Flask, settings: Settings, port: str, width: int, scheme: Any, ways: str
) -> None:
    """Also the error message when the provider is down, as it is here."""
    with (
        served(app) as url,
        browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme) as context,
    ):
        page = context.new_page()
        page.goto(f"{url}/sign-in")
        picture(page, f"sso-{ways}-{width}-{scheme}")
        assert "\n".join(checks.problems(page)) == ""
        page.get_by_role("link", name="Sign in with your work account").click()
        expect(page.get_by_role("alert")).to_contain_text("Your work account can't be reached now.")
        picture(page, f"sso-{ways}-down-{width}-{scheme}")
        assert "\n".join(checks.problems(page)) == ""
