"""Changes as plain data."""

from datetime import UTC, datetime

import pytest

from webapp.actions.models import Change, ChangeKind, Outcome
from webapp.phonebook.errors import Changed

CHANGE = Change(
    id=1,
    action_id=1,
    person="Mari",
    began=datetime(2026, 1, 1, tzinfo=UTC),
    kind=ChangeKind.CREATE,
    group_id=None,
    before=None,
    asked="Staff",
    after="Staff",
    contacts=None,
    duplicates="",
    ended=None,
    outcome=Outcome.STARTED,
    error=None,
    changed=None,
    detail=None,
    retry_after=None,
    number=None,
)


@pytest.mark.parametrize("outcome", [each for each in Outcome if each is not Outcome.REFUSED])
def test_only_a_change_that_was_made_has_no_failure(outcome: Outcome) -> None:
    """Pages treat a change without a failure as done; a refused change has the error of its call."""
    failure = CHANGE.skipped("too late").decided(outcome).failure
    assert (failure is None) == (outcome in {Outcome.DONE, Outcome.CONFIRMED})
    assert outcome is not Outcome.SKIPPED or (failure is not None and failure.changed is Changed.NO)
