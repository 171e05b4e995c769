"""Lists of contacts by the blacklist, and by what is probably wrong with them."""

import pytest

from tests.page_client import Page, PageClient, number_in, words
from tests.phonebook_state import PhonebookState

MARI, AINO, TWIN, NAMELESS, SHORT = "+37255551234", "+37255551235", "+37255551236", "+37255551237", "+3721234"


@pytest.fixture(autouse=True)
def people(phonebook: PhonebookState) -> None:
    group = phonebook.add("Staff")
    phonebook.add_contact(MARI, group, firstName="Mari", company="Acme")
    phonebook.add_contact(AINO, group, firstName="Aino")
    phonebook.add_contact(TWIN, firstName="mari", company="ACME")
    phonebook.add_contact(NAMELESS, group)
    phonebook.add_contact(SHORT, group, firstName="Jaan")
    phonebook.blacklist(AINO)


def listed(page: Page) -> set[str]:
    return {number_in(words(cell)) for cell in page.soup.select('td[data-label="Number"]')}


@pytest.mark.parametrize(
    ("show", "expected"),
    [
        ("blacklisted", {AINO}),
        ("not-blacklisted", {MARI, TWIN, NAMELESS, SHORT}),
        ("impossible", {SHORT}),
        ("same-person", {MARI, TWIN}),
        ("nameless", {NAMELESS}),
        ("nonsense", {MARI, AINO, TWIN, NAMELESS, SHORT}),
    ],
)
def test_all_contacts(user: PageClient, show: str, expected: set[str]) -> None:
    page = user.get(f"/contacts?show={show}")
    assert listed(page) == expected
    file = user.client.get(f"/contacts/download?show={show}").get_data(as_text=True)
    assert {number for number in (MARI, AINO, TWIN, NAMELESS, SHORT) if number in file} == expected
    if show != "nonsense":
        assert page.value("show") == show


def test_the_contacts_of_a_group(user: PageClient, phonebook: PhonebookState) -> None:
    address = f"/groups/{phonebook.ids()[0]}"
    page = user.get(address)
    assert "4 contacts, 2 get messages. Who gets a message?" in page.text
    assert page.follow("Who gets a message?").h1 == "Who gets a message?"
    assert listed(page.follow("More filters").submit("Search", show="not-blacklisted")) == {MARI, NAMELESS, SHORT}
    page = user.get(f"{address}?show=same-person")
    assert "No contacts in this group match these filters." in page.text
    assert "4 contacts, and it is not known how many get messages." not in page.text


def test_unknown_without_the_blacklist(user: PageClient, phonebook: PhonebookState) -> None:
    phonebook.instead_path = {"/v1/phonebook/blacklist": ("500 Internal Server Error", b"")}
    page = user.get(f"/groups/{phonebook.ids()[0]}")
    assert "4 contacts, and it is not known how many get messages." in page.text
    assert user.get("/contacts?show=blacklisted").status == 502


def test_an_action_on_all_that_are_found(user: PageClient, phonebook: PhonebookState) -> None:
    page = user.get("/contacts?show=not-blacklisted").submit("Add to blacklist", all="1")
    page.submit("Add to blacklist")
    assert set(phonebook.blacklisted()) == {MARI, AINO, TWIN, NAMELESS, SHORT}
