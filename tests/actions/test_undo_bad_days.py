"""Undo on bad days: what is unclear, gone, running, unreadable or not allowed."""

import logging
from collections.abc import Callable, Iterator
from dataclasses import replace
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import delete, event, func, select, update

from tests.accounts.conftest import JAAN, MARI, VIEWER, sign_in
from tests.actions.test_jobs import additions, run, start
from tests.actions.test_not_recorded import refuse
from tests.actions.test_undo import ask, newest, snapshot
from tests.page_client import PageClient
from tests.phonebook_state import PhonebookState
from webapp import create_app
from webapp.actions import jobs
from webapp.actions.models import ChangeKind
from webapp.actions.plan import Plan, PlannedChange
from webapp.phonebook.transport import MAX_ANSWER_BYTES
from webapp.settings import Settings
from webapp.store import Store
from webapp.store.schema import actions, change_data, changes
from webapp.web.log_format import LineFormatter

MEMBERS = ["+37255551234", "+37255551235", "+37255551236"]
REFUSED = "This can't be undone {} Look at the action. All groups"
FAILS = "503 Service Unavailable", b""


@pytest.fixture
def staff(phonebook: PhonebookState) -> UUID:
    """A group of three."""
    group = phonebook.add("Staff")
    for number in MEMBERS:
        phonebook.add_contact(number, group, firstName="Mari", email="mari@example.com")
    return group


@pytest.fixture
def open_app() -> Iterator[Callable[[Settings], Flask]]:
    """Opens a dashboard of other settings."""
    opened: list[Flask] = []

    def open_one(settings: Settings) -> Flask:
        opened.append(create_app(settings))
        return opened[-1]

    yield open_one
    for app in opened:
        app.extensions["store"].close()


def delete_group(user: PageClient, group: UUID) -> None:
    user.get(f"/groups/{group}/delete").submit("Delete group")


def count_data(store: Store) -> int:
    with store.read() as connection:
        return connection.execute(select(func.count()).select_from(change_data)).scalar_one()


def test_actions_on_a_group_are_undone_after_it_was_deleted_and_put_back(
    user: PageClient, phonebook: PhonebookState, store: Store, staff: UUID
) -> None:
    before = snapshot(phonebook)
    user.get(f"/groups/{staff}/rename").submit("Rename group", name="Everyone")
    renamed = newest(store)
    asked = user.get(f"/groups/{staff}").submit("Remove from group", number=MEMBERS[:1])
    asked.submit("Remove from group")
    removed = newest(store)
    for _ in range(2):  # it is another group each time
        delete_group(user, UUID(phonebook.ids()[0]))
        ask(user, store).submit("Undo")
    user.get(f"/actions/{removed}/undo").submit("Undo")
    user.get(f"/actions/{renamed}/undo").submit("Undo")
    assert snapshot(phonebook) == before


def test_an_unclear_undo_is_looked_up_before_it_is_tried_again(
    user: PageClient, phonebook: PhonebookState, store: Store, staff: UUID
) -> None:
    before = snapshot(phonebook)
    delete_group(user, staff)
    action_id = newest(store)
    phonebook.instead_after["POST"] = FAILS
    user.get(f"/actions/{action_id}/undo").submit("Undo")
    phonebook.instead_after.clear()
    user.get(f"/actions/{action_id}/undo").submit("Undo")
    assert snapshot(phonebook) == before, "the group was created once"


def test_an_unclear_action_is_looked_up_and_undone(
    user: PageClient, phonebook: PhonebookState, store: Store, staff: UUID
) -> None:
    phonebook.instead_after["POST"] = FAILS
    phonebook.instead["GET"] = FAILS
    phonebook.lets_pass = 1
    user.get("/groups/new").submit("Create group", name="Office")
    page = ask(user, store)
    assert (page.status, page.h1) == (409, "This can't be undone")
    assert "It is not known yet whether it changed anything." in page.text
    phonebook.instead.clear()
    phonebook.instead_after.clear()
    ask(user, store).submit("Undo")
    assert phonebook.groups() == {"Staff": 3}


def test_who_may_have_been_in_the_group_before_is_asked_about(
    user: PageClient, phonebook: PhonebookState, store: Store, staff: UUID
) -> None:
    before = snapshot(phonebook)
    page = user.get(f"/groups/{staff}/add")
    phonebook.instead["POST"] = FAILS
    page.submit("Add contact", number=MEMBERS[0])
    phonebook.instead.clear()
    page = ask(user, store)
    assert "It is unclear whether 1 contact was added to “Staff” by this or in it before." in page.text
    page.submit("Undo")
    assert snapshot(phonebook) == before


