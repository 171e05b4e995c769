"""What the record shows, and how it is searched, downloaded and pruned."""

import csv
import io
import re
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import event

from tests.activity.rows import add, change, entries
from tests.pages import Page, PageClient, words
from tests.phonebook_state import PhonebookState
from webapp import create_app
from webapp.activity.export import harmless
from webapp.settings import Settings
from webapp.store import Store


def rows(page: Page) -> list[list[str]]:
    """What was done and how it ended, without when."""
    found = [[words(cell) for cell in row.find_all(["th", "td"])] for row in page.soup.select("tbody tr")]
    return [[what, who, ended] for what, _, who, ended in found]


def test_what_is_done_is_told_the_newest_first(reader: PageClient, phonebook: PhonebookState) -> None:
    assert "Nothing has been done here yet." in reader.get("/groups").follow("Activity").text
    group = phonebook.add("Staff", contacts=1)
    reader.get("/groups/new").submit("Create group", name="Office")
    reader.get(f"/groups/{group}/rename").submit("Rename group", name="Crew")
    reader.get(f"/groups/{group}/delete").submit("Delete group")
    page = reader.get("/activity")
    assert page.caption == "3 changes, the newest first."
    assert rows(page) == [
        ["Delete “Crew” (1 contact)", "Sandbox", "Done"],
        ["Rename “Staff” to “Crew”", "Sandbox", "Done"],
        ["Create “Office”", "Sandbox", "Done"],
    ]
    times = [tag["datetime"] for tag in page.soup.select("tbody time")]
    assert times == sorted(times, reverse=True)
    assert re.fullmatch(r"\d+ [A-Z][a-z]+ \d{4}, \d\d:\d\d", words(page.soup.select("tbody time")[0]))
    assert page.follow("“Office”").h1 == "Office"


def test_a_groups_page_shows_its_own_history(reader: PageClient, phonebook: PhonebookState) -> None:
    group, other = phonebook.add("Staff"), phonebook.add("Other")
    assert "Nothing has been done to it in this dashboard." in reader.get(f"/groups/{group}").text
    reader.get(f"/groups/{other}/rename").submit("Rename group", name="Another")
    page = reader.get(f"/groups/{group}/rename").submit("Rename group", name="Crew")
    assert rows(page) == [["Rename “Staff” to “Crew”", "Sandbox", "Done Undo the rename to “Crew”"]]
    page = page.follow("All activity of this group")
    assert [row[0] for row in rows(page)] == ["Rename “Staff” to “Crew”"]
    assert page.follow("Show all activity").caption == "2 changes, the newest first."


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
def test_it_is_filtered(reader: PageClient, store: Store, query: str, found: list[str]) -> None:
    add(store, after="Drivers", person="Mari")
    add(store, kind="rename", before="Staff", after="Crew", group_id=uuid4())
    add(store, after="Õpetajad")
    page = reader.get(f"/activity?{query}")
    assert page.status == 200
    assert [re.findall("“(.+?)”", row[0])[0] for row in rows(page)] == found
    assert found or "No activity matches this." in page.text
    text = reader.get(f"/activity/download?{query}").response.get_data(as_text=True)
    assert len(text.splitlines()) == 1 + len(found)


def test_the_filters_are_kept_in_the_form(reader: PageClient, store: Store) -> None:
    add(store, person="Mari", after="Drivers")
    page = reader.get("/activity?q=driv&kind=create&person=Mari")
    assert page.value("q") == "driv"
    assert [tag["value"] for tag in page.soup.select("option[selected]")] == ["create", "Mari"]


def test_there_are_pages(reader: PageClient, store: Store) -> None:
    for number in range(101):
        add(store, after=f"Group {number}")
    page = reader.get("/activity?q=group")
    assert page.caption == "101 changes, showing 1 to 50, the newest first."
    page = page.follow("Next page").follow("Next page")
    assert [row[0] for row in rows(page)] == ["Create “Group 0”"]
    assert reader.get("/activity?page=99").caption == "101 changes, showing 101 to 101, the newest first."


