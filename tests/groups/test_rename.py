"""Renaming a group."""

from uuid import uuid4

import pytest

from tests.page_client import PageClient
from tests.phonebook_state import PhonebookState


def test_a_group_is_renamed(user: PageClient, phonebook: PhonebookState) -> None:
    group = phonebook.add("Staff", contacts=2)
    page = user.get(f"/groups/{group}").follow("Rename group")
    assert page.value("name") == "Staff"
    page = page.submit("Rename group", name=" Tallinn  staff ")
    assert page.path == f"/groups/{group}"
    assert page.notice == "“Staff” is now called “Tallinn staff”."
    assert phonebook.groups() == {"Tallinn staff": 2}


def test_the_same_name_again_sends_nothing(user: PageClient, phonebook: PhonebookState) -> None:
    group = phonebook.add("Staff")
    page = user.get(f"/groups/{group}/rename").submit("Rename group")
    assert page.notice == "The group is called “Staff”."
    assert not [call for call in phonebook.calls if call.startswith("PUT")]


def test_another_case_of_its_own_name_is_no_duplicate(user: PageClient, phonebook: PhonebookState) -> None:
    group = phonebook.add("staff")
    user.get(f"/groups/{group}/rename").submit("Rename group", name="Staff")
    assert phonebook.groups() == {"Staff": 0}


def test_a_duplicate_name_is_a_question(user: PageClient, phonebook: PhonebookState) -> None:
    phonebook.add("Drivers", contacts=1, created="2024-05-03T12:00:00.000000Z")
    group = phonebook.add("Staff")
    page = user.get(f"/groups/{group}/rename").submit("Rename group", name="drivers")
    assert page.status == 409
    assert page.field_error == "There is already a group called “Drivers” (1 contact, created 3 May 2024)."
    assert phonebook.groups() == {"Drivers": 1, "Staff": 0}
    page = page.submit("Rename anyway")
    assert page.notice == "“Staff” is now called “drivers”."
    assert phonebook.groups() == {"Drivers": 1, "drivers": 0}


def test_a_rename_by_somebody_else_meanwhile_is_a_question(user: PageClient, phonebook: PhonebookState) -> None:
    group = phonebook.add("Staff")
    page = user.get(f"/groups/{group}/rename")
    phonebook.rename(group, "Office")
    page = page.submit("Rename group", name="Tallinn staff")
    assert page.status == 409
    assert page.field_error == (
        "The group is now called “Office”. When you opened this page it was called “Staff”."
        " Press Rename group to call it “Tallinn staff” anyway."
    )
    assert phonebook.groups() == {"Office": 0}
    assert page.submit("Rename group").notice == "“Office” is now called “Tallinn staff”."


def test_the_page_asks_if_the_earlier_name_is_missing(user: PageClient, phonebook: PhonebookState) -> None:
    group = phonebook.add("Staff")
    _, data = user.get(f"/groups/{group}/rename").fields("Rename group")
    page = user.post(f"/groups/{group}/rename", data={"name": "Office", "csrf_token": data["csrf_token"]})
    assert page.status == 409
    assert phonebook.groups() == {"Staff": 0}


@pytest.mark.parametrize(
    "name", ["Line\none", " Staff  of Tallinn ", "Bell\x07", "Nul\x00", "\u202eRight", "cafe\u0301"]
)
def test_a_name_that_forms_alter_is_recognised(user: PageClient, phonebook: PhonebookState, name: str) -> None:
    group = phonebook.add(name)
    page = user.get(f"/groups/{group}/rename").submit("Rename group", name="Plain")
    assert page.status == 200
    assert phonebook.groups() == {"Plain": 0}


@pytest.mark.parametrize("name", ["", "a" * 251, "\x00"])
def test_an_invalid_name_costs_no_call(user: PageClient, phonebook: PhonebookState, name: str) -> None:
    group = phonebook.add("Staff")
    page = user.get(f"/groups/{group}/rename")
    phonebook.calls.clear()
    page = page.submit("Rename group", name=name)
    assert page.status == 422
    assert "“Staff”" in page.text
    assert phonebook.calls == []


def test_a_form_with_an_invalid_token_comes_back(user: PageClient, phonebook: PhonebookState) -> None:
    group = phonebook.add("Staff")
    page = user.post(f"/groups/{group}/rename", data={"name": "Office", "was": "Staff", "csrf_token": "x"})
    assert page.status == 400
    assert phonebook.calls == []
    assert page.submit("Rename group").h1 == "Office"


def test_an_unknown_group_is_not_found(user: PageClient, phonebook: PhonebookState) -> None:
    assert (user.get(f"/groups/{uuid4()}/rename").status, user.get(f"/groups/{uuid4()}").status) == (404, 404)
    group = phonebook.add("Staff")
    page = user.get(f"/groups/{group}/rename")
    phonebook.delete(group)
    page = page.submit("Rename group", name="Office")
    assert (page.status, page.h1) == (404, "This group no longer exists")
    assert phonebook.groups() == {}


def test_long_names_do_not_make_the_cookie_too_large(user: PageClient, phonebook: PhonebookState) -> None:
    name = "".join(chr(0x4E00 + number * 7919 % 20_000) for number in range(2_000))  # which hardly can be compressed
    group = phonebook.add(name)
    form, data = user.get(f"/groups/{group}/rename").fields("Rename group", name="Office")
    answer = user.client.post(str(form["action"]), data=data)
    assert len(answer.headers["Set-Cookie"]) < 4096
    page = user.get(answer.headers["Location"])
    assert page.notice == f"“{name[:250]}…” is now called “Office”."
