"""An undo that needs more changes than one action has is done in parts."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from uuid import UUID

import pytest
from sqlalchemy import func, select

from tests.actions.test_undo import newest, snapshot
from tests.page_client import PageClient
from tests.phonebook_state import PhonebookState
from webapp import create_app
from webapp.settings import Settings
from webapp.store import Store
from webapp.store.schema import changes

LIMIT = 3
MEMBERS = [f"+3725555000{number}" for number in range(8)]


@pytest.fixture
def store_and_user(settings: Settings) -> Iterator[tuple[Store, PageClient]]:
    """A dashboard whose actions have few changes."""
    app = create_app(replace(settings, max_changes=LIMIT))
    yield app.extensions["store"], PageClient(app.test_client())
    app.extensions["store"].close()


@pytest.fixture
def groups(phonebook: PhonebookState) -> list[UUID]:
    """A large group with all contacts; another with all but the last two; a small one."""
    large, other, small = phonebook.add("Large"), phonebook.add("Other"), phonebook.add("Small")
    for number in MEMBERS:
        own = [large, *([other] if number < MEMBERS[-2] else []), *([small] if number == MEMBERS[0] else [])]
        phonebook.add_contact(number, *own, firstName=f"No {number[-1]}")
    return [large, other, small]


def delete_contacts(user: PageClient, groups: list[UUID]) -> None:
    user.get(f"/bulk/delete?{'&'.join(f'number=%2B{each[1:]}' for each in MEMBERS[:3])}&back=/contacts").submit(
        "Delete contacts"
    )


ACTIONS: dict[str, Callable[[PageClient, list[UUID]], object]] = {
    "delete": lambda user, groups: user.get(f"/groups/{groups[0]}/delete").submit("Delete group"),
    "delete two": lambda user, groups: user.get(f"/groups/delete?group={groups[0]}&group={groups[2]}").submit(
        "Delete groups"
    ),
    "merge": lambda user, groups: user.get(f"/groups/merge?group={groups[0]}&group={groups[1]}").submit(
        "Merge groups", into=str(groups[1])
    ),
    "delete contacts": delete_contacts,
}


@pytest.mark.parametrize("name", ACTIONS)
def test_undo_in_parts_puts_everything_back(
    store_and_user: tuple[Store, PageClient], phonebook: PhonebookState, groups: list[UUID], name: str
) -> None:
    store, user = store_and_user
    before = snapshot(phonebook)
    ACTIONS[name](user, groups)
    action = newest(store)
    assert snapshot(phonebook) != before
    parts = 0
    while (page := user.get(f"/actions/{action}/undo")).h1 == "Undo this?":
        parts += 1
        done = page.submit("Undo")
        with store.read() as connection:
            count = connection.execute(select(func.count()).where(changes.c.action_id == newest(store))).scalar_one()
        assert count == LIMIT or snapshot(phonebook) == before
        assert ("This is done in parts" in page.text) or snapshot(phonebook) == before
        assert ("See what is left" in done.text) is (count == LIMIT)
        in_a_group = {number for group in phonebook.ids() for number in phonebook.numbers(UUID(group))}
        assert name != "merge" or in_a_group == set(MEMBERS), "nobody is in no group between the parts"
    assert parts > 2
    assert snapshot(phonebook) == before


def test_pages_say_before_a_deletion_that_undo_takes_parts(
    store_and_user: tuple[Store, PageClient], groups: list[UUID]
) -> None:
    _store, user = store_and_user
    both = f"group={groups[0]}&group={groups[2]}"
    text = "Undo puts back at most 3 contacts at a time: undo again for the next ones."
    for address in (f"{groups[0]}/delete", f"delete?{both}", f"merge?{both}"):
        assert text in " ".join(user.get(f"/groups/{address}").text.split()), address
    assert text not in user.get(f"/groups/{groups[2]}/delete").text


def test_a_deletion_that_orphans_too_many_is_refused_before_it_is_asked_for(
    store_and_user: tuple[Store, PageClient], phonebook: PhonebookState, groups: list[UUID]
) -> None:
    _store, user = store_and_user
    for number in MEMBERS[:4]:
        phonebook.add_contact(f"{number}9", groups[2])
    for address in (f"{groups[2]}/delete", f"delete?group={groups[2]}"):
        page = user.get(f"/groups/{address}")
        assert (page.status, page.h1) == (422, "This would leave too many contacts in no group")
        assert page.client.get(page.link("Download as CSV")).status == 200
