"""Undoing actions: the phonebook is as before, and the page asks about parts that have changed meanwhile."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from tests.actions.test_jobs import start
from tests.page_client import Page, PageClient
from tests.phonebook_state import PhonebookState
from webapp.actions.claims import prune
from webapp.actions.job_runner import run_job
from webapp.actions.models import ChangeKind
from webapp.actions.plan import Plan, PlannedChange
from webapp.phonebook import Group
from webapp.store import Store
from webapp.store.schema import actions, change_data

MARI, AINO, NEW = "+37255551234", "+37255551235", "+37255551236"


@pytest.fixture
def groups(phonebook: PhonebookState) -> dict[str, UUID]:
    """Mari is in both groups, Aino in Staff only."""
    found = {"Staff": phonebook.add("Staff"), "Crew": phonebook.add("Crew")}
    phonebook.add_contact(MARI, found["Staff"], found["Crew"], firstName="Mari", company="Acme")
    phonebook.add_contact(AINO, found["Staff"], firstName="Aino", email="aino@example.com")
    return found


def snapshot(phonebook: PhonebookState) -> dict[str, Any]:
    """Return the contents of the phonebook without dates and ids of groups."""
    names = {str(group["id"]): str(group["name"]) for group in phonebook.all_groups()}
    details = {number: dict(phonebook.contact(number) or {}) for number in phonebook.numbers()}
    for each in details.values():
        each.pop("scheduledDeletionDate")
    members = sorted((name, phonebook.numbers(UUID(group_id))) for group_id, name in names.items())
    return {"groups": members, "contacts": details}


def newest(store: Store) -> int:
    with store.read() as connection:
        return int(connection.execute(select(func.max(actions.c.id))).scalar_one())


def ask(user: PageClient, store: Store) -> Page:
    return user.get(f"/actions/{newest(store)}/undo")


def rename(user: PageClient, groups: dict[str, UUID]) -> None:
    user.get(f"/groups/{groups['Staff']}/rename").submit("Rename group", name="Everyone")


def delete_group(user: PageClient, groups: dict[str, UUID]) -> None:
    user.get(f"/groups/{groups['Staff']}/delete").submit("Delete group")


def edit(user: PageClient, groups: dict[str, UUID]) -> None:
    user.get(f"/contacts/{MARI}/edit").submit("Save changes", first_name="Maria", company="")


def delete_contact(user: PageClient, groups: dict[str, UUID]) -> None:
    user.get(f"/contacts/{MARI}/delete").submit("Delete contact")


def remove(user: PageClient, groups: dict[str, UUID]) -> None:
    page = user.get(f"/groups/{groups['Staff']}").submit("Remove from group", number=[MARI, AINO])
    page.submit("Remove from group")


ACTIONS: dict[str, Callable[[PageClient, dict[str, UUID]], object]] = {
    "create group": lambda user, _: user.get("/groups/new").submit("Create group", name="Office"),
    "rename group": rename,
    "delete group": delete_group,
    "create contact": lambda user, _: user.get("/contacts/new").submit("Create contact", number=NEW, first_name="Uku"),
    "edit contact": edit,
    "delete contact": delete_contact,
    "add contact": lambda user, groups: user.get(f"/groups/{groups['Crew']}/add").submit("Add contact", number=AINO),
    "add new contact": lambda user, groups: user.get(f"/groups/{groups['Crew']}/add").submit(
        "Add contact", number=NEW, first_name="Uku"
    ),
    "add numbers": lambda user, groups: user.get(f"/groups/{groups['Crew']}/add-numbers").submit(
        "Add numbers", numbers=f"{MARI}\n{AINO}\n{NEW}", create=["y"]
    ),
    "remove": remove,
    "boxes": lambda user, groups: user.get(f"/contacts/{AINO}/groups").submit(
        "Save groups", group=[str(groups["Crew"])]
    ),
}


@pytest.mark.parametrize("name", ACTIONS)
def test_an_action_is_undone_and_its_undo_is_undone(
    user: PageClient, phonebook: PhonebookState, store: Store, groups: dict[str, UUID], name: str
) -> None:
    before = snapshot(phonebook)
    ACTIONS[name](user, groups)
    after = snapshot(phonebook)
    assert after != before
    asked = ask(user, store)
    assert asked.h1 == "Undo this?"
    assert snapshot(phonebook) == after, "asking changes nothing"
    undone = asked.submit("Undo")
    assert snapshot(phonebook) == before
    assert undone.path == f"/actions/{newest(store)}"
    assert asked.submit("Undo").path == undone.path, "pressed again, it acts once"
    assert snapshot(phonebook) == before
    ask(user, store).submit("Undo")
    assert snapshot(phonebook) == after


def test_two_tabs_undo_once(user: PageClient, phonebook: PhonebookState, store: Store, groups: dict[str, UUID]) -> None:
    delete_group(user, groups)
    tabs = [ask(user, store), ask(user, store)]
    pages = [tab.submit("Undo") for tab in tabs]
    assert phonebook.groups() == {"Staff": 2, "Crew": 1}
    assert pages[0].path == pages[1].path


def test_the_page_asks_about_changes_made_meanwhile(
    user: PageClient, phonebook: PhonebookState, store: Store, groups: dict[str, UUID]
) -> None:
    edit(user, groups)
    phonebook.change_contact(MARI, firstName="Maarja")
    page = ask(user, store)
    assert "“Maarja” (+372 5555 1234) was edited again meanwhile." in page.text
    page.submit("Undo")
    assert (phonebook.contact(MARI) or {})["firstName"] == "Maarja", "left as it is"
    page = ask(user, store)
    page.submit("Undo", anyway=["y"])
    assert (phonebook.contact(MARI) or {})["firstName"] == "Mari"


def test_a_group_of_that_name_meanwhile_is_asked_about(
    user: PageClient, phonebook: PhonebookState, store: Store, groups: dict[str, UUID]
) -> None:
    delete_group(user, groups)
    page = ask(user, store)
    phonebook.add("staff")
    again = page.submit("Undo")
    assert again.status == 409
    assert "The phonebook has changed since you opened this page. Nothing was undone." in again.text
    assert "There is a group called “staff” now." in again.text
    assert phonebook.groups() == {"Crew": 1, "staff": 0}
    again.submit("Undo", anyway=["y"])
    assert phonebook.groups() == {"Crew": 1, "staff": 0, "Staff": 2}


def test_a_contact_that_messente_deleted_comes_back_with_the_group(
    user: PageClient, phonebook: PhonebookState, store: Store, groups: dict[str, UUID]
) -> None:
    before = snapshot(phonebook)
    delete_group(user, groups)
    phonebook.delete_contact(AINO)
    ask(user, store).submit("Undo")
    assert snapshot(phonebook) == before


def test_a_member_without_stored_details_is_reported(
    user: PageClient, phonebook: PhonebookState, store: Store, groups: dict[str, UUID]
) -> None:
    delete_group(user, groups)
    phonebook.delete_contact(MARI)
    page = ask(user, store)
    assert "No longer in the phonebook: 1 contact of “Staff”." in page.text
    page.submit("Undo")
    assert phonebook.groups() == {"Crew": 0, "Staff": 1}


def test_a_created_group_with_new_members_is_asked_about(
    user: PageClient, phonebook: PhonebookState, store: Store, groups: dict[str, UUID]
) -> None:
    user.get("/groups/new").submit("Create group", name="Office")
    [office] = [UUID(each["id"]) for each in phonebook.all_groups() if each["name"] == "Office"]
    phonebook.join(AINO, office)
    page = ask(user, store)
    assert "1 contact was put into “Office” meanwhile." in page.text
    page.submit("Undo")
    assert phonebook.groups()["Office"] == 1
    page = user.get(f"/actions/{newest(store)}/undo")
    page.submit("Undo", anyway=["y"])
    assert "Office" not in phonebook.groups()


def test_a_refused_undo_can_be_tried_again(
    user: PageClient, phonebook: PhonebookState, store: Store, groups: dict[str, UUID]
) -> None:
    before = snapshot(phonebook)
    delete_group(user, groups)
    action_id = newest(store)
    phonebook.instead["POST"] = "503 Service Unavailable", b""
    user.get(f"/actions/{action_id}/undo").submit("Undo")
    phonebook.instead.clear()
    user.get(f"/actions/{action_id}/undo").submit("Undo")
    assert snapshot(phonebook) == before
    assert user.get(f"/actions/{action_id}/undo").h1 == "There is nothing to undo"


@pytest.mark.parametrize("size", [300, pytest.param(5000, marks=pytest.mark.long)])
def test_a_large_group_is_put_back_in_the_background(
    app: Flask, user: PageClient, phonebook: PhonebookState, store: Store, size: int
) -> None:
    group = phonebook.add("Choir", contacts=size)
    members = phonebook.numbers(group)
    user.get(f"/groups/{group}/delete").submit("Delete group")
    assert phonebook.groups() == {}
    ask(user, store).submit("Undo")
    assert phonebook.groups() == {}
    with app.app_context():
        run_job(newest(store))
    assert phonebook.groups() == {"Choir": size}
    assert phonebook.numbers(UUID(phonebook.ids()[0])) == members


def test_data_for_undo_is_deleted(user: PageClient, store: Store, groups: dict[str, UUID]) -> None:
    delete_group(user, groups)
    deleted = newest(store)
    with store.write() as connection:
        assert connection.execute(select(func.count()).select_from(change_data)).scalar() == 1
        connection.execute(update(actions).values(began=store.now() - timedelta(days=31)))
    page = user.get(f"/actions/{deleted}/undo")
    assert (page.status, page.h1) == (409, "This can't be undone")
    user.get(f"/groups/{groups['Crew']}/delete").submit("Delete group")
    with store.read() as connection:
        assert connection.execute(select(func.count()).select_from(change_data)).scalar() == 1, "its own"


@pytest.mark.parametrize("days", [31, 4000])
def test_the_background_worker_deletes_it_too(
    app: Flask, user: PageClient, store: Store, groups: dict[str, UUID], days: int
) -> None:
    """With the action, if that has expired."""
    delete_group(user, groups)
    with store.write() as connection:
        connection.execute(update(actions).values(began=store.now() - timedelta(days=days)))
    with app.app_context():
        prune()
    with store.read() as connection:
        left = [connection.execute(select(func.count()).select_from(each)).scalar() for each in (change_data, actions)]
    assert left == [0, int(days < 4000)]


@pytest.mark.long
@pytest.mark.parametrize("any_store", ["postgresql"], indirect=True)
def test_requests_that_delete_it_at_the_same_time_do_not_wait_for_each_other(
    app: Flask, user: PageClient, store: Store, groups: dict[str, UUID]
) -> None:
    """Waiting for each other's rows, two would end in a deadlock: one user's change would not be recorded."""
    delete_group(user, groups)
    with store.write() as connection:
        connection.execute(update(actions).values(began=store.now() - timedelta(days=31)))
    with app.app_context(), store.write() as another:
        another.execute(select(change_data).with_for_update())
        prune()
    with store.read() as connection:
        assert connection.execute(select(func.count()).select_from(change_data)).scalar() == 1


@pytest.mark.long
def test_groups_of_one_name_get_their_own_members_back(
    app: Flask, user: PageClient, phonebook: PhonebookState, store: Store, groups: dict[str, UUID]
) -> None:
    namesake = phonebook.add("Staff")
    phonebook.add_contact(NEW, namesake)
    old = [phonebook.add("Old") for _ in range(200)]
    before = snapshot(phonebook)
    rows = {
        UUID(row["id"]): Group(UUID(row["id"]), row["name"], row["contactsCount"]) for row in phonebook.all_groups()
    }
    deletions = [
        PlannedChange(kind=ChangeKind.DELETE, group=rows[each], replaced={"members": phonebook.numbers(each)})
        for each in (groups["Staff"], namesake, *old)
    ]
    action_id = start(app, Plan([[each] for each in deletions]))
    with app.app_context():
        run_job(action_id)
    assert phonebook.groups() == {"Crew": 1}
    ask(user, store).submit("Undo")
    with app.app_context():
        run_job(newest(store))
    assert snapshot(phonebook) == before


def test_it_says_what_becomes_of_the_contacts(
    user: PageClient, phonebook: PhonebookState, store: Store, groups: dict[str, UUID]
) -> None:
    at_risk = "Contacts that are in no group after this will be deleted after 30 days."
    delete_group(user, groups)
    page = ask(user, store)
    assert "The group “Staff” will be created, with 2 contacts in it." in page.text
    assert "will be added to" not in page.text
    assert at_risk not in page.text
    page = page.submit("Undo")
    assert "To undo an earlier action: create “Staff” and add 2 contacts to it" in page.text
    assert at_risk in ask(user, store).text, "undoing this deletes the group"
