"""The page of one action: what was requested, its progress, and the result of each number."""

import csv
import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import event, select, text, update

from tests.accounts.conftest import EDITOR, JAAN, VIEWER
from tests.accounts.conftest import MARI as MARI_ACCOUNT
from tests.actions.store_fixtures import add_change
from tests.actions.test_jobs import NUMBERS, additions, run, start
from tests.contacts.contact_fixtures import MARI, add_numbers, results_on
from tests.page_client import Page, PageClient, shown, words
from tests.phonebook_state import PhonebookState
from webapp import create_app
from webapp.actions import jobs
from webapp.settings import Settings
from webapp.store import Store
from webapp.store.schema import actions, changes
from webapp.store.schema import jobs as jobs_table

NEW = "+37255551234"


@pytest.fixture
def staff(phonebook: PhonebookState) -> UUID:
    """A group, and 230 contacts that are not in it."""
    for number in NUMBERS:
        phonebook.add_contact(number)
    return phonebook.add("Staff")


@pytest.fixture
def job(app: Flask, staff: UUID) -> int:
    """A job that adds the 230 contacts."""
    return start(app, additions(app, staff))


def set_job(store: Store, **values: object) -> None:
    with store.write() as connection:
        connection.execute(update(jobs_table).values(values))


def run_until(app: Flask, phonebook: PhonebookState, action_id: int, *, calls: int) -> None:
    """Run a job that is stopped at that call."""

    def stop() -> None:
        if sum(call.startswith("POST") for call in phonebook.calls) == calls:
            with app.app_context():
                jobs.request_stop(action_id)

    phonebook.meanwhile = stop
    run(app, action_id)
    phonebook.meanwhile = None


def test_it_shows_the_request_and_its_results(user: PageClient, phonebook: PhonebookState) -> None:
    staff = phonebook.add("Staff")
    phonebook.add_contact(MARI, firstName="Mari", lastName="Õun")
    page = add_numbers(user, staff, MARI, NEW, MARI, "abc")
    assert page.path == "/actions/1"
    assert page.h1 == "1 added · 1 listed twice · 2 need attention"
    assert "Add 3 contacts to “Staff” Sandbox, " in page.text
    captions = [words(tag) for tag in page.soup.select("caption")]
    assert captions == ["Needs attention: 2 numbers.", "Listed twice: 1 number.", "Done: 1 number."]
    assert "Mari Õun" in page.text
    assert page.response.headers.get("Refresh") is None
    assert page.follow("Back to the group").h1 == "Staff"
    assert user.get("/contacts/results/1").path == "/actions/1"


NO_NAMES = "Messente's list of contacts could not be read, so names are missing here"


def test_without_names_the_numbers_are_shown(user: PageClient, phonebook: PhonebookState) -> None:
    staff = phonebook.add("Staff")
    phonebook.add_contact(MARI, firstName="Mari")
    add_numbers(user, staff, MARI)
    page = user.get("/actions/1")
    assert "(Mari)" in page.text
    assert NO_NAMES not in page.text
    phonebook.instead["GET"] = ("500 Internal Server Error", b"")
    page = user.get("/actions/1")
    assert (page.status, results_on(page)) == (200, {MARI: "Added"})
    assert "(Mari)" not in page.text
    assert NO_NAMES in page.text


@pytest.mark.parametrize(
    ("values", "h1", "says"),
    [
        ({"after": "Staff"}, "1 group created", "Create “Staff”"),
        ({"kind": "rename", "before": "A", "after": "B"}, "1 group renamed", "Rename “A” to “B”"),
        ({"kind": "delete", "before": "A", "contacts": 2}, "1 group deleted", "Delete “A” (2 contacts)"),
        (
            {"after": "Staff", "outcome": "refused", "error": "Refused", "changed": "no", "detail": "Odd"},
            "1 needs attention",
            "Not created: Messente refused it: Odd",
        ),
        (
            {"kind": "change contact", "number": MARI, "outcome": "unknown", "changed": "unknown", "error": "TimedOut"},
            "1 needs attention",
            "Unknown whether this was changed",
        ),
    ],
)
def test_an_action_of_one_change(user: PageClient, store: Store, values: dict[str, Any], h1: str, says: str) -> None:
    page = user.get(f"/actions/{add_change(store, group_id=UUID(int=1), **values)}")
    assert (page.status, page.h1) == (200, h1)
    assert says in page.text


