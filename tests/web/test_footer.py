"""The footer says which version this is, and whom to ask."""

import tomllib
from dataclasses import replace
from pathlib import Path

from tests.accounts.conftest import MARI
from tests.page_client import PageClient, words
from webapp import VERSION, create_app
from webapp.settings import Settings

PROJECT = Path(__file__).parents[2] / "pyproject.toml"


def test_the_version_is_the_projects() -> None:
    assert tomllib.loads(PROJECT.read_text())["project"]["version"] == VERSION


def test_the_footer_says_whom_to_ask_also_before_signing_in(settings: Settings) -> None:
    app = create_app(replace(settings, users=(MARI,), support_contact="Mari, room 7"))
    footer = PageClient(app.test_client()).get("/sign-in").soup.footer
    app.extensions["store"].close()
    assert footer
    assert words(footer) == f"Phonebook dashboard {VERSION} Questions? Ask Mari, room 7"
