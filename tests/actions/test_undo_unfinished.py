"""Undoing what is unclear, stopped, under way, or of several phases."""

from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import update

from tests.actions.test_jobs import additions, run, start
from tests.actions.test_undo import ask, newest, snapshot
from tests.actions.undo_fixtures import FAILS, MEMBERS, delete_group
from tests.page_client import PageClient
from tests.phonebook_state import PhonebookState
from webapp.actions import jobs
from webapp.actions.models import ChangeKind
from webapp.actions.plan import Plan, PlannedChange
from webapp.store import Store
from webapp.store.schema import actions, changes


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
    assert "It is unclear whether 1 contact was added to “Staff” by this action or earlier." in page.text
    page.submit("Undo")
    assert snapshot(phonebook) == before


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
        "This can't be undone It is still running. Look at the action. All groups Overview Help",
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
    stopped, asked = user.get(f"/actions/{action_id}"), user.get(f"/actions/{action_id}/undo")
    meanwhile = iter([lambda: stopped.submit("Go on")])
    phonebook.meanwhile = lambda: next(meanwhile, lambda: None)()  # another user presses it while the undo is planned
    page = asked.submit("Undo")
    assert (page.status, page.h1) == (409, "This can't be undone now")
    assert page.follow("Try again").text.startswith("This can't be undone It is still running.")
    assert user.get(f"/actions/{action_id}").submit("Stop").buttons() == ["Go on"]
    user.get(f"/actions/{action_id}/undo").submit("Undo")
    assert snapshot(phonebook) == before
    page = stopped.submit("Go on")  # on a page that was opened before
    assert (page.notice, page.buttons()) == ("It was undone, so it does not go on.", [])
    run(app, action_id)
    assert snapshot(phonebook) == before


@pytest.mark.long
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
        "This can't be undone It is still running. Look at the action. All groups Overview Help",
    )


@pytest.mark.long
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