@pytest.mark.parametrize("action_id", ["0", "99", "1" * 30, "1" * 5000, "-1", "x"])
def test_a_missing_action(user: PageClient, action_id: str) -> None:
    token = user.get("/groups/new").value("csrf_token")
    for path in (f"/actions/{action_id}", f"/actions/{action_id}/download"):
        page = user.get(path)
        assert (page.status, page.h1) == (404, "Page not found")
    for path in (f"/actions/{action_id}/stop", f"/actions/{action_id}/go-on"):
        assert user.post(path, data={"csrf_token": token}).status == 404


def test_a_running_job_is_watched(user: PageClient, app: Flask, job: int, store: Store) -> None:
    page = user.get(f"/actions/{job}")
    assert (page.h1, page.response.headers["Refresh"]) == ("0 of 230 done", "3")
    assert "Add 230 contacts to “Staff”" in page.text
    assert page.buttons() == ["Stop"]
    with app.app_context():
        assert jobs.take(job, "worker")
        block = jobs.claim_block(job, "worker")
    with store.write() as connection:
        done = {"outcome": "done", "ended": store.now() - timedelta(seconds=9)}
        connection.execute(update(changes).where(changes.c.id.in_([each.id for each in block[:50]])).values(done))
    page = user.get(f"/actions/{job}")
    assert page.h1 == "50 of 230 done"
    [bar] = page.soup.select("progress")
    assert (bar["value"], bar["max"]) == ("50", "230")
    assert "50 of 230 done, about a minute left" in page.text
    assert [words(tag) for tag in page.soup.select("summary")] == [
        "Done: 50 numbers",
        "Not done yet: 180 numbers, 150 of them on this page",
    ]
    quiet = page.follow("Turn that off")
    assert "Refresh" not in quiet.response.headers
    assert "Refresh" not in quiet.follow("Look again").response.headers
    assert "Refresh" in quiet.follow("let this page reload itself").response.headers


def test_the_lines_have_pages(user: PageClient, app: Flask, phonebook: PhonebookState, job: int, staff: UUID) -> None:
    refused = NUMBERS[210]
    path = f"/v1/phonebook/groups/{staff}/contacts/{refused}"
    phonebook.instead_path[path] = "400 Bad Request", b'{"errors": [{"title": "no", "detail": "no", "code": "101"}]}'
    run(app, job)
    page = user.get(f"/actions/{job}")
    assert page.h1 == "229 added · 1 needs attention"
    assert list(results_on(page)) == [refused, *NUMBERS[:199]]
    assert list(results_on(page.follow("Next page"))) == [*NUMBERS[199:210], *NUMBERS[211:]]
    assert list(results_on(user.get(f"/actions/{job}?page=99"))) == [*NUMBERS[199:210], *NUMBERS[211:]]
    text = page.follow("Download as CSV").response.get_data(as_text=True).removeprefix("\ufeff")
    lines = list(csv.reader(io.StringIO(text)))[1:]
    assert [line[7].removeprefix("'") for line in lines] == NUMBERS
    assert lines[210][8] == "Not done: Messente refused it: no"
    again = page.follow("Try these again")
    assert again.value("numbers") == shown(refused)


def test_a_job_is_stopped_and_resumed(user: PageClient, app: Flask, phonebook: PhonebookState, job: int) -> None:
    run_until(app, phonebook, job, calls=60)
    done = len([call for call in phonebook.calls if call.startswith("POST")])
    page = user.get(f"/actions/{job}")
    assert page.h1 == f"Stopped: {done} added · {230 - done} not done yet"
    assert "What was done stays" in page.text
    assert "Refresh" not in page.response.headers
    assert page.buttons() == ["Go on"]
    pages = [page.submit("Go on"), page.submit("Go on")]
    assert [each.h1 for each in pages] == [f"{done} of 230 done"] * 2
    assert pages[0].notice == "It goes on."
    run(app, job)
    assert user.get(f"/actions/{job}").h1 == "230 added"
    ended = page.submit("Go on")
    assert (ended.h1, ended.notice) == ("230 added", "It had ended already, so nothing goes on.")


