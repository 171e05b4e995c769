"""Creating a group."""

import random
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from tests.page_client import PageClient
from tests.phonebook_state import PhonebookState

BAD_NAMES = {
    "": "Enter a group name",
    "  \u00a0\t ": "Enter a group name",
    "\u200b\u2800\u3164": "Enter a group name",
    "a" * 251: "Group name must be 250 characters or fewer",
    "Sta\x07ff": "The name contained hidden characters, which were removed. Check the name",
    "\u202eStaff": "The name contained hidden characters, which were removed. Check the name",
}


def test_a_group_is_created_and_shown(user: PageClient, phonebook: PhonebookState) -> None:
    page = user.get("/groups").follow("Create group") if phonebook.add("First") else None
    assert page is not None
    page = page.submit("Create group", name="  Tallinn \u00a0 õpetajad ")
    assert page.h1 == "Tallinn õpetajad"
    assert page.notice == "“Tallinn õpetajad” was created."
    assert phonebook.groups() == {"First": 0, "Tallinn õpetajad": 0}
    assert user.get(page.path).notice == "", "a notice is said once"


@pytest.mark.parametrize("name", BAD_NAMES, ids=ascii)
def test_an_invalid_name_is_reported_at_the_field_without_a_call(
    user: PageClient, phonebook: PhonebookState, name: str
) -> None:
    page = user.get("/groups/new").submit("Create group", name=name)
    assert page.status == 422
    assert page.soup.title is not None
    assert page.soup.title.get_text().startswith("Error: Create group")
    assert page.field_error == BAD_NAMES[name]
    assert phonebook.calls == []
    assert phonebook.groups() == {}


def test_typed_text_comes_back(user: PageClient) -> None:
    assert user.get("/groups/new").submit("Create group", name="a" * 251).value("name") == "a" * 251


def test_hidden_characters_are_removed_for_the_next_try(user: PageClient, phonebook: PhonebookState) -> None:
    page = user.get("/groups/new").submit("Create group", name="\u202eSta\x00ff")
    assert page.value("name") == "Staff"
    assert page.submit("Create group").h1 == "Staff"
    assert phonebook.groups() == {"Staff": 0}


@pytest.mark.parametrize("name", ["a" * 250, "😀" * 250, "<script>", "مجموعة الموظفين", "👩\u200d🔧", "e\u0301" * 100])
def test_odd_names_work_everywhere(user: PageClient, phonebook: PhonebookState, name: str) -> None:
    page = user.get("/groups/new").submit("Create group", name=name)
    shown = name.replace("e\u0301", "é")
    assert page.h1 == shown
    assert shown in page.notice
    page = page.follow("Rename group").submit("Rename group", name=shown[:-1] + "x")
    assert shown in page.notice
    page = page.follow("Delete group").submit("Delete group")
    assert page.notice == f"“{shown[:-1]}x” was deleted."
    assert phonebook.groups() == {}


def test_a_notice_with_two_long_names_fits_its_cookie(user: PageClient, phonebook: PhonebookState) -> None:
    """A browser drops a cookie of more than 4 kB; Werkzeug warns of one, and here a warning is an error."""
    chance = random.Random(1)  # so that the cookie's compression finds nothing to save
    long, other = ("".join(chr(chance.randrange(0x20000, 0x2A6DF)) for _ in range(250)) for _ in range(2))
    page = user.get("/groups/new").submit("Create group", name=long)
    page = page.follow("Rename group").submit("Rename group", name=other)
    assert page.notice == f"“{long}” is now called “{other}”."
    assert phonebook.groups() == {other: 0}


def test_a_duplicate_name_is_a_question(user: PageClient, phonebook: PhonebookState) -> None:
    phonebook.add("Staff", contacts=2, created="2024-05-03T12:00:00.000000Z")
    page = user.get("/groups/new").submit("Create group", name="STAFF")
    assert page.status == 409
    assert page.field_error == "There is already a group called “Staff” (2 contacts, created 3 May 2024)."
    assert page.value("name") == "STAFF"
    assert page.link("Use another name") == "#name"
    assert phonebook.groups() == {"Staff": 2}
    assert page.follow("Open the existing group").h1 == "Staff"
    page = page.submit("Create anyway")
    assert page.notice == "“STAFF” was created."
    assert phonebook.groups() == {"Staff": 2, "STAFF": 0}


def test_anyway_counts_for_one_name_only(user: PageClient, phonebook: PhonebookState) -> None:
    phonebook.add("Staff")
    phonebook.add("Drivers")
    phonebook.add("drivers")
    now = datetime.now(ZoneInfo("Europe/Tallinn"))
    today = f"{now.day} {now:%B} {now.year}"
    page = user.get("/groups/new").submit("Create group", name="Staff").submit("Create anyway", name="drivers")
    assert page.status == 409
    assert (
        page.field_error
        == f"There are already 2 groups called “Drivers” (no contacts, created {today}; no contacts, created {today})."
    )
    assert len(phonebook.ids()) == 3


def test_enter_in_the_field_never_means_anyway(user: PageClient, phonebook: PhonebookState) -> None:
    phonebook.add("Staff")
    page = user.get("/groups/new").submit("Create group", name="Staff")
    assert page.buttons()[0] == "Create group", "a browser presses the first button of the form"
    assert page.submit("Create group").status == 409


@pytest.mark.parametrize("token", [None, "", "x", "IjEi.Z.foreign"])
def test_a_form_with_an_invalid_token_changes_nothing_and_comes_back(
    user: PageClient, phonebook: PhonebookState, token: str | None
) -> None:
    data = {"name": "Staff"} | ({} if token is None else {"csrf_token": token})
    page = user.post("/groups/new", data=data)
    assert page.status == 400
    assert "We could not accept this form. Nothing was changed." in page.text
    assert phonebook.calls == []
    assert page.value("name") == "Staff"
    assert page.submit("Create group").h1 == "Staff", "the form that came back is good"
    assert phonebook.groups() == {"Staff": 0}


def test_the_create_makes_one_read_and_one_write(user: PageClient, phonebook: PhonebookState) -> None:
    user.get("/groups/new").submit("Create group", name="Staff")
    assert phonebook.calls[:2] == ["GET /v1/phonebook/groups", "POST /v1/phonebook/groups"]
    assert len([call for call in phonebook.calls if not call.startswith("GET")]) == 1
