"""Changes of unknown outcome are decided by what the phonebook shows, and by nothing else."""

from typing import Any
from uuid import uuid4

import pytest

from tests.actions.store_fixtures import add_change, all_changes, edit_newest
from tests.activity.test_pages import rows
from tests.page_client import PageClient
from tests.phonebook_state import PhonebookState
from webapp.store import Store

UNDECIDED: dict[str, Any] = {"outcome": "unknown", "error": "TimedOut", "changed": "unknown", "person": "Mari"}


@pytest.mark.parametrize("hours", [0.1, 2])
def test_an_unknown_outcome_is_reconciled_with_the_phonebook(
    user: PageClient, store: Store, phonebook: PhonebookState, hours: float
) -> None:
    staff, office, duplicate = phonebook.add("Staff"), phonebook.add("Office"), phonebook.add("Crew")
    made, others = phonebook.add("Crew"), phonebook.add("Night")
    old = UNDECIDED | {"days": hours / 24}
    add_change(store, **old, kind="rename", before="Offices", after="Office", group_id=office)
    add_change(store, **old, kind="rename", before="Staff", after="Everyone", group_id=staff)
    add_change(store, **old, kind="delete", before="Gone", contacts=0, group_id=uuid4())
    add_change(store, **old, kind="delete", before="Staff", contacts=0, group_id=staff)
    add_change(store, **old, kind="create", after="Crew", duplicates=str(duplicate))
    add_change(store, **old, kind="create", after="Missing")
    add_change(store, kind="create", after="Night", group_id=others, days=3 / 24)
    add_change(store, **old, kind="create", after="night")
    page = user.get("/activity")
    shown, missing = "Done (confirmed later)", "Unknown"
    if hours > 1:
        missing = "Probably not done (not found later)"
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
    assert [entry["group_id"] for entry in all_changes(store) if entry["after"] == "Crew"] == [made]
    assert phonebook.calls == ["GET /v1/phonebook/groups"]


def outcomes(store: Store) -> list[str]:
    return [entry["outcome"] for entry in all_changes(store)]


def test_an_older_group_is_no_evidence_of_a_creation(user: PageClient, store: Store, phonebook: PhonebookState) -> None:
    """It was renamed to that name later, here or elsewhere, or could not be read when the form was checked."""
    group = phonebook.add("Crew", created="2024-05-03T12:00:00.000000Z")
    renamed = phonebook.add("Night")
    add_change(store, kind="rename", before="Night", after="Late", group_id=renamed, days=0.2)
    add_change(store, **UNDECIDED, days=0.1, kind="create", after="Crew")
    add_change(store, **UNDECIDED, days=0.1, kind="create", after="Night")
    user.get("/activity")
    assert outcomes(store) == ["done", "not found later", "not found later"]
    assert str(group) in phonebook.ids()


def test_one_group_is_no_evidence_of_two_creations(user: PageClient, store: Store, phonebook: PhonebookState) -> None:
    add_change(store, **UNDECIDED | {"person": "Anna"}, days=0.1, kind="create", after="Crew")
    add_change(store, **UNDECIDED | {"person": "Bert"}, days=0.1, kind="create", after="crew")
    phonebook.add("Crew")
    user.get("/activity")
    assert outcomes(store) == ["unknown", "unknown"]
    phonebook.add("Crew")
    user.get("/activity")
    assert outcomes(store) == ["confirmed", "confirmed"]
    assert len({entry["group_id"] for entry in all_changes(store)}) == 2


def test_the_next_change_is_evidence_of_a_rename(user: PageClient, store: Store, phonebook: PhonebookState) -> None:
    group, gone = phonebook.add("Third"), uuid4()
    add_change(store, **UNDECIDED, days=0.1, kind="rename", before="First", after="Second", group_id=group)
    add_change(store, kind="rename", before="Second", after="Third", group_id=group)
    add_change(store, **UNDECIDED, days=0.1, kind="rename", before="First", after="Second", group_id=gone)
    add_change(store, kind="delete", before="Second", contacts=0, group_id=gone)
    user.get("/activity")
    assert outcomes(store) == ["confirmed", "done", "confirmed", "done"]
    assert all_changes(store)[0]["after"] == "Second"


def test_a_row_that_cannot_be_read_may_be_any_group(user: PageClient, store: Store, phonebook: PhonebookState) -> None:
    add_change(store, **UNDECIDED, days=0.1, kind="delete", before="Gone", contacts=0, group_id=uuid4())
    add_change(store, **UNDECIDED, days=0.1, kind="create", after="Missing")
    add_change(store, **UNDECIDED, days=0.1, kind="rename", before="A", after="B", group_id=uuid4())
    readable = b'{"id": "5792a02a-e5c2-422b-a0a0-0ae65d814663", "name": "Staff", "contactsCount": 0}'
    phonebook.instead["GET"] = ("200 OK", b'{"groups": [' + readable + b', {"id": 7}]}')
    user.get("/activity")
    assert outcomes(store) == ["unknown"] * 3


def test_reconciling_does_not_overwrite_a_recorded_outcome(
    user: PageClient, store: Store, phonebook: PhonebookState
) -> None:
    """The request that sent the change records its outcome while another one looks it up."""
    add_change(store, **UNDECIDED, days=0.1, after="Staff")
    phonebook.meanwhile = lambda: edit_newest(store, outcome="done")
    user.get("/activity")
    assert outcomes(store) == ["done"]


def test_a_groups_page_reconciles_its_changes(user: PageClient, store: Store, phonebook: PhonebookState) -> None:
    group = phonebook.add("Staff")
    add_change(store, **UNDECIDED, days=0.1, kind="rename", before="Crew", after="Staff", group_id=group)
    page = user.get(f"/groups/{group}")
    assert "Done (confirmed later)" in rows(page)[0][2]
    asked = ["blacklist", "contacts", "groups", f"groups/{group}"]
    assert sorted(phonebook.calls) == [f"GET /v1/phonebook/{each}" for each in asked], "it costs no further call"


def test_activity_is_shown_when_messente_is_down(user: PageClient, store: Store, phonebook: PhonebookState) -> None:
    add_change(store, **UNDECIDED, days=0.1, after="Staff")
    phonebook.instead["GET"] = ("503 Service Unavailable", b"")
    assert rows(user.get("/activity")) == [["Create “Staff”", "Mari", "Unknown"]]


def test_a_running_change_is_not_looked_up(user: PageClient, store: Store, phonebook: PhonebookState) -> None:
    add_change(store, after="Staff", outcome="started")
    assert rows(user.get("/activity")) == [["Create “Staff”", "Sandbox", "In progress"]]
    assert phonebook.calls == []