@pytest.mark.parametrize("action_id", ["abc", "-1", "1.5", "0", "999", "9" * 30])
def test_an_address_without_an_action_is_not_found(user: PageClient, action_id: str) -> None:
    token = user.get("/groups/new").value("csrf_token")
    for page in (
        user.get(f"/actions/{action_id}/undo"),
        user.post(f"/actions/{action_id}/undo", data={"csrf_token": token}),
    ):
        assert page.status == 404
        assert page.link("All groups") == "/groups"


def test_a_form_without_its_token_undoes_nothing(
    user: PageClient, phonebook: PhonebookState, store: Store, staff: UUID
) -> None:
    delete_group(user, staff)
    form, data = ask(user, store).fields("Undo")
    for wrong in (data | {"csrf_token": "x"}, {}, {"csrf_token": data["csrf_token"], "earlier": "x" * 99, "seen": ""}):
        page = user.post(str(form["action"]), data=wrong)
        assert page.status == 400
        assert page.link("Try again") == form["action"]
        assert phonebook.groups() == {}


def test_without_undo_nothing_is_stored_and_nothing_offered(
    open_app: Callable[[Settings], Flask], settings: Settings, phonebook: PhonebookState, store: Store, staff: UUID
) -> None:
    user = PageClient(open_app(replace(settings, undo_days=0)).test_client())
    user.get(f"/contacts/{MEMBERS[0]}/edit").submit("Save changes", first_name="Maria")
    asked = user.get(f"/groups/{staff}").submit("Remove from group", number=MEMBERS[:1])
    asked.submit("Remove from group")
    user.get(f"/contacts/{MEMBERS[0]}/delete").submit("Delete contact")
    page = user.get(f"/groups/{staff}/delete").submit("Delete group")
    assert count_data(store) == 0
    last = newest(store)
    for shown in (page, user.get("/activity"), *(user.get(f"/actions/{each}") for each in range(last - 3, last + 1))):
        assert shown.status == 200
        assert "Undo" not in shown.text
    page = user.get(f"/actions/{last}/undo")
    assert (page.status, page.text) == (409, REFUSED.format("Undo is turned off in this dashboard."))


def test_the_store_fails_before_undo(user: PageClient, phonebook: PhonebookState, store: Store, staff: UUID) -> None:
    delete_group(user, staff)
    asked = ask(user, store)
    refuse(store, "INSERT")
    page = asked.submit("Undo")
    assert page.status == 503
    assert "We could not record this" in page.text
    assert page.link("Try again") == asked.path
    assert phonebook.groups() == {}


def test_the_store_is_away(
    app: Flask, user: PageClient, phonebook: PhonebookState, settings: Settings, store: Store, staff: UUID
) -> None:
    delete_group(user, staff)
    asked = ask(user, store)
    app.extensions["store"].close()
    app.extensions["store"] = Store("postgres://dashboard@127.0.0.1:1/none")
    for page in (user.get(asked.path), asked.submit("Undo")):
        assert page.status == 503
        assert page.soup.select("main a[href], main button"), "a way back"
    assert phonebook.groups() == {}
    app.extensions["store"] = Store(settings.database_url)
    asked.submit("Undo")
    assert phonebook.groups() == {"Staff": 3}


@pytest.mark.parametrize("answer", [FAILS, ("200 OK", b" " * (MAX_ANSWER_BYTES + 1)), ("200 OK", b"<html>")])
def test_the_phonebook_can_t_be_read(
    user: PageClient, phonebook: PhonebookState, store: Store, staff: UUID, answer: tuple[str, bytes]
) -> None:
    delete_group(user, staff)
    asked = ask(user, store)
    phonebook.instead["GET"] = answer
    for page in (user.get(asked.path), asked.submit("Undo")):
        assert page.status in {502, 503}
        assert page.soup.select("main a[href]"), "a way back"
        assert "undone" not in page.text or "Nothing was undone." in page.text
    assert phonebook.groups() == {}
    phonebook.instead.clear()
    asked.submit("Undo")
    assert phonebook.groups() == {"Staff": 3}


def test_credentials_are_refused_in_the_middle(
    user: PageClient, phonebook: PhonebookState, store: Store, staff: UUID
) -> None:
    before = snapshot(phonebook)
    delete_group(user, staff)
    action_id = newest(store)
    phonebook.instead["POST"], phonebook.lets_pass = ("401 Unauthorized", b""), 2
    page = user.get(f"/actions/{action_id}/undo").submit("Undo")
    assert phonebook.groups() == {"Staff": 1}
    assert "2 need attention" in page.text
    phonebook.instead.clear()
    user.get(f"/actions/{action_id}/undo").submit("Undo")
    assert snapshot(phonebook) == before


