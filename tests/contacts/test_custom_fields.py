"""The team's own names of the contacts' custom fields, wherever they are shown."""

from dataclasses import replace

import pytest

from tests.imports.import_fixtures import details, upload
from tests.page_client import PageClient
from tests.phonebook_state import PhonebookState
from webapp.settings import Settings, SettingsError

MARI = "+37256991101"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return replace(settings, custom_field_names=("Branch", "", "Language"))


def test_they_are_on_pages_and_in_files(user: PageClient, phonebook: PhonebookState) -> None:
    phonebook.add_contact(MARI, custom="Tartu", custom2="x", custom3="Estonian")
    text = user.get(f"/contacts/{MARI}").text
    assert "Branch Tartu" in text
    assert "Custom field 2 x" in text
    assert "Language Estonian" in text
    page = user.get(f"/contacts/{MARI}/edit")
    assert "Language" in page.text
    page = page.submit("Save changes", custom="Tallinn")
    assert page.notice == "The contact was changed: Branch."
    headings = user.client.get("/contacts/download").get_data(as_text=True).splitlines()[0]
    assert '"Branch","Custom field 2","Language","Custom field 4"' in headings


def test_they_are_recognised_in_an_import(user: PageClient, phonebook: PhonebookState) -> None:
    page = upload(user, f"Phone;branch;Language\n{MARI};Tartu;Estonian\n")
    assert page.path == "/import/1/preview"
    assert "B: Branch, C: Language" in page.text
    page.submit("Import")
    assert (details(phonebook, MARI)["custom"], details(phonebook, MARI)["custom3"]) == ("Tartu", "Estonian")


@pytest.mark.parametrize("names", ["a;b;c;d;e", "a;A", f"{'x' * 51}", "a\tb;\0"])
def test_names_that_cannot_be_used_are_refused(names: str) -> None:
    with pytest.raises(SettingsError, match="CUSTOM_FIELD_NAMES"):
        Settings.from_environment({"SANDBOX": "1", "CUSTOM_FIELD_NAMES": names})


def test_names_are_read_from_the_environment() -> None:
    found = Settings.from_environment({"SANDBOX": "1", "CUSTOM_FIELD_NAMES": " Branch ; ;Language "})
    assert found.custom_field_names == ("Branch", "", "Language")