def test_the_download_has_everything(reader: PageClient, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("webapp.activity.listing.BATCH", 10)
    group = uuid4()
    for number in range(24):
        add(store, kind="rename", before=f"Group {number}", after="=1+1", group_id=group)
    add(store, kind="delete", before="Õpetajad, \"öö\"\n\r=cmd|' /C calc'!A0", contacts=3, group_id=group)
    response = reader.get("/activity").follow("Download as CSV").response
    assert response.mimetype == "text/csv"
    assert "attachment" in response.headers["Content-Disposition"]
    assert response.get_data().startswith(b"\xef\xbb\xbf")
    lines = list(csv.reader(io.StringIO(response.get_data(as_text=True).removeprefix("\ufeff"))))
    assert lines[0][1:] == ["Person", "Change", "Group id", "Before", "After", "Contacts", "How it ended"]
    assert lines[1][1:] == [
        "Sandbox", "delete", str(group), "Õpetajad, \"öö\" =cmd|' /C calc'!A0", "", "3", "Done",
    ]  # fmt: skip
    assert [line[4] for line in lines[2:]] == [f"Group {number}" for number in range(23, -1, -1)]
    assert {line[5] for line in lines[2:]} == {"'=1+1"}


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1", "＝1+1", "\ufeff=1"])
def test_no_cell_runs(text: str) -> None:
    assert harmless(text).startswith("'")


@pytest.mark.parametrize("text", ["Staff", "Õpetajad = 3", "5-day", ""])
def test_other_cells_stay_as_they_are(text: str) -> None:
    assert harmless(text) == text


def test_what_is_kept_long_enough_is_gone(
    reader: PageClient, store: Store, settings: Settings, phonebook: PhonebookState
) -> None:
    add(store, days=401, after="Old")
    add(store, days=399, after="Young")
    assert [row[0] for row in rows(reader.get("/activity"))] == ["Create “Young”"]
    assert "Old" not in reader.get("/activity/download").response.get_data(as_text=True)
    assert len(entries(store)) == 2
    reader.get("/groups/new").submit("Create group", name="Office")
    assert [entry["after"] for entry in entries(store)] == ["Young", "Office"]


def test_how_long_it_is_kept_can_be_set(settings: Settings, store: Store) -> None:
    app = create_app(replace(settings, activity_days=7))
    add(store, days=8, after="Old")
    page = PageClient(app.test_client()).get("/activity")
    assert "Kept for 7 days." in page.text
    assert rows(page) == []
    app.extensions["store"].close()


UNDECIDED: dict[str, Any] = {"outcome": "unknown", "error": "TimedOut", "changed": "unknown", "person": "Mari"}


@pytest.mark.parametrize("hours", [0.1, 2])
def test_what_was_unknown_is_settled_when_the_phonebook_tells(
    reader: PageClient, store: Store, phonebook: PhonebookState, hours: float
) -> None:
    staff, office, twin = phonebook.add("Staff"), phonebook.add("Office"), phonebook.add("Crew")
    made, others = phonebook.add("Crew"), phonebook.add("Night")
    old = UNDECIDED | {"days": hours / 24}
    add(store, **old, kind="rename", before="Offices", after="Office", group_id=office)
    add(store, **old, kind="rename", before="Staff", after="Everyone", group_id=staff)
    add(store, **old, kind="delete", before="Gone", contacts=0, group_id=uuid4())
    add(store, **old, kind="delete", before="Staff", contacts=0, group_id=staff)
    add(store, **old, kind="create", after="Crew", twins=str(twin))
    add(store, **old, kind="create", after="Missing")
    add(store, kind="create", after="Night", group_id=others, days=3 / 24)
    add(store, **old, kind="create", after="night")
    page = reader.get("/activity")
    shown, missing = "Not known at first; the phonebook showed it later", "Not known"
    if hours > 1:
        missing = "Not known at first; the phonebook did not show it later"
    ended = {row[0]: row[2].partition(" Undo")[0] for row in rows(page)}
    assert ended == {
        "Create “night”": missing,
        "Create “Night”": "Done",
        "Create “Missing”": missing,
        "Create “Crew”": shown,
        "Delete “Staff” (no contacts)": missing,
        "Delete “Gone” (no contacts)": shown,
        "Rename “Staff” to “Everyone”": missing,
        "Rename “Offices” to “Office”": shown,
    }
    assert [entry["group_id"] for entry in entries(store) if entry["after"] == "Crew"] == [made]
    assert phonebook.calls == ["GET /v1/phonebook/groups"]


def outcomes(store: Store) -> list[str]:
    return [entry["outcome"] for entry in entries(store)]


def test_an_older_group_is_no_evidence_of_a_creation(
    reader: PageClient, store: Store, phonebook: PhonebookState
) -> None:
    """It was renamed to that name since, here or elsewhere, or could not be read when the form was checked."""
    group = phonebook.add("Crew", created="2024-05-03T12:00:00.000000Z")
    renamed = phonebook.add("Night")
    add(store, kind="rename", before="Night", after="Late", group_id=renamed, days=0.2)
    add(store, **UNDECIDED, days=0.1, kind="create", after="Crew")
    add(store, **UNDECIDED, days=0.1, kind="create", after="Night")
    reader.get("/activity")
    assert outcomes(store) == ["done", "absent", "absent"]
    assert str(group) in phonebook.ids()


def test_one_group_is_no_evidence_of_two_creations(reader: PageClient, store: Store, phonebook: PhonebookState) -> None:
    add(store, **UNDECIDED | {"person": "Anna"}, days=0.1, kind="create", after="Crew")
    add(store, **UNDECIDED | {"person": "Bert"}, days=0.1, kind="create", after="crew")
    phonebook.add("Crew")
    reader.get("/activity")
    assert outcomes(store) == ["unknown", "unknown"]
    phonebook.add("Crew")
    reader.get("/activity")
    assert outcomes(store) == ["confirmed", "confirmed"]
    assert len({entry["group_id"] for entry in entries(store)}) == 2


def test_what_was_done_next_is_evidence_of_a_rename(
    reader: PageClient, store: Store, phonebook: PhonebookState
) -> None:
    group, gone = phonebook.add("Third"), uuid4()
    add(store, **UNDECIDED, days=0.1, kind="rename", before="First", after="Second", group_id=group)
    add(store, kind="rename", before="Second", after="Third", group_id=group)
    add(store, **UNDECIDED, days=0.1, kind="rename", before="First", after="Second", group_id=gone)
    add(store, kind="delete", before="Second", contacts=0, group_id=gone)
    reader.get("/activity")
    assert outcomes(store) == ["confirmed", "done", "confirmed", "done"]
    assert entries(store)[0]["after"] == "Second"


def test_a_row_that_cannot_be_read_may_be_any_group(
    reader: PageClient, store: Store, phonebook: PhonebookState
) -> None:
    add(store, **UNDECIDED, days=0.1, kind="delete", before="Gone", contacts=0, group_id=uuid4())
    add(store, **UNDECIDED, days=0.1, kind="create", after="Missing")
    add(store, **UNDECIDED, days=0.1, kind="rename", before="A", after="B", group_id=uuid4())
    readable = b'{"id": "5792a02a-e5c2-422b-a0a0-0ae65d814663", "name": "Staff", "contactsCount": 0}'
    phonebook.instead["GET"] = ("200 OK", b'{"groups": [' + readable + b', {"id": 7}]}')
    reader.get("/activity")
    assert outcomes(store) == ["unknown"] * 3


def test_whoever_settles_first_is_not_contradicted(reader: PageClient, store: Store, phonebook: PhonebookState) -> None:
    """The one that sent a change records its answer while somebody looks what became of it."""
    add(store, **UNDECIDED, days=0.1, after="Staff")
    phonebook.meanwhile = lambda: change(store, outcome="done")
    reader.get("/activity")
    assert outcomes(store) == ["done"]


def test_a_groups_page_settles_what_it_can(reader: PageClient, store: Store, phonebook: PhonebookState) -> None:
    group = phonebook.add("Staff")
    add(store, **UNDECIDED, days=0.1, kind="rename", before="Crew", after="Staff", group_id=group)
    page = reader.get(f"/groups/{group}")
    assert "the phonebook showed it later" in rows(page)[0][2]
    assert phonebook.calls == [f"GET /v1/phonebook/groups/{group}"], "it costs no call"


def test_activity_is_shown_when_messente_is_down(reader: PageClient, store: Store, phonebook: PhonebookState) -> None:
    add(store, **UNDECIDED, days=0.1, after="Staff")
    phonebook.instead["GET"] = ("503 Service Unavailable", b"")
    assert rows(reader.get("/activity")) == [["Create “Staff”", "Mari", "Not known"]]


REFUSED = {
    "NotSent": "Not done; Messente could not be reached",
    "NotFound": "Not done; the group was gone already",
    "AccessRefused": "Not done; Messente refused the dashboard's access",
    "TooManyRequests": "Not done; Messente asked to slow down",
    "InvalidData": "Not done; Messente refused it: Too odd",
}


@pytest.mark.parametrize("error", REFUSED)
def test_a_refusal_says_why(reader: PageClient, store: Store, error: str) -> None:
    add(store, after="Staff", outcome="refused", error=error, changed="no", detail="Too odd")
    assert rows(reader.get("/activity"))[0][2] == REFUSED[error]


def test_what_runs_still_is_not_looked_up(reader: PageClient, store: Store, phonebook: PhonebookState) -> None:
    add(store, after="Staff", outcome="started")
    assert rows(reader.get("/activity")) == [["Create “Staff”", "Sandbox", "Under way"]]
    assert phonebook.calls == []


def test_a_store_that_cannot_be_read_leaves_the_groups_in_reach(
    reader: PageClient, app: Flask, phonebook: PhonebookState
) -> None:
    group = phonebook.add("Staff")
    app.extensions["store"].close()
    app.extensions["store"] = Store("postgres://dashboard@127.0.0.1:1/none")
    page = reader.get(f"/groups/{group}")
    assert (page.status, page.h1) == (200, "Staff")
    assert "This can't be shown now." in page.text
    assert reader.get("/groups").status == 200
    for path in ("/activity", "/activity/download"):
        page = reader.get(path)
        assert (page.status, page.h1) == (503, "We could not read what was done")


def test_the_list_asks_the_store_nothing(reader: PageClient, app: Flask, phonebook: PhonebookState) -> None:
    phonebook.add("Staff")
    asked: list[str] = []
    event.listen(app.extensions["store"].engine, "before_cursor_execute", lambda *arguments: asked.append(arguments[2]))
    for path in ("/groups", "/groups?q=staff&sort=-contacts", "/groups/new", "/help"):
        reader.get(path)
    assert asked == []
    page = reader.get("/groups").follow("Delete Staff").submit("Delete group")
    asked.clear()
    assert reader.get("/groups").status == 200
    assert page.notice == "“Staff” was deleted."
    assert asked == []
    reader.get("/activity")
    assert asked, "the counter counts"


def test_a_rename_can_be_undone_although_a_later_one_was_refused(reader: PageClient, store: Store) -> None:
    group = uuid4()
    add(store, kind="rename", before="A", after="B", group_id=group)
    add(store, kind="rename", before="B", after="C", group_id=group, outcome="refused", error="NotSent", changed="no")
    add(store, kind="rename", before="B", after="C", group_id=group, outcome="absent")
    assert reader.get("/activity").buttons() == ["Show", "Undo the rename to “B”"]


def test_a_group_that_is_gone_leads_to_what_was_done_to_it(reader: PageClient, phonebook: PhonebookState) -> None:
    group = phonebook.add("Staff")
    reader.get(f"/groups/{group}/delete").submit("Delete group")
    page = reader.get(f"/groups/{group}")
    assert page.status == 404
    assert rows(page.follow("see what was done to it")) == [["Delete “Staff” (no contacts)", "Sandbox", "Done"]]
    assert rows(reader.get("/activity").follow("“Staff”")) == [["Delete “Staff” (no contacts)", "Sandbox", "Done"]]


def test_nobody_is_offered_whose_entries_are_too_old(reader: PageClient, store: Store) -> None:
    add(store, days=401, person="Mari", after="Old")
    add(store, after="New")
    assert "Mari" not in reader.get("/activity").text


def test_no_group_is_undone_behind_the_readers_back(reader: PageClient, store: Store) -> None:
    add(store, kind="rename", before="A", after="B", group_id=uuid4())
    change(store, outcome="refused", error="NotSent", changed="no")
    assert "Undo" not in reader.get("/activity").buttons()