def test_an_earlier_version_stored_nothing(
    user: PageClient, phonebook: PhonebookState, store: Store, staff: UUID
) -> None:
    user.get(f"/contacts/{MEMBERS[0]}/edit").submit("Save changes", first_name="Maria")
    user.get(f"/contacts/{MEMBERS[1]}/delete").submit("Delete contact")
    delete_group(user, staff)
    with store.write() as connection:
        connection.execute(delete(change_data))
    said = [
        "The earlier details of “Maria” (+37255551234) were not stored.",
        "The details of +37255551235 were not stored, so this contact can't be put back.",
        "The members of “Staff” were not stored, so this group can't be put back.",
    ]
    for place, text in enumerate(said):
        page = user.get(f"/actions/{newest(store) - 2 + place}/undo")
        assert (page.status, page.h1) == (200, "There is nothing to undo")
        assert text in page.text
        assert "Undo" not in page.buttons()


def test_a_stopped_job_is_undone_exactly(
    app: Flask, user: PageClient, phonebook: PhonebookState, store: Store, staff: UUID
) -> None:
    others = [f"+3725555{number:04}" for number in range(230)]
    for number in others:
        phonebook.add_contact(number)
    phonebook.join(others[0], staff)
    before = snapshot(phonebook)
    action_id = start(app, additions(app, staff))
    page = user.get(f"/actions/{action_id}/undo")
    assert (page.status, page.text) == (
        409,
        "This can't be undone It is still running. Look at the action. All groups",
    )
    assert "Undo" not in user.get(f"/actions/{action_id}").text

    def stop() -> None:
        if len(phonebook.numbers(staff)) >= 100:
            with app.app_context():
                jobs.request_stop(action_id)

    phonebook.meanwhile = stop
    run(app, action_id)
    phonebook.meanwhile = None
    assert 100 <= len(phonebook.numbers(staff)) < 230
    user.get(f"/actions/{action_id}/undo").submit("Undo")
    assert snapshot(phonebook) == before


def test_a_stopped_undo_can_be_undone_and_begun_again(
    app: Flask, user: PageClient, phonebook: PhonebookState, store: Store
) -> None:
    choir = phonebook.add("Choir", contacts=230)
    before = snapshot(phonebook)
    delete_group(user, choir)
    deletion = newest(store)
    ask(user, store).submit("Undo")
    undo = newest(store)

    def stop() -> None:
        if phonebook.groups().get("Choir", 0) >= 50:
            with app.app_context():
                jobs.request_stop(undo)

    phonebook.meanwhile = stop
    run(app, undo)
    phonebook.meanwhile = None
    assert 50 <= phonebook.groups()["Choir"] < 230
    user.get(f"/actions/{undo}/undo").submit("Undo")
    assert phonebook.groups() == {}
    user.get(f"/actions/{deletion}/undo").submit("Undo")
    assert newest(store) > undo + 1, "another undo, not the stopped one"
    run(app, newest(store))
    assert snapshot(phonebook) == before


def test_an_action_under_way_can_t_be_undone(
    user: PageClient, phonebook: PhonebookState, store: Store, staff: UUID
) -> None:
    user.get(f"/groups/{staff}/rename").submit("Rename group", name="Everyone")
    with store.write() as connection:
        connection.execute(update(changes).values(outcome="started"))
        connection.execute(update(actions).values(began=store.now()))
    page = ask(user, store)
    assert (page.status, page.text) == (
        409,
        "This can't be undone It is still running. Look at the action. All groups",
    )


