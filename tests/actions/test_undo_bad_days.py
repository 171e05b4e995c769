"""Undo on bad days: what is unclear, gone, running, unreadable or not allowed."""

import logging
from collections.abc import Callable, Iterator
from dataclasses import replace
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import delete, event, func, select

from tests.accounts.conftest import JAAN, MARI, VIEWER, sign_in
from tests.actions.test_not_recorded import refuse
from tests.actions.test_undo import ask, newest, snapshot
from tests.actions.undo_fixtures import FAILS, MEMBERS, delete_group
from tests.page_client import PageClient
from tests.phonebook_state import PhonebookState
from webapp import create_app
from webapp.actions.undo import undo_key
from webapp.phonebook.transport import MAX_ANSWER_BYTES
from webapp.settings import Settings
from webapp.store import Store
from webapp.store.schema import change_data
from webapp.web.log_format import LineFormatter

REFUSED = "This can't be undone {} Look at the action. All groups Overview Help"


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


@pytest.mark.parametrize("made_up", [-1, -2, 99])
def test_a_made_up_number_of_undos_makes_no_other_form(user: PageClient, app: Flask, staff: UUID, made_up: int) -> None:
    """Otherwise, forms with different numbers would undo an action several times at once."""
    delete_group(user, staff)
    with app.app_context():
        assert undo_key(1, made_up) == undo_key(1, 0)


def test_an_undo_that_was_refused_as_a_whole_is_offered_again(
    user: PageClient, phonebook: PhonebookState, staff: UUID
) -> None:
    delete_group(user, staff)
    phonebook.instead["POST"] = "400 Bad Request", b'{"errors": [{"title": "no", "detail": "no", "code": "101"}]}'
    undo = [tag for tag in user.get("/activity").soup.select("a") if "/undo" in str(tag["href"])]
    user.get(str(undo[0]["href"])).submit("Undo")
    undo = [tag for tag in user.get("/activity").soup.select("a") if "/undo" in str(tag["href"])]
    assert [str(tag["href"]) for tag in undo] == ["/actions/1/undo"]


def count_data(store: Store) -> int:
    with store.read() as connection:
        return connection.execute(select(func.count()).select_from(change_data)).scalar_one()


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
        "The earlier details of “Maria” (+372 5555 1234) were not stored.",
        "The details of +372 5555 1235 were not stored, so this contact can't be put back.",
        "The members of “Staff” were not stored, so this group can't be put back.",
    ]
    for place, text in enumerate(said):
        page = user.get(f"/actions/{newest(store) - 2 + place}/undo")
        assert (page.status, page.h1) == (200, "There is nothing to undo")
        assert text in page.text
        assert "Undo" not in page.buttons()


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
