"""Make the README's pictures, in light and in dark: python -m tests.browser.screenshots FOLDER."""

import shutil
import sys
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from tests.browser.conftest import BROWSERS
from tests.serving.deployment import Deployment


def main(folder: Path) -> None:
    """Show the sample data, as `make run` does."""
    folder.mkdir(parents=True, exist_ok=True)
    with Deployment(SANDBOX="1", TEAM_NAME="Saare Ferries") as dashboard, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=next(filter(None, map(shutil.which, BROWSERS)), None))
        for ending in ("", "-dark"):
            page = browser.new_page(
                viewport={"width": 1120, "height": 700},
                java_script_enabled=False,
                color_scheme="dark" if ending else "light",
            )
            take(page, dashboard.url, folder, ending)
        browser.close()


def take(page: Page, url: str, folder: Path, ending: str) -> None:
    """Take a picture of the list, and of the question before a group is deleted."""
    page.goto(f"{url}/groups")
    page.screenshot(path=folder / f"list{ending}.png")
    with page.expect_navigation():
        page.get_by_role("link", name="Delete Customers: reminders by text message").click()
    page.screenshot(path=folder / f"delete{ending}.png", clip={"x": 0, "y": 0, "width": 1120, "height": 660})


if __name__ == "__main__":
    main(Path(sys.argv[1]))
