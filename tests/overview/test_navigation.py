"""The number of contacts in no group, in the navigation of every page."""

from datetime import UTC, datetime, timedelta

from tests.page_client import Page, PageClient, words
from tests.phonebook_state import PhonebookState


def count(page: Page) -> tuple[str, bool] | None:
    """The count in the navigation, and whether it is amber; None if there is none."""
    tag = page.soup.select_one("nav .count")
    return (words(tag), "soon" in tag["class"]) if tag else None


def add(phonebook: PhonebookState, number: str, days: int) -> None:
    phonebook.add_leaving(number, (datetime.now(UTC) + timedelta(days=days)).date().isoformat())


def test_it_takes_no_call(user: PageClient, phonebook: PhonebookState) -> None:
    add(phonebook, "+37255550001", 20)
    assert count(user.get("/help")) is None, "not known yet"
    assert count(user.get("/contacts")) == ("1 in no group", False)
    phonebook.calls.clear()
    assert count(user.get("/help")) == ("1 in no group", False)
    assert phonebook.calls == []
    assert user.get("/help").follow("1 in no group").h1 == "About to be deleted"


def test_it_is_amber_within_a_week(user: PageClient, phonebook: PhonebookState) -> None:
    add(phonebook, "+37255550001", 20)
    add(phonebook, "+37255550002", 3)
    assert count(user.get("/")) == ("2 in no group, 1 deleted within 7 days", True)


def test_nobody_is_in_no_group(user: PageClient, phonebook: PhonebookState) -> None:
    phonebook.add("Staff", contacts=2)
    assert count(user.get("/")) is None
