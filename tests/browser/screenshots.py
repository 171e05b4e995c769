"""Make the README's pictures, in light and in dark: python -m tests.browser.screenshots FOLDER."""

import shutil
import sys
from pathlib import Path
from typing import Literal

from playwright.sync_api import Page, sync_playwright

from tests.browser.conftest import BROWSERS
from tests.serving.deployment import Deployment

WIDTH, HEIGHT = 1024, 500
PEOPLE = """Name;Phone;Company;Group
Kati Tamm;+372 5555 1301;Saaremaa Laevad;Harbour tour
Priit Mägi;+372 5555 1302;Saaremaa Laevad;Harbour tour
Liis Kask;+372 5555 1303;Näidis OÜ;Night shift
Aino Niemi;+358 40 123 4567;Esimerkki Oy;Harbour tour
Mart Saar;5555;Näidis OÜ;Night shift
"""


def main(folder: Path) -> None:
    """Show the sample data, as `make run` does."""
    folder.mkdir(parents=True, exist_ok=True)
    with Deployment(SANDBOX="1", TEAM_NAME="Saare Ferries") as dashboard, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=next(filter(None, map(shutil.which, BROWSERS)), None))
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}, java_script_enabled=False)
        work(page, dashboard.url)
        for ending, scheme in SCHEMES.items():
            page.emulate_media(color_scheme=scheme)
            for name, path in PAGES.items():
                page.goto(dashboard.url + path)
                take(page, folder / f"{name}{ending}.png")
            take_previews(page, dashboard.url, folder, ending)
        browser.close()


SCHEMES: dict[str, Literal["light", "dark"]] = {"": "light", "-dark": "dark"}
PAGES = {"overview": "/", "list": "/groups", "activity": "/activity"}


def work(page: Page, url: str) -> None:
    """Do some of what the activity then shows."""
    for name in ("Night shift", "Harbour tour"):
        page.goto(f"{url}/groups/new")
        page.get_by_label("Group name").fill(name)
        press(page, "Create group")
    page.goto(f"{url}/contacts?q=saar")
    page.locator("#target").select_option(index=3)
    press(page, page.get_by_role("button", name="Put all").inner_text())
    press(page, "Put in group")
    page.goto(f"{url}/groups")
    follow(page, "Rename Fire wardens")
    page.get_by_label("Group name").fill("Fire wardens, Tallinn")
    press(page, "Rename group")
    page.goto(f"{url}/groups")
    follow(page, "Delete First aiders")
    press(page, "Delete group")


def take_previews(page: Page, url: str, folder: Path, ending: str) -> None:
    """Take pictures of a contact, and of what a deletion and an import would do."""
    page.goto(f"{url}/contacts?q=andres+kõiv&sort=company")
    follow(page, page.locator("tbody th a").nth(6).inner_text())
    take(page, folder / f"contact{ending}.png")
    page.goto(f"{url}/groups")
    follow(page, "Delete Customers: reminders by text message")
    take(page, folder / f"delete{ending}.png")
    page.goto(f"{url}/import")
    page.get_by_label("Or paste cells").fill(PEOPLE)
    press(page, "Next")
    take(page, folder / f"import{ending}.png")


def take(page: Page, path: Path) -> None:
    """Take a picture of what is in the window, without the sandbox's banner above."""
    banner = page.locator(".sandbox-banner").bounding_box()
    top = banner["height"] if banner else 0
    page.screenshot(path=path, full_page=True, clip={"x": 0, "y": top, "width": WIDTH, "height": HEIGHT - top})


def follow(page: Page, link: str) -> None:
    with page.expect_navigation():
        page.get_by_role("link", name=link).first.click()


def press(page: Page, button: str) -> None:
    with page.expect_navigation():
        page.get_by_role("button", name=button, exact=True).click()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
