"""One form acts once, however often and wherever it is sent."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Event
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import event

from tests.actions.store_fixtures import all_changes, edit_newest
from tests.faults.faulty_wire import until
from tests.page_client import Page, PageClient
from tests.phonebook_state import PhonebookState
from webapp import create_app
from webapp.settings import Settings
from webapp.store import Store


def open_form(user: PageClient, kind: str, group: UUID) -> tuple[str, dict[str, str]]:
    """Open a form as a user would, fill it in, and return its address and fields."""
    if kind == "create":
        return "/groups/new", user.get("/groups/new").fields("Create group", name="Office")[1]
    if kind == "rename":
        path = f"/groups/{group}/rename"
        return path, user.get(path).fields("Rename group", name="Office")[1]
    path = f"/groups/{group}/delete"
    return path, user.get(path).fields("Delete group")[1]


def writes(phonebook: PhonebookState) -> list[str]:
    return [call for call in phonebook.calls if not call.startswith("GET")]


AFTER = {"create": {"Staff": 2, "Office": 0}, "rename": {"Office": 2}, "delete": {}}
NOTICES = {
    "create": "“Office” was created.",
    "rename": "“Staff” is now called “Office”.",
    "delete": "“Staff” was deleted. All of its 2 contacts are now in no group and will be deleted on",
}


@pytest.mark.parametrize("kind", AFTER)
def test_a_form_that_is_sent_again_ends_on_the_same_page(
    user: PageClient, phonebook: PhonebookState, store: Store, kind: str
) -> None:
    group = phonebook.add("Staff", contacts=2)
    path, data = open_form(user, kind, group)
    pages = [user.post(path, data=data) for _ in range(3)]
    assert len(writes(phonebook)) == 1
    assert phonebook.groups() == AFTER[kind]
    assert len({page.path for page in pages}) == 1
    assert {(page.status, page.notice) for page in pages} == {(200, pages[0].notice)}
    assert pages[0].notice.startswith(NOTICES[kind])
    assert len(all_changes(store)) == 1


@pytest.mark.parametrize("kind", AFTER)
def test_a_form_that_is_sent_five_times_at_once_acts_once(
    app: Flask, settings: Settings, phonebook: PhonebookState, kind: str
) -> None:
    """It is sent to two applications that share only the store, as two processes do."""
    other = create_app(settings)
    group = phonebook.add("Staff", contacts=2)
    user = PageClient(app.test_client())
    path, data = open_form(user, kind, group)
    cookie = user.client.get_cookie("session")
    assert cookie is not None

    def send(number: int) -> Page:
        client = (app if number % 2 else other).test_client()
        client.set_cookie("session", cookie.value)
        return PageClient(client).post(path, data=data)

    with ThreadPoolExecutor(5) as pool:
        pages = list(pool.map(send, range(5)))
    other.extensions["store"].close()
    assert len(writes(phonebook)) == 1
    assert phonebook.groups() == AFTER[kind]
    assert {(page.status, page.notice) for page in pages} == {(200, pages[0].notice)}
    assert pages[0].notice.startswith(NOTICES[kind])


def test_a_repeat_waits_for_the_first_and_then_shows_its_progress(
    user: PageClient, app: Flask, phonebook: PhonebookState, settings: Settings, store: Store
) -> None:
    path, data = open_form(user, "create", UUID(int=0))
    user.post(path, data=data)
    edit_newest(store, outcome="started", group_id=None, ended=None, began=datetime.now(UTC))
    impatient = create_app(replace(settings, page_deadline=1.0))
    client = impatient.test_client()
    cookie = user.client.get_cookie("session")
    assert cookie is not None
    client.set_cookie("session", cookie.value)
    edit_newest(store, began=datetime.now(UTC) + timedelta(minutes=1))  # so that it is under way still
    page = PageClient(client).post(path, data=data)
    assert page.status == 202
    assert page.h1 == "This is still in progress"
    assert [tag["href"] for tag in page.soup.select("main a")] == ["/activity", "/groups", "/", "/help"]
    impatient.extensions["store"].close()
    assert len(writes(phonebook)) == 1


def test_a_repeat_waits_for_the_result_of_the_first(
    app: Flask, user: PageClient, phonebook: PhonebookState, store: Store
) -> None:
    path, data = open_form(user, "create", UUID(int=0))
    cookie = user.client.get_cookie("session")
    assert cookie is not None
    phonebook.held = Event()
    looks = []

    def send() -> Page:
        client = app.test_client()
        client.set_cookie("session", cookie.value)
        return PageClient(client).post(path, data=data)

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(send)
        assert until(lambda: bool(all_changes(store)))
        event.listen(app.extensions["store"].engine, "before_cursor_execute", lambda *_: looks.append(1))
        second = pool.submit(send)
        assert until(lambda: len(looks) > 5), "it looks again and again"
        phonebook.held.set()
        pages = [first.result(), second.result()]
    assert [page.notice for page in pages] == ["“Office” was created."] * 2
    assert len(writes(phonebook)) == 1


REFUSALS = {
    "400 Bad Request": (422, "Name is odd"),
    "409 Conflict": (409, "Name is odd"),
    "429 Too Many Requests": (503, "Messente asks us to slow down"),
    "403 Forbidden": (502, "The dashboard's access to Messente was refused"),
    "500 Internal Server Error": (502, "We could not confirm that"),
}


@pytest.mark.parametrize("answer", REFUSALS)
@pytest.mark.parametrize("kind", ["create", "rename"])
def test_a_repeat_of_a_failed_change_shows_the_same_and_sends_nothing(
    user: PageClient, phonebook: PhonebookState, kind: str, answer: str
) -> None:
    group = phonebook.add("Staff")
    path, data = open_form(user, kind, group)
    body = b'{"errors": [{"code": "201", "title": "Invalid data", "detail": "Name is odd"}]}'
    method = "POST" if kind == "create" else "PUT"
    phonebook.instead[method], phonebook.retry_after = (answer, body), 0
    pages = [user.post(path, data=data) for _ in range(3)]
    status, words = REFUSALS[answer]
    assert [page.status for page in pages] == [status] * 3
    assert all(words in page.text and page.value("name") == "Office" for page in pages)
    assert len(writes(phonebook)) == 1
    del phonebook.instead[method]
    assert pages[-1].submit("Create group" if kind == "create" else "Rename group").h1 == "Office", "it is a new form"


def test_a_used_form_with_other_content_comes_back(user: PageClient, phonebook: PhonebookState) -> None:
    path, data = open_form(user, "create", UUID(int=0))
    user.post(path, data=data)
    page = user.post(path, data=data | {"name": "Drivers"})
    assert page.status == 409
    assert "This form was sent before, with other content" in page.text
    assert page.value("name") == "Drivers"
    assert phonebook.groups() == {"Office": 0}
    assert page.submit("Create group").h1 == "Drivers"


def test_a_used_form_cannot_be_used_for_another_group(user: PageClient, phonebook: PhonebookState) -> None:
    one, other = phonebook.add("One"), phonebook.add("Other")
    data = user.get(f"/groups/{one}/delete").fields("Delete group")[1]
    user.post(f"/groups/{one}/delete", data=data)
    page = user.post(f"/groups/{other}/delete", data=data | {"was": "Other"})
    assert page.status == 409
    assert phonebook.groups() == {"Other": 0}
    assert page.follow("Try again").h1 == "Delete the group “Other”?"


def test_another_users_form_is_not_accepted(user: PageClient, app: Flask, phonebook: PhonebookState) -> None:
    stranger = PageClient(app.test_client())
    stranger.get("/groups/new")
    path, data = open_form(user, "create", UUID(int=0))
    assert stranger.post(path, data=data).status == 400
    user.post(path, data=data)
    page = stranger.post(path, data=data)
    assert (page.status, page.value("name")) == (400, "Office")
    assert phonebook.groups() == {"Office": 0}


@pytest.mark.parametrize("forge", [str.upper, lambda token: "." + token, lambda token: token.rpartition(".")[0]])
def test_a_forged_token_gets_the_form_again(
    user: PageClient, phonebook: PhonebookState, forge: Callable[[str], str]
) -> None:
    path, data = open_form(user, "create", UUID(int=0))
    page = user.post(path, data=data | {"csrf_token": forge(data["csrf_token"])})
    if page.status == 400:
        assert page.value("name") == "Office"
        assert phonebook.calls == []
    else:  # it is the user's own, with another number: a form of its own
        assert phonebook.groups() == {"Office": 0}


def test_a_token_made_with_an_earlier_key_is_accepted(
    settings: Settings, phonebook: PhonebookState, user: PageClient
) -> None:
    path, data = open_form(user, "create", UUID(int=0))
    rotated = create_app(replace(settings, secret_key="n" * 40, secret_key_fallbacks=(settings.secret_key,)))
    client = rotated.test_client()
    cookie = user.client.get_cookie("session")
    assert cookie is not None
    client.set_cookie("session", cookie.value)
    assert PageClient(client).post(path, data=data).h1 == "Office"
    rotated.extensions["store"].close()


SEEN = {
    "create": "The group is not in the phonebook yet.",
    "rename": "It is called “Staff” now. This may still change",
    "delete": "“Staff” is still in the phonebook, with no contacts.",
}
CRASHED: dict[str, Any] = {"outcome": "started", "ended": None, "began": datetime(2026, 1, 1, tzinfo=UTC)}


@pytest.mark.parametrize("kind", AFTER)
@pytest.mark.parametrize("happened", [True, False])
def test_after_a_crash_a_repeat_only_reconciles(
    user: PageClient, phonebook: PhonebookState, store: Store, settings: Settings, kind: str, happened: bool
) -> None:
    group = phonebook.add("Staff", contacts=2)
    path, data = open_form(user, kind, group)
    user.post(path, data=data)
    edit_newest(store, **CRASHED | ({"group_id": None} if kind == "create" else {}))
    if not happened:
        undo(phonebook, kind, group)
    before = phonebook.groups()
    page = user.post(path, data=data)
    if happened:
        assert page.status == 200
        assert page.notice.startswith(NOTICES[kind])
    else:
        assert page.status == 502
        assert "We could not confirm that" in page.text
        assert SEEN[kind] in page.text
    assert phonebook.groups() == before
    assert len(writes(phonebook)) == 1
    [entry] = all_changes(store)
    assert entry["outcome"] == ("confirmed" if happened else "started")
    if happened and kind == "create":
        assert str(entry["group_id"]) in phonebook.ids()


def undo(phonebook: PhonebookState, kind: str, group: UUID) -> None:
    """Undo the change in the phonebook, as if it had not happened."""
    if kind == "create":
        [made] = [each for each in phonebook.ids() if each != str(group)]
        phonebook.delete(UUID(made))
    elif kind == "rename":
        phonebook.rename(group, "Staff")
    else:
        phonebook.put_back(group, "Staff")


def test_a_form_that_was_not_run_keeps_its_token(user: PageClient, phonebook: PhonebookState) -> None:
    """If a repeat overtakes the first request and fails, its page has no form that could act a second time."""
    group = phonebook.add("Staff")
    path, data = open_form(user, "create", group)
    phonebook.instead["GET"] = ("500 Internal Server Error", b"")
    page = user.post(path, data=data)
    assert page.value("csrf_token") == data["csrf_token"]
    del phonebook.instead["GET"]
    page = user.post(path, data=data | {"name": "staff"})
    assert (page.status, page.value("csrf_token")) == (409, data["csrf_token"])
    path, data = open_form(user, "delete", group)
    phonebook.rename(group, "Crew")
    page = user.post(path, data=data)
    assert (page.status, page.value("csrf_token")) == (409, data["csrf_token"])


def test_a_name_that_messente_changes_is_still_the_same_form(user: PageClient, phonebook: PhonebookState) -> None:
    path, data = open_form(user, "create", UUID(int=0))
    body = b'{"group": {"id": "5792a02a-e5c2-422b-a0a0-0ae65d814663", "name": "OFFICE", "contactsCount": 0}}'
    phonebook.instead["POST"] = ("201 Created", body)
    phonebook.put_back(UUID("5792a02a-e5c2-422b-a0a0-0ae65d814663"), "OFFICE")
    data = data | {"anyway": "Office"}
    pages = [user.post(path, data=data) for _ in range(2)]
    assert [page.notice for page in pages] == ["“OFFICE” was created."] * 2


def test_a_repeat_says_that_the_group_was_renamed_again_since(user: PageClient, phonebook: PhonebookState) -> None:
    group = phonebook.add("Staff")
    path, data = open_form(user, "rename", group)
    user.post(path, data=data).follow("Undo what was just done").submit("Undo")
    page = user.post(path, data=data)
    assert page.notice == "“Staff” was renamed to “Office”. It has been renamed again since then."


def test_a_repeat_of_a_refusal_says_that_it_was_not_sent_again(user: PageClient, phonebook: PhonebookState) -> None:
    path, data = open_form(user, "create", UUID(int=0))
    phonebook.instead["POST"], phonebook.retry_after = ("429 Too Many Requests", b""), 0
    first = user.post(path, data=data)
    phonebook.instead.clear()
    again = user.post(path, data=data)
    assert "was not sent again" not in first.text
    assert "the form was not sent again. Press the button to try again." in again.text
    assert again.submit("Create group").h1 == "Office"


@pytest.mark.long
def test_a_running_deletion_is_not_reported_as_done(user: PageClient, phonebook: PhonebookState, store: Store) -> None:
    group = phonebook.add("Staff")
    path, data = open_form(user, "delete", group)
    user.post(path, data=data)
    edit_newest(store, outcome="started", ended=None, began=datetime.now(UTC))
    page = user.post(path, data=data)
    assert (page.status, page.notice) == (202, "")


def test_a_form_for_another_group_is_not_a_repeat(user: PageClient, phonebook: PhonebookState) -> None:
    one, other = phonebook.add("One"), phonebook.add("Other")
    _, data = open_form(user, "rename", one)
    user.post(f"/groups/{one}/rename", data=data)
    page = user.post(f"/groups/{other}/rename", data=data | {"was": "Other"})
    assert (page.status, page.h1) == (409, "Rename group")
    assert phonebook.groups() == {"Office": 0, "Other": 0}
