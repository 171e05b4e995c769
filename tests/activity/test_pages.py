"""The activity page, its search and download, and the deletion of expired actions."""

import csv
import io
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from sqlalchemy import event, update

from tests.actions.store_fixtures import add_change, add_changes, all_changes
from tests.contacts.contact_fixtures import JAAN, MARI
from tests.page_client import Page, PageClient, shown, words
from tests.phonebook_state import PhonebookState
from webapp import create_app
from webapp.settings import Settings
from webapp.store import Store
from webapp.store.schema import actions


def rows(page: Page) -> list[list[str]]:
    """The rows of the table without the dates and the links to undo them."""
    found = [[words(cell) for cell in row.find_all(["th", "td"])] for row in page.soup.select("tbody tr")]
    return [[what, who, ended] for what, _, who, ended, *_ in found]


def test_actions_are_listed_newest_first(user: PageClient, phonebook: PhonebookState) -> None:
    assert "No changes yet." in user.get("/groups").follow("Activity").text
    group = phonebook.add("Staff", contacts=1)
    user.get("/groups/new").submit("Create group", name="Office")
    user.get(f"/groups/{group}/rename").submit("Rename group", name="Crew")
    user.get(f"/groups/{group}/delete").submit("Delete group")
    page = user.get("/activity")
    assert page.caption == "3 actions, newest first."
    assert rows(page) == [
        ["Delete “Crew” (1 contact)", "Sandbox", "Done"],
        ["Rename “Staff” to “Crew”", "Sandbox", "Done"],
        ["Create “Office”", "Sandbox", "Done"],
    ]
    times = [tag["datetime"] for tag in page.soup.select("tbody time")]
    assert times == sorted(times, reverse=True)
    assert re.fullmatch(r"\d+ [A-Z][a-z]+ \d{4}, \d\d:\d\d", words(page.soup.select("tbody time")[0]))
    assert page.follow("“Office”").h1 == "Office"


def test_a_groups_page_shows_its_own_history(user: PageClient, phonebook: PhonebookState) -> None:
    group, other = phonebook.add("Staff"), phonebook.add("Other")
    assert "Nobody has changed this group here yet." in user.get(f"/groups/{group}").text
    user.get(f"/groups/{other}/rename").submit("Rename group", name="Another")
    page = user.get(f"/groups/{group}/rename").submit("Rename group", name="Crew")
    assert rows(page) == [["Rename “Staff” to “Crew”", "Sandbox", "Done"]]
    page = page.follow("All activity of this group")
    assert [row[0] for row in rows(page)] == ["Rename “Staff” to “Crew”"]
    assert page.follow("Show all activity").caption == "2 actions, newest first."


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["Õpetajad", "Staff", "Drivers"]),
        ("q=opet", ["Õpetajad"]),
        ("q=STAFF", ["Staff"]),
        ("q=100%25_", []),
        ("kind=rename", ["Staff"]),
        ("kind=nonsense", ["Õpetajad", "Staff", "Drivers"]),
        ("person=Mari", ["Drivers"]),
        ("person=Nobody", []),
        ("person=%00", []),
        ("kind=create&person=Sandbox", ["Õpetajad"]),
        ("group=nonsense&page=-1", ["Õpetajad", "Staff", "Drivers"]),
        ("page=9" + "9" * 5000, ["Õpetajad", "Staff", "Drivers"]),
        ("page=%D9%A3&q=%20%20", ["Õpetajad", "Staff", "Drivers"]),
    ],
)
def test_it_is_filtered(user: PageClient, store: Store, query: str, found: list[str]) -> None:
    add_change(store, after="Drivers", person="Mari")
    add_change(store, kind="rename", before="Staff", after="Crew", group_id=uuid4())
    add_change(store, after="Õpetajad")
    page = user.get(f"/activity?{query}")
    assert page.status == 200
    assert [re.findall("“(.+?)”", row[0])[0] for row in rows(page)] == found
    assert found or "No changes match this search." in page.text
    text = user.get(f"/activity/download?{query}").response.get_data(as_text=True)
    assert len(text.splitlines()) == 1 + len(found)


