"""If Messente refuses a change or gives no clear answer, the page says which, and shows the typed text again."""

from dataclasses import replace

import pytest
from flask import Flask

from tests.page_client import PageClient
from tests.phonebook_state import PhonebookState
from webapp import create_app
from webapp.settings import Settings

DETAIL = b'{"errors": [{"code": "201", "title": "Invalid data", "detail": "Name is <too> odd"}]}'

FAILURES = [
    ("401 Unauthorized", 502, "The dashboard's access to Messente was refused."),
    ("403 Forbidden", 502, "The dashboard's access to Messente was refused."),
    (
        "418 I'm a teapot",
        502,
        "Messente refused this. Your groups were not changed. Messente said: Name is <too> odd Whoever",
    ),
    ("404 Not Found", 502, "Messente refused this. Your groups were not changed."),
    ("429 Too Many Requests", 503, "Your groups were not changed. Try again in 7 seconds."),
    ("500 Internal Server Error", 502, "We could not confirm that the group was {done}."),
    ("307 Temporary Redirect", 502, "We could not confirm that the group was {done}."),
]


@pytest.mark.parametrize(("answered", "status", "words"), FAILURES)
def test_create(user: PageClient, phonebook: PhonebookState, answered: str, status: int, words: str) -> None:
    phonebook.instead["POST"] = (answered, DETAIL)
    page = user.get("/groups/new").submit("Create group", name="Staff")
    assert page.status == status
    assert words.format(done="created") in page.text
    assert page.response.headers.get("Retry-After") == ("7" if status == 503 else None)
    assert page.value("name") == "Staff"
    assert [call for call in phonebook.calls if not call.startswith("GET")] == ["POST /v1/phonebook/groups"]


@pytest.mark.parametrize(("answered", "status", "words"), FAILURES)
def test_rename(user: PageClient, phonebook: PhonebookState, answered: str, status: int, words: str) -> None:
    group = phonebook.add("Staff")
    phonebook.instead["PUT"] = (answered, DETAIL)
    page = user.get(f"/groups/{group}/rename").submit("Rename group", name="Office")
    assert page.status == status
    assert words.format(done="renamed") in page.text
    assert page.value("name") == "Office"
    assert [call for call in phonebook.calls if not call.startswith("GET")] == [f"PUT /v1/phonebook/groups/{group}"]


@pytest.mark.parametrize(("answered", "status", "words"), FAILURES)
def test_delete(user: PageClient, phonebook: PhonebookState, answered: str, status: int, words: str) -> None:
    group = phonebook.add("Staff")
    phonebook.instead["DELETE"] = (answered, DETAIL)
    page = user.get(f"/groups/{group}/delete").submit("Delete group")
    assert page.status == status
    assert words.format(done="deleted") in f"{page.h1}. {page.text.removeprefix(page.h1).strip()}"
    assert [call for call in phonebook.calls if not call.startswith("GET")] == [f"DELETE /v1/phonebook/groups/{group}"]


@pytest.mark.parametrize(("answered", "status"), [("400 Bad Request", 422), ("409 Conflict", 409)])
@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_messentes_message_about_the_name_is_shown_at_its_field(
    user: PageClient, phonebook: PhonebookState, answered: str, status: int, method: str
) -> None:
    group = phonebook.add("Staff")
    phonebook.instead[method] = (answered, DETAIL)
    path, button = ("/groups/new", "Create group") if method == "POST" else (f"/groups/{group}/rename", "Rename group")
    page = user.get(path).submit(button, name="Odd")
    assert (page.status, page.field_error, page.value("name")) == (status, "Name is <too> odd", "Odd")


def test_a_group_that_is_deleted_at_the_last_moment(user: PageClient, phonebook: PhonebookState) -> None:
    group = phonebook.add("Staff")
    missing = ("404 Not Found", DETAIL.replace(b"201", b"203"))
    phonebook.instead |= {"PUT": missing, "DELETE": missing}
    page = user.get(f"/groups/{group}/rename").submit("Rename group", name="Office")
    assert (page.status, page.h1) == (404, "This group no longer exists")
    assert "The name that you typed is “Office”." in page.text
    page = user.get(f"/groups/{group}/delete").submit("Delete group")
    assert (page.path, page.notice) == ("/groups", "“Staff” was already deleted.")


