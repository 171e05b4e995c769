"""A browser found on the machine, and the dashboard served to it."""

import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from tests.browser.dashboard import served

# The first is Chromium without windows, whose pages take a quarter of the time of the others' to open.
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    found = next(filter(None, map(shutil.which, BROWSERS)), None)  # else Playwright's own
    return browser_type_launch_args | ({"executable_path": found} if found else {})


@pytest.fixture
def address(app: Flask) -> Iterator[str]:
    """The dashboard's address."""
    with served(app) as url:
        yield url
