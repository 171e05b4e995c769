"""States of an action's page, and of the activity with actions of many changes."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import update

from tests.actions.store_fixtures import add_changes, add_job
from tests.browser.page_state import ODD, State
from webapp.store.schema import changes

NUMBERS = [f"+3725555{number:04}" for number in range(30)]


def add_action(state: State, done: int, rest: str, **values: Any) -> int:
    """Put an action that adds 30 contacts to a group into the store: so many are done, the rest has that outcome."""
    action_id = add_changes(state.store, NUMBERS, kind="add", before=ODD[0], group_id=uuid4(), person="Mari")
    for number, name in zip(NUMBERS, ODD, strict=False):
        state.phonebook.add_contact(number, firstName=name)
    others = update(changes).where(changes.c.action_id == action_id, changes.c.step >= done)
    with state.store.write() as connection:
        connection.execute(update(changes).values(ended=state.store.now() - timedelta(seconds=20)))
        connection.execute(others.values(outcome=rest, ended=None, **values))
    return action_id


def running(state: State) -> None:
    action_id = add_action(state, 12, "planned")
    add_job(state.store, action_id, lease_until=state.store.now() + timedelta(minutes=9))
    state.open(f"/actions/{action_id}?refresh=off")


def waiting(state: State) -> None:
    action_id = add_action(state, 12, "planned")
    resume_at = state.store.now() + timedelta(minutes=9)
    add_job(state.store, action_id, resume_at=resume_at, reason="TooManyRequests")
    state.open(f"/actions/{action_id}")


def stopped(state: State) -> None:
    action_id = add_action(state, 12, "planned")
    add_job(state.store, action_id, "stopped")
    state.open(f"/actions/{action_id}")


def needs_attention(state: State) -> None:
    refused = {"error": "InvalidData", "changed": "no", "detail": ODD[0]}
    state.open(f"/actions/{add_action(state, 25, 'refused', **refused)}")
    for folded in state.page.locator("summary").all():
        folded.click()


def activity_of_many(state: State) -> None:
    add_action(state, 12, "refused", error="NotSent", changed="no")
    add_changes(state.store, ODD, kind="remove", before="Staff", group_id=uuid4())
    state.open("/activity?from=2026-13-01")
    state.page.locator("summary").first.click()


ACTION_STATES: dict[str, Callable[[State], None]] = {
    "action-running": running,
    "action-waiting": waiting,
    "action-stopped": stopped,
    "action-needs-attention": needs_attention,
    "activity-of-many": activity_of_many,
}