@pytest.mark.parametrize("answered", ["400 Bad Request", "409 Conflict"])
def test_a_refusal_of_the_check_is_not_shown_at_the_name(
    user: PageClient, phonebook: PhonebookState, answered: str
) -> None:
    phonebook.instead["GET"] = (answered, DETAIL)
    page = user.get("/groups/new").submit("Create group", name="Staff")
    assert (page.status, page.value("name")) == (502, "Staff")
    assert "Messente refused this" in page.text
    assert phonebook.groups() == {}


def test_an_older_duplicate_is_not_taken_for_the_new_group(user: PageClient, phonebook: PhonebookState) -> None:
    phonebook.add("Staff")
    phonebook.instead["POST"] = ("500 Internal Server Error", b"")
    page = user.get("/groups/new").submit("Create group", name="Staff").submit("Create anyway")
    assert page.status == 502
    assert "The group is not in the phonebook yet." in page.text


def test_a_group_counts_as_created_if_the_answer_is_unreadable(user: PageClient, phonebook: PhonebookState) -> None:
    phonebook.instead["POST"] = ("201 Created", b"<html>")
    page = user.get("/groups/new").submit("Create group", name="Staff")
    assert page.status == 502
    assert "The group was created." in page.text


def test_a_failure_after_a_change_still_reports_the_change(user: PageClient, phonebook: PhonebookState) -> None:
    form = user.get("/groups/new")
    phonebook.instead["GET"] = ("500 Internal Server Error", b"")
    phonebook.lets_pass = 1  # the list, before the change
    page = form.submit("Create group", name="Staff")
    assert (page.status, page.notice) == (502, "“Staff” was created.")
    assert "not changed" not in page.text
    phonebook.instead.clear()
    assert page.follow("Try again").h1 == "Staff"


def test_typed_text_survives_an_unreachable_messente(app: Flask, settings: Settings) -> None:
    unreachable = create_app(replace(settings, api_url="http://127.0.0.1:9/v1"))
    page = PageClient(unreachable.test_client()).get("/groups/new").submit("Create group", name="Staff")
    assert (page.status, page.value("name")) == (503, "Staff")
    assert "We could not reach Messente. Your groups were not changed." in page.text


def test_a_list_with_an_unreadable_row_says_so(user: PageClient, phonebook: PhonebookState) -> None:
    row = b'{"id": "5792a02a-e5c2-422b-a0a0-0ae65d814663", "name": "Staff", "contactsCount": 1}'
    phonebook.instead["GET"] = ("200 OK", b'{"groups": [%s, {"id": 1}]}' % row)
    page = user.get("/groups")
    assert [row[0] for row in page.rows] == ["Staff"]
    assert "1 group could not be read from Messente's answer" in page.text


def test_log_lines_name_the_failure_and_hold_no_secret(
    user: PageClient, phonebook: PhonebookState, caplog: pytest.LogCaptureFixture
) -> None:
    phonebook.instead["GET"] = ("401 Unauthorized", b"")
    with caplog.at_level("DEBUG"):
        user.get("/groups?q=Jaan+Tamm")
    [record] = [record for record in caplog.records if record.getMessage() == "phonebook error"]
    assert (record.levelname, vars(record)["kind"]) == ("ERROR", "AccessRefused")
    phonebook.instead["GET"] = ("400 Bad Request", DETAIL.replace(b"odd", b"Tamm"))
    user.get("/groups")
    everything = "\n".join(str(vars(record)) for record in caplog.records if not record.name.startswith("urllib3"))
    assert "Tamm" not in everything
    assert "sandbox" not in everything.replace("webapp.sandbox", "")
