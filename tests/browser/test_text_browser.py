"""Creating, renaming and deleting in a text browser, by the keyboard."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.phonebook_state import PhonebookState

STOPS = 9
"""Links before what a page is about: skip, team, six sections, back."""


class Lynx:
    """A user of lynx whose keys are given in advance."""

    def __init__(self, folder: Path, address: str) -> None:
        self.folder, self.address = folder, address

    def walk(self, path: str, *keys: str) -> str:
        """Open a page, press keys, and return everything that was on the screen."""
        script = self.folder / "keys"
        script.write_text("".join(f"key {key}\n" for key in [*["^I"] * STOPS, *keys, "Q"]))
        jar = self.folder / "cookies"
        command = [
            "lynx",
            "-nocolor",
            "-nopause",
            "-accept_all_cookies",
            f"-cookie_file={jar}",
            f"-cookie_save_file={jar}",
        ]
        ran = subprocess.run(
            [*command, f"-cmd_script={script}", self.address + path],
            env=os.environ | {"TERM": "vt100", "HOME": str(self.folder), "LANG": "C.UTF-8"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=30,
            check=True,
        )
        return ran.stdout


@pytest.fixture
def lynx(tmp_path: Path, address: str) -> Lynx:
    return Lynx(tmp_path, address)


def test_create_rename_delete(lynx: Lynx, phonebook: PhonebookState) -> None:
    assert "was created." in lynx.walk("/groups/new", *"Night", "Down Arrow", "^M")
    assert phonebook.groups() == {"Night": 0}
    [group] = phonebook.ids()
    assert "is now called" in lynx.walk(f"/groups/{group}/rename", *"s", "Down Arrow", "^M")
    assert phonebook.groups() == {"Nights": 0}
    assert "was deleted." in lynx.walk(f"/groups/{group}/delete", "^M")
    assert phonebook.groups() == {}


def test_an_error_is_announced_first(lynx: Lynx, phonebook: PhonebookState) -> None:
    screen = lynx.walk("/groups/new", "Down Arrow", "^M")
    assert "There is a problem" in screen
    assert "Enter a group name" in screen
    assert phonebook.calls == []


def test_a_ticked_contact_is_put_into_a_group(lynx: Lynx, phonebook: PhonebookState) -> None:
    office = phonebook.add("Office")
    phonebook.add_contact("+37255550001", phonebook.add("Staff"), firstName="Mari")
    list_to_button = ["Down Arrow"] * 15  # skip links, filter, order, box and contact, group and name
    keys = [*list_to_button, "^M", *["^I"] * STOPS, "^M"]
    screen = lynx.walk(f"/contacts?number=%2B37255550001&to={office}", *keys)
    assert "Put 1 contact in" in screen
    assert "1 contact was added to" in screen
    assert phonebook.groups() == {"Office": 1, "Staff": 1}


def test_groups_of_one_name_are_merged(lynx: Lynx, phonebook: PhonebookState) -> None:
    choir, band = phonebook.add("Choir", contacts=2), phonebook.add("Choir", contacts=1)
    screen = lynx.walk(f"/groups/merge?group={choir}&group={band}", *["Down Arrow"] * 4, "^M")
    assert "1 group was merged into" in screen
    assert phonebook.groups() == {"Choir": 3}