def test_stop_is_pressed_twice(user: PageClient, app: Flask, store: Store, job: int) -> None:
    with app.app_context():
        assert jobs.take(job, "worker")
    page = user.get(f"/actions/{job}")
    for _ in range(2):
        stopping = page.submit("Stop")
        assert "stops before the next change" in stopping.text
        assert stopping.buttons() == []
    set_job(store, lease_until=None)
    for _ in range(2):
        assert page.submit("Stop").h1 == "Stopped: 230 not done yet"


def test_stop_comes_too_late(user: PageClient, app: Flask, phonebook: PhonebookState, job: int) -> None:
    page = user.get(f"/actions/{job}")
    run(app, job)
    page = page.submit("Stop")
    assert (page.h1, page.notice) == ("230 added", "It had ended already, so nothing was stopped.")
    token = user.get("/groups/new").submit("Create group", name="Office").client.get("/groups/new").value("csrf_token")
    page = user.post(f"/actions/{job + 1}/stop", data={"csrf_token": token})
    assert (page.h1, page.notice) == ("1 group created", "It had ended already, so nothing was stopped.")


def test_stop_without_a_token(user: PageClient, app: Flask, job: int) -> None:
    assert user.post(f"/actions/{job}/stop").status == 400
    assert user.get(f"/actions/{job}").buttons() == ["Stop"]


@pytest.mark.parametrize(
    ("status", "says"),
    [
        ("503 Service Unavailable", "because Messente gives no clear answer"),
        ("401 Unauthorized", "because Messente refuses the dashboard's access"),
        ("429 Too Many Requests", "because Messente asks to slow down"),
    ],
)
def test_a_job_that_waits_for_messente_says_why(
    user: PageClient, app: Flask, phonebook: PhonebookState, store: Store, job: int, status: str, says: str
) -> None:
    phonebook.instead["POST"] = status, b""
    run(app, job)
    set_job(store, resume_at=store.now() + timedelta(minutes=5))
    page = user.get(f"/actions/{job}")
    assert says in page.text
    assert "The next try is on " in page.text
    assert page.response.headers["Refresh"] == "30"
    assert page.submit("Stop").buttons() == ["Go on"]


def test_a_job_that_was_given_up_says_so(user: PageClient, store: Store, job: int) -> None:
    set_job(store, state="stopped", reason="ServerFailed", ended=store.now())
    page = user.get(f"/actions/{job}")
    assert "This was stopped after a day, because Messente gives no clear answer." in page.text
    assert page.buttons() == ["Go on"]


def test_a_job_without_a_worker_says_so(user: PageClient, store: Store, job: int) -> None:
    assert "waiting for the background worker" not in user.get(f"/actions/{job}").text
    set_job(store, lease_until=store.now() - timedelta(seconds=11))
    assert "waiting for the background worker" in user.get(f"/actions/{job}").text


def test_a_viewer_sees_it_and_changes_nothing(settings: Settings, app: Flask, store: Store, job: int) -> None:
    with_accounts = create_app(replace(settings, users=(MARI_ACCOUNT, JAAN)))
    viewer = PageClient(with_accounts.test_client())
    page = viewer.get(f"/sign-in?next=/actions/{job}").submit("Sign in", username=JAAN.name, password=VIEWER)
    assert (page.h1, page.buttons()) == ("0 of 230 done", ["Sign out"])
    for name in ("stop", "go-on"):
        assert viewer.post(f"/actions/{job}/{name}", data={"csrf_token": page.value("csrf_token")}).status == 403
    with store.read() as connection:
        assert connection.execute(select(jobs_table.c.stop_requested)).scalars().all() == [False]
    with_accounts.extensions["store"].close()


