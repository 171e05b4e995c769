"""Explain why the change of an action failed."""

from collections.abc import Callable
from dataclasses import replace

from markupsafe import Markup

from webapp.actions.models import Action, Change
from webapp.phonebook.errors import AccessRefused, Changed
from webapp.web.failures import GROUPS_UNCHANGED, Failure, explain


def explain_failure(
    action: Action, *, what: str, describe_now: Callable[[Change], Markup], unchanged: str = GROUPS_UNCHANGED
) -> Failure:
    """Explain a failed change to the user.

    Args:
        action: with one change, which has a failure.
        what: the change, to follow "We could not confirm that": "the group was created".
        describe_now: describes what the phonebook shows now; called only if the change may have happened.
        unchanged: the sentence for when nothing was changed.

    """
    change, error = action.change, action.change.failure
    if error is None:
        raise ValueError("the change has no failure")
    failure = explain(error, change=what, describe_now=lambda: describe_now(change), unchanged=unchanged)
    if not action.is_repeat or error.changed is not Changed.NO:
        return failure
    text = f"{failure.text} This is the result of the first attempt: the form was not sent again."
    if not error.lasting and not isinstance(error, AccessRefused):
        text += " Press the button to try again."
    return replace(failure, text=text)
