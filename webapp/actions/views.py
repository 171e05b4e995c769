"""The page of one action, and what can be done about its job."""

import logging
from collections.abc import Callable

from flask import Blueprint, Response, abort, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from webapp.actions import jobs
from webapp.actions.action_page import ActionQuery, fetch_action_page
from webapp.actions.export import download_changes
from webapp.actions.history import find_undone
from webapp.actions.lines import read_changes
from webapp.actions.models import Action, JobState
from webapp.actions.records import find_action
from webapp.actions.undo import why_not_undoable
from webapp.store import StoreError
from webapp.web.current import store
from webapp.web.error_pages import error_page
from webapp.web.failures import Failure
from webapp.web.forms import STALE_FORM, OnceForm
from webapp.web.notices import notify

ACTION_NOTICE = "actions/notice.html"

NOT_RECORDED = Failure(
    "We could not record this",
    "It may go on as before. Look at its page, and try again in a minute.",
    503,
)

log = logging.getLogger(__name__)

blueprint = Blueprint("actions", __name__, url_prefix="/actions")


@blueprint.get("/<int:action_id>")
def show(action_id: int) -> Response:
    """Show what an action was asked to do, how far it is, and the result of each line."""
    page = fetch_action_page(ActionQuery.from_args(action_id, request.args)) or abort(404)
    refusal = "It is still running." if page.may_change else why_not_undoable(page.action)
    undone_by = _find_undo(action_id)
    html = render_template(
        "actions/show.html",
        page=page,
        can_undo=not refusal,
        undone_by=undone_by,
        may_go_on=page.is_stopped and not undone_by,
        is_changing=page.is_active,
    )
    response = make_response(html)
    if page.seconds_until_refresh:
        response.headers["Refresh"] = str(page.seconds_until_refresh)
    return response


@blueprint.get("/<int:action_id>/download")
def download(action_id: int) -> Response:
    """Download the changes of an action."""
    _find(action_id)
    return download_changes(f"action {action_id}", read_changes(action_id))


@blueprint.post("/<int:action_id>/stop")
def stop(action_id: int) -> BaseResponse:
    """Stop a job before its next change. What was done stays."""
    return _change_job(action_id, jobs.request_stop, done="", ended="It had ended already, so nothing was stopped.")


@blueprint.post("/<int:action_id>/go-on")
def go_on(action_id: int) -> BaseResponse:
    """Let a stopped job go on."""
    return _change_job(action_id, jobs.go_on, done="It goes on.", ended="It had ended already, so nothing goes on.")


def _change_job(action_id: int, change: Callable[[int], bool], *, done: str, ended: str) -> BaseResponse:
    """Change the state of a job, and show its action.

    Args:
        action_id: the job's action.
        change: returns whether the job was in the state that it changes.
        done: the notice if it was.
        ended: the notice if the action had ended.

    """
    again = url_for("actions.show", action_id=action_id)
    if not OnceForm().validate():
        return error_page(STALE_FORM, again=again)
    _find(action_id)
    try:
        is_changed = change(action_id)
    except StoreError as error:
        log.error("job not changed", extra={"action": action_id, "reason": str(error)})
        return error_page(NOT_RECORDED, again=again)
    job = _find(action_id).job
    if is_changed and done:
        notify(ACTION_NOTICE, "Going on", text=done)
    elif not is_changed and (job is None or job.state is JobState.FINISHED):
        notify(ACTION_NOTICE, "Already ended", text=ended)
    elif job and job.state is JobState.STOPPED and _find_undo(action_id):
        notify(ACTION_NOTICE, "Undone", text="It was undone, so it does not go on.")
    return redirect(again, 303)


def _find(action_id: int) -> Action:
    return find_action(action_id) or abort(404)


def _find_undo(action_id: int) -> int | None:
    """Return the latest action that has undone an action."""
    with store().read() as connection:
        return find_undone(connection, [action_id]).get(action_id)
