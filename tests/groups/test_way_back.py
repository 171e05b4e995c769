"""After a group was renamed or deleted from the list, the list comes back as it was."""

import pytest

from tests.page_client import Page, PageClient
from tests.phonebook_state import PhonebookState

LIST = "/groups?q=staff&sort=-contacts&page=2"


@pytest.fixture
def listed(user: PageClient, phonebook: PhonebookState) -> Page:
    for number in range(60):
        phonebook.add(f"Staff {number:02}")
    return user.get(LIST)


def follow(page: Page, label: str, referrer: str = f"http://localhost{LIST}") -> Page:
    return page.client.checked(page.client.client.get(page.link(label), headers={"Referer": referrer}))


def shown(page: Page) -> str:
    return f"{page.path}?{page.response.request.query_string.decode()}"


@pytest.mark.parametrize(
    ("link", "button", "typed", "notice"),
    [
        ("Rename Staff 55", "Rename group", {"name": "Staff 99"}, "“Staff 55” is now called “Staff 99”."),
        ("Rename Staff 55", "Rename group", {}, "The group is called “Staff 55”."),
        ("Delete Staff 55", "Delete group", {}, "“Staff 55” was deleted."),
    ],
)
def test_the_list_comes_back(listed: Page, link: str, button: str, typed: dict[str, str], notice: str) -> None:
    done = follow(listed, link).submit(button, **typed)
    assert shown(done) == LIST
    assert notice in done.notice


def test_a_group_that_was_already_deleted(listed: Page, phonebook: PhonebookState) -> None:
    asked = follow(listed, "Delete Staff 55")
    phonebook.clear()
    done = asked.submit("Delete group")
    assert "“Staff 55” was already deleted." in done.notice
    assert done.response.request.query_string == b"q=staff&sort=-contacts&page=2"


@pytest.mark.parametrize(
    "referrer",
    ["", "http://elsewhere.example/groups?q=x", "http://localhost/activity?q=x", "http://[", "//localhost:x/groups"],
)
def test_from_elsewhere_it_is_as_ever(listed: Page, referrer: str) -> None:
    assert (
        follow(listed, "Rename Staff 55", referrer).submit("Rename group", name="Staff 9").path.startswith("/groups/")
    )
    assert shown(follow(listed, "Delete Staff 54", referrer).submit("Delete group")) == "/groups?"


@pytest.mark.parametrize(
    "back", ["https://elsewhere.example/", "/groups/../sign-out", "/groups\r\nX: y", "//groups?q=x"]
)
def test_a_forged_way_back_leads_nowhere_else(listed: Page, back: str) -> None:
    assert follow(listed, "Delete Staff 55").submit("Delete group", back=back).path == "/groups"