def test_an_action_of_several_phases_is_undone(
    app: Flask, user: PageClient, phonebook: PhonebookState, store: Store, staff: UUID
) -> None:
    """As merging groups does: add their members to one of them, then delete the other."""
    crew, night = phonebook.add("Crew", contacts=120), phonebook.add("Night", contacts=120)
    for number in phonebook.numbers(crew)[:5]:
        phonebook.join(number, staff)
    before = snapshot(phonebook)
    with app.test_request_context():
        app.preprocess_request()
        client = app.extensions["phonebook"]
        target, merged = client.get_group(staff), [client.get_group(each) for each in (crew, night)]
    numbers = {group.id: phonebook.numbers(group.id) for group in merged}
    adds = [
        [PlannedChange(kind=ChangeKind.ADD, group=target, number=number)]
        for number in sorted({number for each in numbers.values() for number in each})
    ]
    deletions = [
        [PlannedChange(kind=ChangeKind.DELETE, group=group, replaced={"members": numbers[group.id], "contacts": {}})]
        for group in merged
    ]
    action_id = start(app, Plan(adds, Plan(deletions), kind="merge"))
    run(app, action_id)
    assert phonebook.groups() == {"Staff": 243}
    after = snapshot(phonebook)
    user.get(f"/actions/{action_id}/undo").submit("Undo")
    run(app, newest(store))
    assert snapshot(phonebook) == before
    ask(user, store).submit("Undo")
    run(app, newest(store))
    assert snapshot(phonebook) == after


def test_no_log_line_and_no_cookie_holds_what_undo_stores(
    user: PageClient, phonebook: PhonebookState, store: Store, staff: UUID, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    user.get(f"/contacts/{MEMBERS[0]}/edit").submit("Save changes", email="maria@example.com")
    ask(user, store).submit("Undo")
    delete_group(user, staff)
    deletion = newest(store)
    assert count_data(store) == 3
    phonebook.delete_contact(MEMBERS[1])
    for answer in (FAILS, ("400 Bad Request", b"{}"), None):
        if answer:
            phonebook.instead["POST"], phonebook.lets_pass = answer, 2
        page = user.get(f"/actions/{deletion}/undo")
        with user.client.session_transaction() as session:
            kept = str(dict(session))
        page.submit("Undo")
        phonebook.instead.clear()
    assert phonebook.groups() == {"Staff": 3}
    lines = [LineFormatter().format(record) for record in caplog.records if record.name.startswith("webapp")]
    personal = [*(number[1:] for number in MEMBERS), "Mari", "example.com"]
    assert lines
    assert [line for line in [*lines, kept] for text in personal if text in line] == []


@pytest.fixture
def accounts(open_app: Callable[[Settings], Flask], settings: Settings) -> Callable[[str], PageClient]:
    """Signs accounts in: two editors and a viewer."""
    aino = replace(MARI, name="Aino")
    app = open_app(replace(settings, users=(MARI, aino, JAAN)))

    def signed_in(name: str) -> PageClient:
        user = PageClient(app.test_client())
        sign_in(user, name, *[VIEWER] if name == JAAN.name else [])
        return user

    return signed_in


def test_two_people_undo_once(
    accounts: Callable[[str], PageClient], phonebook: PhonebookState, store: Store, staff: UUID
) -> None:
    mari, aino = accounts("Mari"), accounts("Aino")
    delete_group(mari, staff)
    asked = [ask(each, store) for each in (mari, aino)]
    pages = [each.submit("Undo") for each in asked]
    assert phonebook.groups() == {"Staff": 3}
    assert pages[0].path == pages[1].path == f"/actions/{newest(store)}"
    assert "Mari" in pages[1].text, "who did it"
    assert ask(aino, store).h1 == "Undo this?", "an undo can be undone by others, too"


def test_a_viewer_can_t_undo(
    accounts: Callable[[str], PageClient], phonebook: PhonebookState, store: Store, staff: UUID
) -> None:
    mari, jaan = accounts("Mari"), accounts(JAAN.name)
    delete_group(mari, staff)
    address = f"/actions/{newest(store)}"
    assert "Undo" not in jaan.get(address).text
    assert "Undo" not in jaan.get("/activity").text
    token = jaan.get("/account").value("csrf_token")
    assert jaan.get(f"{address}/undo").status == 403
    assert jaan.post(f"{address}/undo", data={"csrf_token": token}).status == 403
    assert phonebook.groups() == {}


def test_creating_a_group_makes_no_more_calls_and_statements(
    app: Flask, user: PageClient, phonebook: PhonebookState
) -> None:
    """As many as before there were jobs and undo."""
    user.get("/groups/new").submit("Create group", name="Office")
    form, data = user.get("/groups/new").fields("Create group", name="Crew")
    statements: list[str] = []
    engine = app.extensions["store"].engine
    event.listen(engine, "before_cursor_execute", lambda *arguments: statements.append(arguments[2].split()[0]))
    phonebook.calls.clear()
    user.client.post(str(form["action"]), data=data)
    assert [call.split()[0] for call in phonebook.calls] == ["GET", "POST", "GET"]
    assert [each for each in statements if each != "BEGIN"] == ["SELECT", "INSERT", "INSERT", "SELECT", "UPDATE"]
