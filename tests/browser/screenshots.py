"""Make the README's pictures: python -m tests.browser.screenshots FOLDER."""

import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.browser.conftest import BROWSERS
from tests.serving.deployment import Deployment


def main(folder: Path) -> None:
    """Show the sample data, as `make run` does."""
    folder.mkdir(parents=True, exist_ok=True)
    with Deployment(SANDBOX="1", TEAM_NAME="Saare Ferries") as dashboard, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=next(filter(None, map(shutil.which, BROWSERS)), None))
        page = browser.new_page(viewport={"width": 1120, "height": 700}, java_script_enabled=False)
        page.goto(f"{dashboard.url}/groups")
        page.screenshot(path=folder / "list.png")
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
