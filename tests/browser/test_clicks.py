"""How many clicks a person needs for work on many contacts, in a browser with scripts off."""

from typing import Any
from uuid import UUID

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.phonebook_state import PhonebookState

pytestmark = pytest.mark.long


@pytest.fixture
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    return browser_context_args | {"java_script_enabled": False, "viewport": {"width": 1280, "height": 800}}


class Hand:
    """Clicks, and counts the clicks. Typing and choosing from a list are none."""

    def __init__(self, page: Page) -> None:
        self.page, self.clicks = page, 0

    def click(self, target: Locator) -> None:
        self.clicks += 1
        target.click()

    def link(self, name: str) -> None:
        self.click(self.page.get_by_role("link", name=name, exact=True))

    def press(self, name: str) -> None:
        self.click(self.page.get_by_role("button", name=name, exact=True))

    def choose(self, group: UUID) -> None:
        self.page.locator("#target").select_option(str(group))


@pytest.fixture
def hand(page: Page, address: str) -> Hand:
    """A hand on the first page."""
    page.goto(address)
    return Hand(page)


def people(phonebook: PhonebookState, count: int, *groups: UUID, company: str) -> None:
    first = phonebook.contacts()
    for number in range(first, first + count):
        phonebook.add_contact(f"+3725555{number:04}", *groups, firstName=f"Mari {number}", company=company)


def test_150_people_of_a_company_are_put_into_a_group(hand: Hand, phonebook: PhonebookState) -> None:
    target = phonebook.add("Ferry")
    people(phonebook, 150, phonebook.add("Staff"), company="Saaremaa Laevad")
    people(phonebook, 10, company="Näidis")
    hand.link("Contacts")
    hand.page.get_by_label("Search contacts").fill("saaremaa laevad")
    hand.press("Search")
    hand.choose(target)
    hand.press("Put all 150 in group")
    hand.press("Put in group")
    expect(hand.page.get_by_role("status")).to_contain_text("150 contacts were added to “Ferry”.")
    assert phonebook.groups()["Ferry"] == 150
    assert hand.clicks <= 4


def test_209_contacts_that_are_about_to_be_deleted_are_rescued(hand: Hand, phonebook: PhonebookState) -> None:
    target = phonebook.add("Kept")
    for number in range(209):
        phonebook.add_leaving(f"+3725556{number:04}", "2099-01-01")
    hand.link("Contacts")
    hand.link("209 contacts are about to be deleted")
    hand.choose(target)
    hand.press("Put all 209 in group")
    hand.press("Put in group")
    expect(hand.page.get_by_role("main")).to_contain_text("0 of 209 done")  # more than 200 are left to the background
    assert hand.clicks <= 4


def test_5_people_are_moved_from_one_group_to_another(hand: Hand, phonebook: PhonebookState) -> None:
    source, target = phonebook.add("Day shift"), phonebook.add("Night shift")
    people(phonebook, 20, source, company="Acme")
    hand.page.reload()
    hand.link("Day shift")
    for number in range(5, 10):
        hand.click(hand.page.get_by_role("checkbox", name=f"Tick Mari {number}", exact=True))
    hand.choose(target)
    hand.press("Move to group")
    hand.press("Move to group")
    expect(hand.page.get_by_role("status")).to_contain_text("5 contacts were moved to “Night shift”.")
    assert phonebook.groups() == {"Day shift": 15, "Night shift": 5}
    assert hand.clicks <= 8


def tick(hand: Hand, *names: str) -> None:
    for name in names:
        hand.click(hand.page.get_by_role("checkbox", name=f"Tick {name}", exact=True))


def test_two_groups_are_merged(hand: Hand, address: str, phonebook: PhonebookState) -> None:
    """Any two, on the list of groups."""
    for count in (3, 2):
        phonebook.add("Ferry test", contacts=count)
    hand.page.goto(f"{address}/groups")
    for box in hand.page.get_by_role("checkbox", name="Tick Ferry test").all():
        hand.click(box)
    hand.press("Merge groups")
    hand.press("Merge groups")
    expect(hand.page.get_by_role("status")).to_contain_text("1 group was merged into “Ferry test”. 2 contacts were")
    assert phonebook.groups() == {"Ferry test": 5}
    assert hand.clicks <= 4


def test_groups_of_one_name_are_merged_where_they_are_pointed_out(hand: Hand, phonebook: PhonebookState) -> None:
    for count in (3, 2):
        phonebook.add("Ferry test", contacts=count)
    hand.link("Groups")
    hand.link("Merge them (Ferry test)")
    hand.press("Merge groups")
    assert phonebook.groups() == {"Ferry test": 5}
    assert hand.clicks <= 4


def test_12_old_groups_are_deleted_and_put_back(hand: Hand, phonebook: PhonebookState) -> None:
    names = [f"Old {number}" for number in range(12)]
    for name in names:
        phonebook.add(name, contacts=2)
    phonebook.add("Staff")
    before = phonebook.groups()
    hand.link("Groups")
    tick(hand, *names)
    hand.press("Delete groups")
    hand.press("Delete groups")
    expect(hand.page.get_by_role("status")).to_contain_text("12 groups were deleted. 24 of their contacts are now in")
    assert phonebook.groups() == {"Staff": 0}
    assert hand.clicks <= 16
    hand.clicks = 0
    hand.link("Undo what was just done")
    hand.press("Undo")
    expect(hand.page.get_by_role("heading", level=1)).to_contain_text("12 groups created")
    assert phonebook.groups() == before
    assert hand.clicks <= 2


def test_a_group_is_copied(hand: Hand, phonebook: PhonebookState) -> None:
    phonebook.add("Ferry test", contacts=3)
    hand.page.reload()
    hand.link("Ferry test")
    hand.page.get_by_text("More", exact=True).click()  # opens no page
    hand.link("Copy group")
    hand.press("Copy group")
    expect(hand.page.get_by_role("status")).to_contain_text("“Copy of Ferry test” was created, with 3 contacts in it.")
    assert phonebook.groups() == {"Ferry test": 3, "Copy of Ferry test": 3}
    assert hand.clicks <= 3
