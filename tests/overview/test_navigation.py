"""The number of contacts in no group, in the navigation of every page."""

import os
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask

from tests.actions.test_jobs import run
from tests.page_client import Page, PageClient, words
from tests.phonebook_state import PhonebookState
from webapp import create_app
from webapp.settings import Settings


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


def test_all_processes_of_a_machine_show_the_latest_count(
    user: PageClient, settings: Settings, phonebook: PhonebookState
) -> None:
    other = PageClient(create_app(settings).test_client())
    add(phonebook, "+37255550001", 3)
    user.get("/contacts")
    assert count(other.get("/help")) == ("1 in no group, 1 deleted within 7 days", True)
    add(phonebook, "+37255550002", 3)
    other.get("/contacts")
    assert count(user.get("/help")) == ("2 in no group, 2 deleted within 7 days", True)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("{} 7 0 .", ("7 in no group", False)),
        ("-{} 7 0 .", None),
        ("1{} 7 0 .", None),
        ("{} 7 0", None),
        ("", None),
    ],
    ids=["now", "old", "before a restart", "cut off", "empty"],
)
def test_only_a_recent_count_of_another_process_is_shown(
    user: PageClient, settings: Settings, content: str, expected: tuple[str, bool] | None
) -> None:
    settings.shared_file("leaving").write_text(content.format(time.monotonic()))
    assert count(user.get("/help")) == expected


@pytest.mark.parametrize("there", [Path.mkdir, os.mkfifo, lambda path: path.symlink_to("elsewhere")])
def test_the_count_does_without_a_file(
    user: PageClient, settings: Settings, phonebook: PhonebookState, there: Callable[[Path], None]
) -> None:
    shared = settings.shared_file("leaving")
    shared.with_name("elsewhere").write_text("not ours")
    there(shared)
    add(phonebook, "+37255550001", 20)
    user.get("/contacts")
    assert count(user.get("/help")) == ("1 in no group", False)
    assert shared.with_name("elsewhere").read_text() == "not ours"


def test_a_count_from_before_a_change_is_not_shown(user: PageClient, phonebook: PhonebookState) -> None:
    group = phonebook.add("Staff", contacts=2)
    add(phonebook, "+37255550001", 20)
    user.get("/contacts")
    page = user.get(f"/groups/{group}/delete").submit("Delete group")
    assert "All of its 2 contacts are now in no group" in page.notice
    assert (page.h1, count(page)) == ("Groups", None)
    assert count(user.get("/help")) is None
    assert count(user.get("/")) == ("3 in no group", False)
    assert count(user.get("/help")) == ("3 in no group", False)


def test_a_count_from_before_a_long_action_is_not_shown(
    app: Flask, user: PageClient, phonebook: PhonebookState
) -> None:
    staff = phonebook.add("Staff")
    for number in range(230):
        add(phonebook, f"+3725555{number:04}", 20)
    page = user.get("/contacts/leaving")
    assert count(page) == ("230 in no group", False)
    page = page.submit("Put all 230 in group", group=str(staff)).submit("Put in group")
    assert (page.path, count(page)) == ("/actions/1", None)
    run(app, 1)
    assert count(user.get("/actions/1")) is None
    assert phonebook.groups() == {"Staff": 230}