def test_the_form_shows_the_filters(user: PageClient, store: Store) -> None:
    add_change(store, person="Mari", after="Drivers")
    page = user.get("/activity?q=driv&kind=create&person=Mari")
    assert page.value("q") == "driv"
    assert [tag["value"] for tag in page.soup.select("option[selected]")] == ["create", "Mari"]


def test_there_are_pages(user: PageClient, store: Store) -> None:
    for number in range(101):
        add_change(store, after=f"Group {number}")
    page = user.get("/activity?q=group")
    assert page.caption == "101 actions, showing 1 to 50, newest first."
    page = page.follow("Next page").follow("Next page")
    assert [row[0] for row in rows(page)] == ["Create “Group 0”"]
    assert user.get("/activity?page=99").caption == "101 actions, showing 101 to 101, newest first."


def test_the_download_has_everything(user: PageClient, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("webapp.actions.history.READ_AT_A_TIME", 10)
    group = uuid4()
    for number in range(24):
        add_change(store, kind="rename", before=f"Group {number}", after="=1+1", group_id=group)
    add_change(store, kind="rename", before="Jan 5", after="1.10", group_id=uuid4())
    add_change(store, kind="delete", before="Õpetajad, \"öö\"\n\r=cmd|' /C calc'!A0", contacts=3, group_id=group)
    response = user.get("/activity").follow("Download as CSV").response
    assert response.mimetype == "text/csv"
    assert re.match(r'attachment; filename="activity-\d{4}-\d\d-\d\d\.csv"', response.headers["Content-Disposition"])
    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert response.headers["Cache-Control"] == "no-store"
    assert response.get_data().startswith(b"\xef\xbb\xbf")
    lines = list(csv.reader(io.StringIO(response.get_data(as_text=True).removeprefix("\ufeff"))))
    assert lines[0][0] == "Began (Europe/Tallinn)"
    began = datetime.fromisoformat(lines[1][0]).replace(tzinfo=ZoneInfo("Europe/Tallinn"))
    assert abs(began - datetime.now(UTC)) < timedelta(minutes=5)
    assert lines[0][1:] == ["Person", "Change", "Group id", "Before", "After", "Contacts", "Number", "Result"]
    assert lines[1][1:] == [
        "Sandbox", "delete", str(group), "Õpetajad, \"öö\" =cmd|' /C calc'!A0", "", "3", "", "Done",
    ]  # fmt: skip
    assert lines.pop(2)[4:6] == ["'Jan 5", "'1.10"]
    assert [line[4] for line in lines[2:]] == [f"Group {number}" for number in range(23, -1, -1)]
    assert {line[5] for line in lines[2:]} == {"'=1+1"}


def test_expired_changes_are_not_shown(
    user: PageClient, store: Store, settings: Settings, phonebook: PhonebookState
) -> None:
    add_change(store, days=401, after="Old")
    add_change(store, days=399, after="Young")
    assert [row[0] for row in rows(user.get("/activity"))] == ["Create “Young”"]
    assert "Old" not in user.get("/activity/download").response.get_data(as_text=True)
    assert len(all_changes(store)) == 2
    user.get("/groups/new").submit("Create group", name="Office")
    assert [entry["after"] for entry in all_changes(store)] == ["Young", "Office"]


def test_the_retention_time_can_be_set(settings: Settings, store: Store) -> None:
    app = create_app(replace(settings, activity_days=7))
    add_change(store, days=8, after="Old")
    page = PageClient(app.test_client()).get("/activity")
    assert "The history is kept for 7 days." in page.text
    assert rows(page) == []
    app.extensions["store"].close()


REFUSED = {
    "NotSent": "Not done: Messente could not be reached",
    "NotFound": "Not done: the group was already gone",
    "AccessRefused": "Not done: Messente refused the dashboard's access",
    "TooManyRequests": "Not done: Messente asked to slow down",
    "InvalidData": "Not done: Messente refused it: Too odd",
}


@pytest.mark.parametrize("error", REFUSED)
def test_a_refusal_says_why(user: PageClient, store: Store, error: str) -> None:
    add_change(store, after="Staff", outcome="refused", error=error, changed="no", detail="Too odd")
    assert rows(user.get("/activity"))[0][2] == REFUSED[error]


def test_groups_can_be_used_if_the_store_cannot_be_read(
    user: PageClient, app: Flask, phonebook: PhonebookState
) -> None:
    group = phonebook.add("Staff")
    app.extensions["store"].close()
    app.extensions["store"] = Store("postgres://dashboard@127.0.0.1:1/none")
    page = user.get(f"/groups/{group}")
    assert (page.status, page.h1) == (200, "Staff")
    assert "The history can't be shown right now." in page.text
    assert user.get("/groups").status == 200
    for path in ("/activity", "/activity/download"):
        page = user.get(path)
        assert (page.status, page.h1) == (503, "We could not read the activity")


def test_the_list_asks_the_store_nothing(user: PageClient, app: Flask, phonebook: PhonebookState) -> None:
    phonebook.add("Staff")
    asked: list[str] = []
    event.listen(app.extensions["store"].engine, "before_cursor_execute", lambda *arguments: asked.append(arguments[2]))
    for path in ("/groups", "/groups?q=staff&sort=-contacts", "/groups/new", "/help"):
        user.get(path)
    assert asked == []
    page = user.get("/groups").follow("Delete Staff").submit("Delete group")
    asked.clear()
    assert user.get("/groups").status == 200
    assert page.notice == "“Staff” was deleted."
    assert asked == []
    user.get("/activity")
    assert asked, "the counter counts"


def test_what_has_happened_can_be_undone(user: PageClient, store: Store) -> None:
    done = add_change(store, kind="rename", before="A", after="B", group_id=uuid4())
    add_change(store, after="C", outcome="refused", error="NotSent", changed="no")
    add_change(store, after="D", outcome="started")
    add_change(store, after="E", days=31)
    undone = add_change(store, after="F", days=2)
    undo = add_change(store, kind="delete", before="F", contacts=0, group_id=uuid4(), days=1)
    with store.write() as connection:
        connection.execute(update(actions).where(actions.c.id == undo).values(kind="undo", undoes=undone))
    page = user.get("/activity")
    links = [str(tag["href"]) for tag in page.soup.select("tbody .row-actions a")]
    assert links == [f"/actions/{undo}/undo", f"/actions/{done}/undo"]
    assert rows(page)[0][0] == "To undo an earlier action: delete “F” (no contacts)"
    assert [row[2] for row in rows(page) if "“F”" in row[0]] == ["Done", f"Done Undone later: action {undone}"]
    assert page.follow(f"Undone later: action {undone}").path == f"/actions/{undo}"
    page = user.get(f"/actions/{undone}")
    assert page.follow("see what the undo did").path == f"/actions/{undo}"
    assert "To undo an earlier action: delete “F” (no contacts)" in page.follow("see what the undo did").text
    assert page.follow("Undo what is left").h1 == "There is nothing to undo"


def test_a_deleted_group_links_to_its_history(user: PageClient, phonebook: PhonebookState) -> None:
    group = phonebook.add("Staff")
    user.get(f"/groups/{group}/delete").submit("Delete group")
    page = user.get(f"/groups/{group}")
    assert page.status == 404
    assert rows(page.follow("see the history")) == [["Delete “Staff” (no contacts)", "Sandbox", "Done"]]
    history = user.get("/activity").follow("“Staff”")
    assert rows(history) == [["Delete “Staff” (no contacts)", "Sandbox", "Done"]]
    assert "Showing the history of “Staff”." in history.text


def test_people_with_only_expired_changes_are_no_choice(user: PageClient, store: Store) -> None:
    add_change(store, days=401, person="Mari", after="Old")
    add_change(store, after="New")
    assert "Mari" not in user.get("/activity").text


def test_an_action_of_many_changes_is_one_row(user: PageClient, store: Store, phonebook: PhonebookState) -> None:
    numbers = [f"+3725555{number:04}" for number in range(30)]
    phonebook.add_contact(numbers[0], firstName="Mari", lastName="Õun")
    staff = phonebook.add("Staff")
    add_changes(store, numbers, kind="add", before="Staff", group_id=staff, person="Mari")
    page = user.get("/activity")
    assert page.caption == "1 action, newest first."
    [[what, who, result]] = rows(page)
    assert (what, who) == ("Add 30 contacts to “Staff”", "Mari")
    assert result.startswith(f"30 added {shown(numbers[0])} (Mari Õun): Added {shown(numbers[1])}: Added")
    assert len(page.soup.select("details li")) == 10
    assert page.follow("All 30 of action 1").h1 == "30 added"
    assert user.get(f"/activity?number=%2B{numbers[7][1:]}").caption == page.caption
    [[what, _, result]] = rows(user.get(f"/activity?number=%2B{numbers[7][1:]}"))
    assert (what, result) == (f"Add {shown(numbers[7])} to “Staff”", "Done"), "what matches of it"
    assert len(user.get("/activity/download").response.get_data(as_text=True).splitlines()) == 31
    phonebook.instead["GET"] = ("500 Internal Server Error", b"")
    page = user.get("/activity")
    assert "(Mari Õun)" not in page.text
    assert "so names are missing here" in page.text


def test_it_is_filtered_by_dates(user: PageClient, store: Store) -> None:
    for number in range(4):
        add_change(store, days=number, after=f"Group {number}")
    today = datetime.now(ZoneInfo("Europe/Tallinn")).date()
    days = [str(today - timedelta(days=number)) for number in range(4)]

    def found(query: str) -> list[str]:
        return sorted(re.findall("Group ([0-3])", user.get(f"/activity?{query}").text))

    assert found(f"from={days[2]}&to={days[1]}") == ["1", "2"]
    assert found(f"from={days[1]}") == ["0", "1"]
    assert found(f"to={days[2]}") == ["2", "3"]
    page = user.get("/activity").submit("Show", **{"from": days[2], "to": days[1]})
    assert page.value("from") == days[2]
    assert page.caption == "2 actions, newest first."
    assert len(page.follow("Download as CSV").response.get_data(as_text=True).splitlines()) == 3


@pytest.mark.parametrize("day", ["32.13.2026", "2026-02-30", "yesterday", "9" * 5000, "%00"])
def test_an_invalid_date_is_reported(user: PageClient, store: Store, day: str) -> None:
    add_change(store, after="Staff")
    page = user.get(f"/activity?from={day}&to=9999-12-31")
    assert "is not a date, so it was left out." in page.text
    assert page.caption == "1 action, newest first."


@pytest.mark.parametrize(("query", "caption"), [("from=0001-01-01", "1 action, newest first."), ("to=0001-01-01", "")])
def test_the_first_and_the_last_date_there_are(user: PageClient, store: Store, query: str, caption: str) -> None:
    add_change(store, after="Staff")
    page = user.get(f"/activity?{query}")
    assert (page.status, page.caption) == (200, caption)


def test_dates_in_the_wrong_order_are_reported(user: PageClient, store: Store) -> None:
    add_change(store, after="Staff")
    page = user.get("/activity?from=2026-11-02&to=2026-11-01")
    assert "The first day is after the last day, so nothing can be found." in page.text


def test_pages_end_after_ten_thousand(user: PageClient, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("webapp.actions.history.MAX_COUNTED", 100)
    for number in range(101):
        add_change(store, after=f"Group {number}")
    page = user.get("/activity?page=9")
    assert page.caption == "More than 100 actions, showing 51 to 100, newest first."
    assert "Older actions can be found by their dates." in page.text


def test_the_second_page_of_a_search_has_each_action_once(user: PageClient, store: Store) -> None:
    for number in range(52):
        add_changes(store, [MARI, JAAN], kind="add", before=f"Even {number}", group_id=uuid4())
        add_change(store, after=f"Odd {number}")
    page = user.get("/activity?kind=add&page=2")
    assert page.caption == "52 actions, showing 51 to 52, newest first."
    assert "Even 1”" in page.text
    assert "Even 0”" in page.text
    assert "Even 2”" not in page.text


def test_a_page_takes_few_queries(user: PageClient, app: Flask, store: Store) -> None:
    asked: list[str] = []
    event.listen(app.extensions["store"].engine, "before_cursor_execute", lambda *arguments: asked.append(arguments[2]))
    user.get("/activity")
    counts = []
    for number in (1, 20):
        for each in range(number):
            add_changes(store, [MARI, JAAN], kind="add", before=f"Group {each}", group_id=uuid4())
        asked.clear()
        user.get("/activity")
        counts.append(len(asked))
    assert counts[0] == counts[1] < 20