def test_a_store_that_fails(user: PageClient, app: Flask) -> None:
    token = user.get("/groups/new").value("csrf_token")
    app.extensions["store"].close()
    app.extensions["store"] = Store("postgres://dashboard@127.0.0.1:1/none")
    pages: Iterator[Page] = iter(
        [
            user.get("/actions/1"),
            user.get("/actions/1/download"),
            user.post("/actions/1/stop", data={"csrf_token": token}),
        ]
    )
    assert [page.status for page in pages] == [503] * 3


def test_new_orphans_are_named(user: PageClient, phonebook: PhonebookState) -> None:
    staff = phonebook.add("Staff")
    phonebook.add_contact(MARI, staff)
    page = user.get(f"/groups/{staff}").submit("Remove from group", number=[MARI]).submit("Remove from group")
    assert page.h1 == "1 removed"
    assert "1 of the contacts is now in no group and will be deleted on" in page.text


def header(page: Page) -> list[tuple[str, str]]:
    return [(words(tag), str(tag["href"])) for tag in page.soup.select(".own-jobs a")]


def test_every_page_shows_ones_own_jobs(settings: Settings, app: Flask, store: Store, job: int) -> None:
    with_accounts = create_app(replace(settings, users=(MARI_ACCOUNT, JAAN)))
    mari, jaan = PageClient(with_accounts.test_client()), PageClient(with_accounts.test_client())
    mari.get("/sign-in").submit("Sign in", username=MARI_ACCOUNT.name, password=EDITOR)
    jaan.get("/sign-in").submit("Sign in", username=JAAN.name, password=VIEWER)
    with store.write() as connection:
        connection.execute(update(actions).values(person=MARI_ACCOUNT.name))
    with app.app_context():
        assert jobs.take(job, "worker")
        block = jobs.claim_block(job, "worker")
    with store.write() as connection:
        connection.execute(update(changes).where(changes.c.id < block[50].id).values(outcome="done"))
    for path in ("/groups", "/contacts", "/no-such-page", f"/actions/{job}"):
        assert header(mari.get(path)) == [(f"21 % done of action {job}", f"/actions/{job}")]
        assert header(jaan.get(path)) == []
    assert header(PageClient(with_accounts.test_client()).get("/sign-in")) == []
    set_job(store, state="finished")
    assert header(mari.get("/groups")) == []
    with_accounts.extensions["store"].close()


def test_without_a_job_the_header_takes_no_query_of_its_own(settings: Settings, store: Store) -> None:
    with_accounts = create_app(replace(settings, users=(MARI_ACCOUNT,)))
    user = PageClient(with_accounts.test_client())
    user.get("/sign-in").submit("Sign in", username=MARI_ACCOUNT.name, password=EDITOR)
    asked: list[str] = []
    engine = with_accounts.extensions["store"].engine
    event.listen(engine, "before_cursor_execute", lambda *arguments: asked.append(arguments[2]))
    user.get("/help")
    selects = [each for each in asked if each.startswith("SELECT")]
    assert len(selects) == 1, "the session"
    with_accounts.extensions["store"].close()


def test_pages_do_without_the_header(settings: Settings, store: Store, job: int) -> None:
    """A locked or missing table breaks no page."""
    with_accounts = create_app(replace(settings, users=(MARI_ACCOUNT,)))
    user = PageClient(with_accounts.test_client())
    user.get("/sign-in").submit("Sign in", username=MARI_ACCOUNT.name, password=EDITOR)
    with store.write() as connection:
        connection.execute(update(actions).values(person=MARI_ACCOUNT.name))
    assert len(header(user.get("/help"))) == 1
    with store.write() as connection:
        connection.execute(text("ALTER TABLE changes RENAME TO elsewhere"))
    assert header(user.get("/help")) == []
    with store.write() as connection:
        connection.execute(text("ALTER TABLE elsewhere RENAME TO changes"))
    with_accounts.extensions["store"].close()
